/** Health, metrics, formats, and what the API is. */
import type { FastifyInstance } from 'fastify';
import { formats, formatsOf, operations } from 'spikelab/server';
import { Problem } from '../core/problem.js';
import type { Service } from './context.js';
import { openapiPage } from './openapi.js';
import { problems } from './schemas.js';

const tags = ['system'];
const free = { type: 'object', additionalProperties: true } as const;

/** The database must answer within this for the server to be ready. */
const readyMs = 2000;

export function systemRoutes(app: FastifyInstance, { database, metrics, isDraining }: Service): void {
  app.get(
    '/healthz',
    {
      config: { scope: null, isUnlimited: true },
      schema: { tags, summary: 'The process answers', response: { 200: free } },
    },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      config: { scope: null, isUnlimited: true },
      schema: { tags, summary: 'It takes requests', response: { 200: free, ...problems } },
    },
    async () => {
      if (isDraining()) throw new Problem(503, 'ERR_STOPPING', 'This server is stopping.');
      const late = new Promise<false>((resolve) => setTimeout(resolve, readyMs, false).unref());
      const answers = await Promise.race([
        database.query('SELECT 1').then(
          () => true,
          () => false,
        ),
        late,
      ]);
      if (!answers) throw new Problem(503, 'ERR_DATABASE', 'The database does not answer.');
      return { status: 'ready' };
    },
  );

  app.get(
    '/metrics',
    {
      config: { scope: 'admin' },
      schema: { tags, summary: 'For Prometheus', response: { 200: { type: 'string' }, ...problems } },
    },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  const rows = formats.map(({ name, title, load, recording, save }) => ({
    ...{ name, title },
    load: load?.recognises ? { options: load.options } : null,
    recording: recording ? {} : null,
    write: save ? { options: save.options, ending: save.ending } : null,
  }));
  const writes = Object.fromEntries(operations.map((operation) => [operation, formatsOf(operation)]));
  app.get(
    '/v1/formats',
    { schema: { tags, summary: 'What is read and written', response: { 200: free, ...problems } } },
    async () => ({ formats: rows, operations: writes }),
  );

  app.get('/openapi.json', { config: { scope: null }, schema: { hide: true } }, async () => app.swagger());
  app.get('/docs', { config: { scope: null }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
      .send(openapiPage(app.swagger())),
  );
}
