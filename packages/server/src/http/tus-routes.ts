/** Uploads that go on where they broke off, by the tus protocol (https://tus.io). */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { FastifyInstance } from 'fastify';
import { Problem, problemDocument } from '../core/problem.js';
import type { Client } from '../database/tokens.js';
import { plainName } from '../uploads/names.js';
import { TusLocks } from '../uploads/tus-locks.js';
import { clientOf, type Service } from './context.js';
import { refuseDraining } from './upload-routes.js';

const path = '/v1/tus';
/** A request whose lock another one asks for may go on for so long. */
const drainMs = 500;
/** An upload to which nothing comes goes after this. */
const expiryMs = 7 * 86_400_000;

export function tusRoutes(app: FastifyInstance, service: Service): void {
  const { uploads, settings, metrics } = service;
  const clients = new WeakMap<IncomingMessage, Client>();
  const clientIn = (request: { runtime?: { node?: { req: IncomingMessage } } }) => {
    const client = request.runtime?.node && clients.get(request.runtime.node.req);
    if (!client) throw answerOf(new Problem(401, 'ERR_TOKEN', 'This needs a token.'));
    return client;
  };
  const store = new FileStore({ directory: join(settings.data, 'tus'), expirationPeriodInMilliseconds: expiryMs });
  const tus = new Server({
    path,
    datastore: store,
    locker: new TusLocks(service.database),
    // what came until then is kept
    lockDrainTimeout: drainMs,
    relativeLocation: true,
    maxSize: settings.maxUpload,
    disableTerminationForFinishedUploads: true,
    allowedOrigins: [],
    namingFunction: () => randomUUID(),
    async onIncomingRequest(request, id) {
      const client = clientIn(request as never);
      if (request.method === 'POST' || request.method === 'OPTIONS') return;
      const found = await store.getUpload(id).catch(() => null);
      if (!found || found.metadata?.owner !== client.id) {
        throw answerOf(new Problem(404, 'ERR_NOT_FOUND', 'There is no such upload.'));
      }
    },
    onUploadCreate: (request, upload) =>
      asProblem(async () => {
        refuseDraining(service);
        const client = clientIn(request as never);
        const filename = plainName(upload.metadata?.filename ?? 'upload');
        await uploads.budget(client, upload.size ?? 0);
        // what else a client says of it is not kept
        return { metadata: { filename, owner: client.id } };
      }),
    onUploadFinish: (request, upload) =>
      asProblem(async () => {
        const client = clientIn(request as never);
        const name = upload.metadata?.filename ?? 'upload';
        const budget = await uploads.budget(client);
        await uploads.begin(client, name, upload.id);
        await uploads.receiving(client, upload.id, 0, async () => {
          await uploads.adopt(upload.id, name, join(settings.data, 'tus', upload.id));
          return uploads.finish(upload.id, budget, true);
        });
        await store.configstore.delete(upload.id);
        metrics.moved('in', upload.size ?? 0);
        return { headers: { 'upload-id': upload.id } };
      }),
  });

  const clean = () => void tus.cleanUpExpiredUploads().catch((error) => app.log.error(error, 'tus'));
  const timer = setInterval(clean, 3600_000).unref();
  app.addHook('onClose', async () => clearInterval(timer));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const url of [path, `${path}/*`]) {
    app.route({
      method: ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      schema: { tags: ['uploads'], summary: 'Resumable uploads by the tus protocol 1.0; metadata filename' },
      async handler(request, reply) {
        clients.set(request.raw, clientOf(request));
        reply.hijack();
        reply.raw.setHeader('x-request-id', request.id);
        reply.raw.setHeader('x-content-type-options', 'nosniff');
        await tus.handle(request.raw, reply.raw);
      },
    });
  }
}

const answerOf = (problem: Problem) => ({
  status_code: problem.status,
  body: JSON.stringify(problemDocument(problem)),
});

async function asProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Problem ? answerOf(error) : error;
  }
}
