/** How often one client may ask this process in a minute. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../core/problem.js';
import { needsTokens, type Settings } from '../core/settings.js';

const minuteMs = 60_000;
/** About what one process answers when nobody else asks it. */
const usualRequests = 60_000;
/** Clients that are counted at a time; of more, those that asked least lately begin anew. */
const mostClients = 50_000;

export interface Limits {
  /** Counts a request for its token. @throws Problem */
  token(request: FastifyRequest): Promise<void>;
  /** Counts one for its address, or the 2^64 addresses of IPv6 that are one client's. @throws Problem */
  address(request: FastifyRequest): Promise<void>;
}

export async function addLimits(app: FastifyInstance, settings: Settings): Promise<Limits> {
  // all who ask on loopback have one address
  const most = settings.clientRequests ?? (needsTokens(settings) ? usualRequests : 0);
  if (most === 0) return { token: async () => {}, address: async () => {} };
  await app.register(rateLimit, { global: false, max: most, timeWindow: minuteMs, cache: mostClients });
  const byAddress = app.createRateLimit();
  const byToken = app.createRateLimit({ keyGenerator: ({ client }) => `token ${client?.id}` });
  const counted = (count: typeof byToken) => async (request: FastifyRequest) => {
    const found = await count(request);
    if (found.isAllowed || !found.isExceeded) return;
    const message = `You may ask ${most} times in a minute; ask again in ${found.ttlInSeconds} s.`;
    const headers = { 'retry-after': String(found.ttlInSeconds) };
    throw new Problem(429, 'ERR_RATE', message, { headers, members: { limit: most } });
  };
  return { token: counted(byToken), address: counted(byAddress) };
}
