/** A web server that answers ranges of files, counts what it is asked, and does what is told to be wrong with it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes by position: a file of gigabytes need not be there to be served. */
export interface Served {
  size: number;
  read(start: number, end: number): Uint8Array;
}

export interface RangeRequest {
  method: string;
  path: string;
  start: number;
  end: number;
  number: number;
}

/** What is wrong with one answer. */
export interface Wrong {
  status?: number;
  headers?: Record<string, string>;
  /** Sent of the body, then the connection breaks; or, with `stalls`, nothing more comes. */
  cutAfter?: number;
  stalls?: boolean;
  /** The whole file with status 200. */
  ignoresRange?: boolean;
  /** Other bytes than the file's. */
  body?: Uint8Array;
  etag?: string;
  contentRange?: string;
}

export class RangeServer {
  readonly files = new Map<string, Served>();
  requests: RangeRequest[] = [];
  bytes = 0;
  etag: string | undefined = '"one"';
  delayMs = 0;
  wrong: ((request: RangeRequest) => Wrong | undefined) | undefined;
  /** At a time. */
  most = 0;
  #now = 0;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  serve(path: string, file: Uint8Array | Served): string {
    const served =
      file instanceof Uint8Array ? { size: file.length, read: (a: number, b: number) => file.subarray(a, b) } : file;
    this.files.set(path, served);
    return `${this.origin}${path}`;
  }

  /** Forgets what was asked. */
  reset(): void {
    this.requests = [];
    this.bytes = 0;
    this.most = 0;
    this.wrong = undefined;
    this.etag = '"one"';
    this.delayMs = 0;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.replace(/\?.*$/s, '');
    const file = this.files.get(path);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const size = file?.size ?? 0;
    const start = Number(from ?? 0);
    const end = Math.min(size, to ? Number(to) + 1 : size);
    const asked = { method: request.method!, path: request.url!, start, end, number: this.requests.length };
    this.requests.push(asked);
    this.most = Math.max(this.most, ++this.#now);
    response.on('close', () => this.#now--);
    if (this.delayMs) await sleep(this.delayMs);
    const wrong = this.wrong?.(asked) ?? {};
    const refused = wrong.status ?? (file ? (start >= size && from !== undefined ? 416 : undefined) : 404);
    if (refused !== undefined) {
      response.writeHead(refused, { 'content-length': 0, ...wrong.headers }).end();
      return;
    }
    const whole = from === undefined || wrong.ignoresRange === true;
    const body = wrong.body ?? (whole ? file!.read(0, size) : file!.read(start, end));
    const etag = wrong.etag ?? this.etag;
    response.writeHead(whole ? 200 : 206, {
      'content-length': body.length,
      'accept-ranges': 'bytes',
      ...(etag ? { etag } : {}),
      ...(whole ? {} : { 'content-range': wrong.contentRange ?? `bytes ${start}-${end - 1}/${size}` }),
      ...wrong.headers,
    });
    if (wrong.cutAfter === undefined) {
      this.bytes += body.length;
      response.end(body);
      return;
    }
    this.bytes += wrong.cutAfter;
    response.write(body.subarray(0, wrong.cutAfter));
    if (wrong.stalls) return;
    await sleep(20);
    response.destroy();
  }
}

export async function startRangeServer(): Promise<RangeServer> {
  return new RangeServer().start();
}
