/** Who asks, and whether they may. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../core/problem.js';
import { isLoopback, needsTokens, type Settings } from '../core/settings.js';
import type { Client, Scope, Tokens } from '../database/tokens.js';
import type { Limits } from './limits.js';

const local: Client = { id: 'local', scopes: new Set<Scope>(['read', 'write', 'admin']) };

/** Holds the token of a page that somebody is signed in on; scripts of the page cannot read it. */
export const cookieName = 'spikelab_token';

export function addAuth(app: FastifyInstance, settings: Settings, tokens: Tokens, limits: Limits): void {
  const wantsTokens = needsTokens(settings);
  app.decorateRequest('client', null);
  app.addHook('onRequest', async (request) => {
    const { scope, isUnlimited } = request.routeOptions.config;
    if (!wantsTokens) refuseForeign(request);
    if (isUnlimited) return;
    if (scope === null || request.is404 || !wantsTokens) await limits.address(request);
    if (scope === null || request.is404) return;
    const client = wantsTokens ? await counted(request) : local;
    const needed = scope ?? (request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write');
    if (!client.scopes.has(needed) && !client.scopes.has('admin')) {
      throw new Problem(403, 'ERR_SCOPE', `This needs a token with the scope ${needed}.`);
    }
    request.client = client;
  });

  /** For its token; for its address where that is none. */
  async function counted(request: FastifyRequest): Promise<Client> {
    const client = await signedIn(request, tokens).catch(async (error) => {
      await limits.address(request);
      throw error;
    });
    request.client = client;
    await limits.token(request);
    return client;
  }
}

const tokenNeeded = (detail: string) =>
  new Problem(401, 'ERR_TOKEN', detail, { headers: { 'www-authenticate': 'Bearer realm="spikelab-server"' } });

async function signedIn(request: FastifyRequest, tokens: Tokens): Promise<Client> {
  const token = bearerOf(request) ?? cookieOf(request);
  if (token === null) throw tokenNeeded('This needs a token: Authorization: Bearer slk_…');
  const client = await tokens.clientOf(token);
  if (!client) throw tokenNeeded('The token is not known, or has expired.');
  return client;
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | null {
  if (authorization === undefined) return null;
  const [, token] = /^Bearer +(\S{1,200})$/i.exec(authorization) ?? [];
  if (token === undefined) throw tokenNeeded('Authorization must be: Bearer, a space, and the token.');
  return token;
}

/** Browsers send cookies by themselves: only what a page of this server asks for counts. */
function cookieOf(request: FastifyRequest): string | null {
  const [, token] = new RegExp(`(?:^|; )${cookieName}=([^;]{1,200})`).exec(request.headers.cookie ?? '') ?? [];
  if (token === undefined) return null;
  if (isForeign(request)) throw new Problem(403, 'ERR_ORIGIN', 'Pages of other sites may not ask this server.');
  return token;
}

/** Without tokens whoever reaches this machine's own address may do all: but no page of another site in a browser on it. */
function refuseForeign(request: FastifyRequest): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!isLoopback(host) || isForeign(request)) {
    throw new Problem(
      403,
      'ERR_ORIGIN',
      'Without tokens this server answers to its own machine only, by a loopback address.',
    );
  }
}

function isForeign({ headers, method }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && method === 'GET')) {
    return !(headers['sec-fetch-mode'] === 'navigate' && method === 'GET' && site === 'same-site');
  }
  const { origin, host } = headers;
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;
}
