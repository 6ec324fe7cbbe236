/** Jobs: asked for, looked at, watched, cancelled. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problemDocument } from '../core/problem.js';
import { isOpen, type Job } from '../jobs/jobs.js';
import { checkedRequest, type JobRequest, pathIn } from '../jobs/request.js';
import { allowedPlace } from '../jobs/sources.js';
import { clientOf, type Service } from './context.js';
import { problems, schemas } from './schemas.js';
import { refuseDraining } from './upload-routes.js';

function jobDocument(job: Job) {
  const { id, upload, source, operation, formats, options, priority, state, progress, outcome, outputs } = job;
  const { units, spikes, seconds, warnings, problem } = outcome ?? {};
  return {
    ...{ id, state, do: operation, formats, options, priority, progress: Math.round(progress * 1000) / 1000 },
    ...(upload === null ? { source } : { upload, path: source }),
    ...{ created: job.created, started: job.started, ended: job.ended },
    ...(problem ? { seconds } : { units, spikes, seconds, warnings }),
    problem: problem ? problemDocument(new Problem(problem.status, problem.code, problem.detail)) : undefined,
    results: outputs.map(({ name, format, bytes }) => ({ name, format, bytes, href: `/v1/jobs/${id}/files/${name}` })),
  };
}

const tags = ['jobs'];
const params = { type: 'object', properties: { id: schemas.id } } as const;
type Id = { Params: { id: string } };

/** Some line of an event stream, so that nobody between takes the connection for dead. */
const keepAliveMs = 15_000;

export function jobRoutes(app: FastifyInstance, service: Service): void {
  const { uploads, jobs, queue, settings, executor, watch } = service;

  app.post<{ Body: JobRequest }>(
    '/v1/jobs',
    {
      schema: {
        ...{ tags, summary: 'Ask for a job', body: schemas.jobRequest },
        response: { 202: schemas.job, ...problems },
      },
    },
    async (request, reply) => {
      refuseDraining(service);
      const client = clientOf(request);
      const { upload, source, path } = request.body;
      const checked = await checkedRequest(request.body);
      if ((upload === undefined) === (source === undefined)) {
        throw new Problem(422, 'ERR_OPTION', 'A job has an upload or a source, one of both.');
      }
      let place = source ?? '';
      if (upload !== undefined) {
        const found = await uploads.get(client, upload);
        if (found.state !== 'ready') throw new Problem(409, 'ERR_INCOMPLETE', 'The upload is not complete.');
        place = pathIn(found, path);
      } else await allowedPlace(place, settings.sources);
      const job = await jobs.create(client, upload ?? null, place, checked);
      await queue.send(job);
      service.wake();
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobDocument(job));
    },
  );

  app.get<{ Querystring: { limit: number; state?: string } }>(
    '/v1/jobs',
    {
      schema: {
        ...{ tags, summary: 'Your jobs, newest first', querystring: schemas.jobsQuery },
        response: { 200: { type: 'object', properties: { jobs: { type: 'array', items: schemas.job } } }, ...problems },
      },
    },
    async ({ query: { state, limit }, ...request }) => {
      const client = clientOf(request as FastifyRequest);
      return { jobs: (await jobs.list(client, state ?? null, limit)).map(jobDocument) };
    },
  );

  app.get<Id & { Querystring: { wait: number } }>(
    '/v1/jobs/:id',
    {
      schema: {
        ...{ tags, summary: 'One job; with wait, when it has ended or after so many seconds', params },
        querystring: { type: 'object', properties: { wait: { type: 'number', minimum: 0, maximum: 60, default: 0 } } },
        response: { 200: schemas.job, ...problems },
      },
    },
    async (request) => {
      const job = await jobs.get(clientOf(request), request.params.id);
      const { wait } = request.query;
      return jobDocument(wait > 0 && isOpen(job) ? await endOf(job, wait * 1000, request) : job);
    },
  );

  function endOf(job: Job, ms: number, request: FastifyRequest): Promise<Job> {
    return new Promise((resolve) => {
      let latest = job;
      const end = () => {
        clearTimeout(timer);
        stop();
        resolve(latest);
      };
      const timer = setTimeout(end, ms);
      const stop = watch.add(job.id, (now) => {
        latest = now;
        if (!isOpen(now)) end();
      });
      request.raw.once('close', () => !request.raw.complete && end());
    });
  }

  app.get<Id>(
    '/v1/jobs/:id/events',
    { schema: { tags, summary: 'Server-sent events: the job at every change, until it has ended', params } },
    async (request, reply) => {
      const job = await jobs.get(clientOf(request), request.params.id);
      sendEvents(job, request, reply);
    },
  );

  function sendEvents(job: Job, request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const { raw } = reply;
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    };
    raw.writeHead(200, { ...headers, 'x-accel-buffering': 'no', 'x-request-id': request.id });
    const say = (now: Job) => raw.write(`event: job\ndata: ${JSON.stringify(jobDocument(now))}\n\n`);
    say(job);
    if (!isOpen(job)) {
      raw.end();
      return;
    }
    const alive = setInterval(() => {
      if (service.isDraining()) raw.end();
      else raw.write(':\n\n');
    }, keepAliveMs);
    const stop = watch.add(job.id, (now) => {
      say(now);
      if (!isOpen(now)) raw.end();
    });
    raw.once('close', () => {
      clearInterval(alive);
      stop();
    });
  }

  app.delete<Id>(
    '/v1/jobs/:id',
    {
      schema: {
        ...{ tags, summary: 'Cancel a job that waits or runs; remove one that has ended', params },
        response: { 200: schemas.job, 204: { type: 'null' }, ...problems },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const job = await jobs.get(client, request.params.id);
      if (isOpen(job)) {
        await jobs.cancel(job.id);
        service.abort(job.id);
        void watch.look();
        return jobDocument(await jobs.get(client, job.id));
      }
      if (await jobs.remove(job.id)) await executor.clean(job.id, null);
      return reply.code(204).send();
    },
  );
}
