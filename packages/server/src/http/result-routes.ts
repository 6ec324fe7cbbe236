/** What came of a job: one file by its name, or the one that a client prefers; parts of it, or nothing where it has it already. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import { notFound, Problem } from '../core/problem.js';
import { isOpen, type Job, type Output } from '../jobs/jobs.js';
import { clientOf, type Service } from './context.js';
import { mediaTypeOf, preferred } from './media.js';
import { problems, schemas } from './schemas.js';

const tags = ['results'];
const binary = { type: 'string', format: 'binary' } as const;

/** Pages and pictures are made of what a stranger sent: they may run their own script, and reach nothing. */
const confined =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob:; frame-ancestors 'self'";
const shown = new Set(['svg', 'png', 'html', 'json']);

export function resultRoutes(app: FastifyInstance, service: Service): void {
  const { jobs, executor, metrics } = service;

  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/result',
    {
      schema: {
        ...{ tags, summary: 'The main output, or that of the format which Accept prefers' },
        params: { type: 'object', properties: { id: schemas.id } },
        response: { 200: binary, 206: binary, ...problems },
      },
    },
    async (request, reply) => {
      const job = ended(await jobs.get(clientOf(request), request.params.id));
      const mains = job.formats.flatMap((format) => job.outputs.find((output) => output.format === format) ?? []);
      const output = preferred(mains, request.headers.accept);
      if (!output) {
        const types = mains.map(({ format }) => mediaTypeOf(format));
        throw new Problem(
          406,
          'ERR_NOT_ACCEPTABLE',
          `The result is there as ${types.join(', ')}; ask for another with formats.`,
        );
      }
      reply.header('vary', 'accept');
      return send(request, reply, job, output);
    },
  );

  app.get<{ Params: { id: string; '*': string } }>(
    '/v1/jobs/:id/files/*',
    {
      schema: {
        ...{ tags, summary: 'One file of the result, by its name' },
        params: { type: 'object', properties: { id: schemas.id, '*': { type: 'string' } } },
        response: { 200: binary, 206: binary, ...problems },
      },
    },
    async (request, reply) => {
      const job = ended(await jobs.get(clientOf(request), request.params.id));
      // the name is looked up among those that the job wrote: it never becomes a path by itself
      const output = job.outputs.find(({ name }) => name === request.params['*']);
      if (!output) throw notFound('file of this job');
      return send(request, reply, job, output);
    },
  );

  async function send(request: FastifyRequest, reply: FastifyReply, job: Job, output: Output) {
    const { format, bytes, name } = output;
    // a result never changes: another attempt's is another
    const etag = `"${job.id}-${job.attempt}-${job.outputs.indexOf(output)}"`;
    reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache' });
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    const { start, end, isPart } = rangeOf(request, etag, bytes);
    const isEmpty = request.method === 'HEAD' || bytes === 0;
    // what the store says instead has headers of its own
    const content = isEmpty ? '' : await executor.open(job, name, start, end);
    const isShown = shown.has(format);
    const fileName = `${job.operation}-${job.id.slice(0, 8)}-${name.replaceAll('/', '-')}`;
    reply.headers({
      'content-type': mediaTypeOf(format),
      'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename="${fileName}"`,
      ...(isShown ? { 'content-security-policy': confined, 'x-frame-options': 'SAMEORIGIN' } : {}),
      'content-length': bytes === 0 ? 0 : end - start + 1,
    });
    if (isPart) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
    if (!isEmpty) metrics.moved('out', end - start + 1);
    return reply.send(content);
  }
}

/** @throws Problem: that it has not ended, or why it failed */
function ended(job: Job): Job {
  if (isOpen(job)) {
    throw new Problem(409, 'ERR_NOT_DONE', `The job is ${job.state}.`, { headers: { 'retry-after': '1' } });
  }
  if (job.state === 'cancelled') throw new Problem(409, 'ERR_CANCELLED', 'The job was cancelled.');
  const problem = job.outcome?.problem;
  if (problem) throw new Problem(problem.status, problem.code, problem.detail);
  return job;
}

const matches = (header: string | undefined, etag: string) =>
  header === '*' || (header?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) ?? false);

/** One range; of several, or of another version, the whole is sent, as HTTP allows. @throws Problem */
function rangeOf({ headers }: FastifyRequest, etag: string, bytes: number) {
  const whole = { start: 0, end: Math.max(0, bytes - 1), isPart: false };
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return whole;
  const found = parseRange(bytes, range);
  if (found === -1) {
    throw new Problem(416, 'ERR_RANGE', `The file has ${bytes} bytes.`, {
      headers: { 'content-range': `bytes */${bytes}` },
    });
  }
  if (found === -2 || found.type !== 'bytes' || found.length !== 1) return whole;
  return { ...found[0], isPart: true };
}
