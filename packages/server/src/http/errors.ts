/** Every error as a problem document. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isFull, noSpace, notFound, Problem, problemDocument } from '../core/problem.js';

const problemType = 'application/problem+json; charset=utf-8';

export function addErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && !(error instanceof Problem)) request.log.error({ err: error }, 'request failed');
    return answerProblem(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) => answerProblem(request, reply, notFound('page or route')));
}

export function answerProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  // a client that is still sending is told, and then not listened to any more
  if (!request.raw.complete) {
    reply.header('connection', 'close');
    request.raw.resume();
    setTimeout(() => request.raw.destroy(), lingerMs).unref();
  }
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(problemType)
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problemDocument(problem, request.id));
}

/** A client that has much to send needs a moment to notice that there is an answer. */
const lingerMs = 5000;

function problemOf(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (isFull(error)) return noSpace();
  if (error.validation) return new Problem(400, 'ERR_OPTION', error.message);
  const status = error.statusCode ?? 500;
  if (status >= 500)
    return new Problem(500, 'ERR_INTERNAL', 'The server failed; its log says more under this request id.');
  const codes: Readonly<Record<number, string>> = { 413: 'ERR_TOO_LARGE', 415: 'ERR_MEDIA_TYPE' };
  return new Problem(status, codes[status] ?? 'ERR_REQUEST', error.message);
}

/** What is no HTTP, or no URL, gets an answer as well. */
export function rawProblem(status: number, code: string, detail: string): string {
  const body = JSON.stringify(problemDocument(new Problem(status, code, detail)));
  return [
    `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
