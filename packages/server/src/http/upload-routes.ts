/** Uploads: one file as a body, several as a form, or files one by one into an upload that is open. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../core/problem.js';
import { partsOf, plainName } from '../uploads/names.js';
import type { Upload } from '../uploads/uploads.js';
import { clientOf, type Service } from './context.js';
import { problems, schemas } from './schemas.js';

/** Files that a document of an upload lists. */
const mostListed = 1000;

function uploadDocument({ id, name, state, bytes, files, created }: Upload) {
  const listed = files.slice(0, mostListed).map(({ path, bytes: size }) => ({ path, bytes: size }));
  return {
    id,
    name,
    state: state === 'ready' ? state : 'receiving',
    bytes,
    count: files.length,
    files: listed,
    created,
  };
}

const tags = ['uploads'];
const idParams = { type: 'object', properties: { id: schemas.id } } as const;
const unpackQuery = {
  type: 'object',
  properties: { unpack: { type: 'boolean', default: true, description: 'Unpack a zip' } },
} as const;
type Unpack = { Querystring: { unpack: boolean } };

export function uploadRoutes(app: FastifyInstance, service: Service): void {
  const { uploads, metrics } = service;
  const announced = (request: FastifyRequest) => Number(request.headers['content-length'] ?? 0);

  app.post<Unpack>(
    '/v1/uploads',
    {
      schema: {
        tags,
        summary: 'Upload files as a form, or open an upload for files that come one by one',
        description:
          'multipart/form-data: every part with a file name is a file, and the name may have folders. application/json: { "name": … }.',
        consumes: ['multipart/form-data', 'application/json'],
        querystring: unpackQuery,
        response: { 201: schemas.upload, ...problems },
      },
    },
    async (request, reply) => {
      refuseDraining(service);
      const client = clientOf(request);
      if (!request.isMultipart()) {
        const { name } = (request.body ?? {}) as { name?: unknown };
        if (name !== undefined && typeof name !== 'string') throw new Problem(400, 'ERR_OPTION', 'name must be a text');
        await uploads.budget(client);
        const id = await uploads.begin(client, name ?? 'upload');
        return reply.code(201).send(uploadDocument(await uploads.get(client, id)));
      }
      const budget = await uploads.budget(client, announced(request));
      const before = budget.bytes;
      const id = await uploads.begin(client, 'form');
      const done = await uploads.receiving(client, id, announced(request), async () => {
        // sizes and counts are held to the budget, which says what is wrong
        const limits = {
          fileSize: Number.MAX_SAFE_INTEGER,
          files: budget.files + 1,
          fields: 100,
          parts: budget.files + 100,
        };
        for await (const part of request.parts({ limits, preservePath: true } as never)) {
          if (part.type === 'file') await uploads.add(id, part.filename, part.file, budget);
        }
        return uploads.finish(id, budget, request.query.unpack);
      });
      metrics.moved('in', before - budget.bytes);
      return reply.code(201).send(uploadDocument(done));
    },
  );

  app.post<{ Params: { id: string } } & Unpack>(
    '/v1/uploads/:id/complete',
    {
      schema: {
        ...{ tags, summary: 'Say that an open upload has all its files', params: idParams, querystring: unpackQuery },
        response: { 200: schemas.upload, ...problems },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const upload = await uploads.get(client, request.params.id);
      uploads.checkOpen(upload);
      const budget = await uploads.budget(client);
      const end = () => uploads.finish(upload.id, budget, request.query.unpack);
      return uploadDocument(await uploads.receiving(client, upload.id, 0, end, true));
    },
  );

  app.get<{ Querystring: { limit: number } }>(
    '/v1/uploads',
    {
      schema: {
        ...{ tags, summary: 'Your uploads, newest first', querystring: schemas.limitQuery },
        response: {
          200: { type: 'object', properties: { uploads: { type: 'array', items: schemas.upload } } },
          ...problems,
        },
      },
    },
    async (request) => ({ uploads: (await uploads.list(clientOf(request), request.query.limit)).map(uploadDocument) }),
  );

  app.get<{ Params: { id: string } }>(
    '/v1/uploads/:id',
    { schema: { tags, summary: 'One upload', params: idParams, response: { 200: schemas.upload, ...problems } } },
    async (request) => uploadDocument(await uploads.get(clientOf(request), request.params.id)),
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/uploads/:id',
    {
      schema: { tags, summary: 'Remove an upload', params: idParams, response: { 204: { type: 'null' }, ...problems } },
    },
    async (request, reply) => {
      const { id } = await uploads.get(clientOf(request), request.params.id);
      if (!(await uploads.remove(id))) throw new Problem(409, 'ERR_IN_USE', 'A job waits for this upload or reads it.');
      return reply.code(204).send();
    },
  );

  app.register(async (raw) => rawRoutes(raw, service));
}

/** Bodies that are the file itself, of whatever type they say they are. */
function rawRoutes(app: FastifyInstance, service: Service): void {
  const { uploads, metrics } = service;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const announced = (request: FastifyRequest) => Number(request.headers['content-length'] ?? 0);

  app.put<{ Params: { name: string } } & Unpack>(
    '/v1/uploads/:name',
    {
      schema: {
        ...{ tags, summary: 'Upload one file: the body', querystring: unpackQuery },
        consumes: ['application/octet-stream'],
        params: { type: 'object', properties: { name: { type: 'string' } } },
        response: { 201: schemas.upload, ...problems },
      },
    },
    async (request, reply) => {
      refuseDraining(service);
      const client = clientOf(request);
      const name = plainName(request.params.name);
      const budget = await uploads.budget(client, announced(request));
      const before = budget.bytes;
      const id = await uploads.begin(client, name);
      const done = await uploads.receiving(client, id, announced(request), async () => {
        await uploads.add(id, name, request.raw, budget);
        return uploads.finish(id, budget, request.query.unpack);
      });
      metrics.moved('in', before - budget.bytes);
      return reply.code(201).send(uploadDocument(done));
    },
  );

  app.put<{ Params: { id: string; '*': string } }>(
    '/v1/uploads/:id/files/*',
    {
      schema: {
        ...{ tags, summary: 'Add a file to an open upload: the body' },
        consumes: ['application/octet-stream'],
        params: { type: 'object', properties: { id: schemas.id, '*': { type: 'string' } } },
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (request, reply) => {
      refuseDraining(service);
      const client = clientOf(request);
      const name = request.params['*'];
      partsOf(name);
      const upload = await uploads.get(client, request.params.id);
      uploads.checkOpen(upload);
      const budget = await uploads.budget(client, announced(request));
      const before = budget.bytes;
      const add = () => uploads.add(upload.id, name, request.raw, budget);
      await uploads.receiving(client, upload.id, announced(request), add, true);
      metrics.moved('in', before - budget.bytes);
      return reply.code(204).send();
    },
  );
}

export function refuseDraining(service: Pick<Service, 'isDraining'>): void {
  if (!service.isDraining()) return;
  throw new Problem(503, 'ERR_STOPPING', 'This server is stopping; ask again in a moment.', {
    headers: { 'retry-after': '5' },
  });
}
