/** The HTTP side: fastify with all routes, and what holds for each of them. */
import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { Problem } from '../core/problem.js';
import { addAuth } from './auth.js';
import type { Service } from './context.js';
import { addErrors, answerProblem, rawProblem } from './errors.js';
import { jobRoutes } from './job-routes.js';
import { addLimits } from './limits.js';
import { openapi } from './openapi.js';
import { pageRoutes } from './page-routes.js';
import { resultRoutes } from './result-routes.js';
import { sessionRoutes } from './session-routes.js';
import { systemRoutes } from './system-routes.js';
import { tusRoutes } from './tus-routes.js';
import { uploadRoutes } from './upload-routes.js';

/** Of JSON bodies; uploads have limits of their own. */
const bodyLimit = 2 ** 20;
/** A connection on which nothing moves; the events of a job move every 15 s. */
const idleMs = 65_000;

export async function makeApp(service: Service, log: FastifyBaseLogger): Promise<FastifyInstance> {
  const { settings, tokens, metrics } = service;
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: settings.trustProxy,
    bodyLimit,
    connectionTimeout: idleMs,
    requestTimeout: 0,
    routerOptions: { maxParamLength: 2000 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
    forceCloseConnections: 'idle',
    clientErrorHandler(error, socket) {
      const timedOut = (error as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT';
      const text = timedOut
        ? rawProblem(408, 'ERR_TOO_SLOW', 'The request did not come in time.')
        : rawProblem(400, 'ERR_REQUEST', 'This is no HTTP request that can be read.');
      if (socket.writable) socket.end(text);
      else socket.destroy();
    },
    frameworkErrors(_error, request, reply: FastifyReply) {
      answerProblem(request, reply, new Problem(400, 'ERR_REQUEST', 'The URL cannot be read.'));
    },
  });
  // long uploads are watched by themselves; what is asked must be there within a minute
  app.server.requestTimeout = 0;
  app.server.headersTimeout = 60_000;
  addErrors(app);
  addAuth(app, settings, tokens, await addLimits(app, settings));
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    for (const [name, value] of Object.entries(always)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const { method, client } = request;
    const [path] = request.url.split('?');
    const fields = { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    const isQuiet = route === '/healthz' || route === '/readyz';
    request.log[isQuiet ? 'debug' : 'info']({ ...fields, client: client?.id }, 'request');
  });
  await app.register(swagger, openapi);
  await app.register(multipart);
  for (const routes of [systemRoutes, sessionRoutes, pageRoutes, uploadRoutes, tusRoutes, jobRoutes, resultRoutes]) {
    await app.register(async (scope) => routes(scope, service));
  }
  return app;
}

const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
