/** An HTTP server on loopback for tests: logs what it is asked, answers what it is told, breaks what it is told to break. */
import { stat } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Asked {
  method: string;
  /** As it came over the wire, with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** The connection breaks after so many bytes of the body. */
  cutAfter?: number;
  /** Not before this holds: a client gets nothing of what it has not read when the connection breaks. Default: after 20 ms. */
  cutWhen?: () => boolean | Promise<boolean>;
  /** After so many bytes nothing more comes, and the connection stays open. */
  stallAfter?: number;
  /** Without Content-Length. */
  chunked?: boolean;
}

export interface WebServer {
  origin: string;
  asked: Asked[];
  close(): Promise<void>;
}

export async function startWebServer(answer: (asked: Asked) => Reply | Promise<Reply>): Promise<WebServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    asked.push(one);
    send(await answer(one), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function send(
  { status = 200, headers = {}, body = '', cutAfter, cutWhen, stallAfter, chunked }: Reply,
  response: ServerResponse,
) {
  const bytes = Buffer.from(body as string);
  response.writeHead(status, { ...(chunked ? {} : { 'content-length': String(bytes.length) }), ...headers });
  const end = cutAfter ?? stallAfter;
  if (end === undefined) response.end(bytes);
  else
    response.write(bytes.subarray(0, end), async () => {
      if (cutAfter === undefined) return;
      // give the bytes time to leave before the connection breaks
      await (cutWhen ? until(cutWhen) : sleep(20));
      response.destroy();
    });
}

/** Waits, for ten seconds at most, until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000 && !(await holds()); tries++) await sleep(5);
}

/** Whether a file has grown to so many bytes. */
export async function hasBytes(path: string, bytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.size >= bytes;
}

export function json(value: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** As S3 answers a GET of an object, with or without a range. */
export function file(bytes: Uint8Array, { headers }: Pick<Asked, 'headers'>, etag = '"an-etag"'): Reply {
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': 'binary/octet-stream' };
  if (!range || (headers['if-range'] && headers['if-range'] !== etag)) return { headers: common, body: bytes };
  const start = Number(range[1]);
  if (start >= bytes.length) return { status: 416, body: '<Error><Code>InvalidRange</Code></Error>' };
  const end = Math.min(bytes.length - 1, range[2] ? Number(range[2]) : Infinity);
  const contentRange = { 'content-range': `bytes ${start}-${end}/${bytes.length}` };
  return { status: 206, headers: { ...common, ...contentRange }, body: bytes.subarray(start, end + 1) };
}

export function notFound(): Reply {
  return {
    status: 404,
    body: '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>',
  };
}
