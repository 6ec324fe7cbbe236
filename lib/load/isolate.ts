/**
 * Loads in a child process: whatever a hostile file does to the reader there is an error here. The parent never opens the
 * file; it gets trains, attributes, metadata and the report, or the error.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onAbort } from '../abort.js';
import { IsolationError, OptionError } from '../errors.js';
import { type LoadOptions, type Progress, positive } from '../options.js';
import { type Finding, warn, withoutSecrets } from '../report.js';
import type { SpikeData } from '../spike-data.js';
import type { Loader } from './context.js';
import { type PackedSpikeData, reviveError, type SentError, unpackSpikeData } from './isolated-transfer.js';

const defaultMemoryBytes = 2 ** 31;
const defaultTimeoutMs = 60_000;
/** Address space that Node 20 itself takes before it has read anything (measured: 0.6 to 0.8 GiB). */
const runtimeBytes = 2 ** 30;

/** What the child is asked to do. */
export interface IsolatedRequest {
  name: string;
  args: unknown[];
  options: object;
}

/** What the child says. */
export type IsolatedMessage =
  | { kind: 'ready' }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'warning'; finding: Finding }
  | { kind: 'result'; packed: PackedSpikeData; byteLengths: number[] }
  | { kind: 'error'; error: SentError };

export async function loadIsolated(loader: Loader, args: readonly unknown[], options: LoadOptions): Promise<SpikeData> {
  const { memoryBytes, timeoutMs } = isolationLimits(options.isolate);
  const request = requestOf(loader, args, options);
  const scratch = await mkdtemp(join(tmpdir(), 'spikelab-isolated-'));
  const child = startChild(memoryBytes, scratch);
  try {
    return await converse(child, request, { options, memoryBytes, timeoutMs, path: sourceName(args[0]) });
  } finally {
    child.kill('SIGKILL');
    await rm(scratch, { recursive: true, force: true });
  }
}

function isolationLimits(isolate: LoadOptions['isolate']): { memoryBytes: number; timeoutMs: number } {
  const asked = typeof isolate === 'object' ? isolate : {};
  return {
    memoryBytes: positive(asked.memoryBytes ?? defaultMemoryBytes, 'isolate.memoryBytes'),
    timeoutMs: positive(asked.timeoutMs ?? defaultTimeoutMs, 'isolate.timeoutMs'),
  };
}

function requestOf(loader: Loader, args: readonly unknown[], options: LoadOptions): IsolatedRequest {
  const { signal: _signal, onProgress: _onProgress, onWarning: _onWarning, isolate: _isolate, ...rest } = options;
  const request = { name: loader.name, args: args.map(plain), options: plain(rest) as object };
  try {
    structuredClone(request);
  } catch {
    throw new OptionError(
      'isolate',
      'false for sources that are objects of this process: only paths and URLs reach a child',
      true,
    );
  }
  return request;
}

/** URLs travel as their text; everything else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof URL) return value.href;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

const sourceName = (source: unknown) => withoutSecrets(String(source));

function startChild(memoryBytes: number, scratch: string): ChildProcess {
  const beside = fileURLToPath(new URL('./isolated-child.js', import.meta.url));
  // run from the TypeScript sources, the compiled child stands in dist
  const script = existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/load/isolated-child.js', import.meta.url));
  const heapMb = Math.max(64, Math.floor(memoryBytes / 2 ** 20));
  // WebAssembly memories (fetch has one) would reserve 10 GiB of address space each, and without the trap handler still 4 GiB, or
  // all that is left: they get 64 MiB
  const wasm = ['--disable-wasm-trap-handler', '--wasm-max-mem-pages=1024'];
  const node = [process.execPath, ...wasm, `--max-old-space-size=${heapMb}`, script];
  const limited = process.platform === 'linux';
  const kilobytes = Math.ceil((memoryBytes + runtimeBytes) / 1024);
  const [command, ...rest] = limited
    ? ['/bin/sh', '-c', `ulimit -c 0; ulimit -v ${kilobytes} && exec "$@"`, 'sh', ...node]
    : node;
  return spawn(command, rest, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    serialization: 'advanced',
    env: { ...process.env, TMPDIR: scratch, NODE_OPTIONS: '' },
  });
}

interface Terms {
  options: LoadOptions;
  memoryBytes: number;
  timeoutMs: number;
  path: string;
}

function converse(child: ChildProcess, request: IsolatedRequest, terms: Terms): Promise<SpikeData> {
  const { options, timeoutMs, path } = terms;
  const { signal } = options;
  const stderr = tailOf(child.stderr as Readable);
  return new Promise<SpikeData>((resolve, reject) => {
    const stopWatching = onAbort(signal, () => reject(signal?.reason));
    const timer = setTimeout(() => {
      const message = `${path}: reading took longer than the ${timeoutMs} ms of isolate.timeoutMs; the reader was stopped`;
      reject(new IsolationError(message, { path, reason: 'timeout' }));
    }, timeoutMs);
    const settled = () => {
      clearTimeout(timer);
      stopWatching();
    };
    let answered = false;
    child.on('message', (message: IsolatedMessage) => {
      if (message.kind === 'ready') child.send(request);
      else if (message.kind === 'progress') options.onProgress?.(message.progress);
      else if (message.kind === 'warning') warn(message.finding, options.onWarning);
      else if (message.kind === 'error') {
        reject(outOfMemory.test(message.error.message) ? memoryError(terms) : reviveError(message.error));
      } else {
        answered = true;
        readBuffers(child.stdio[4] as Readable, message.byteLengths)
          .then((buffers) => resolve(unpackSpikeData(message.packed, buffers)))
          .catch(reject);
      }
    });
    child.on('error', (cause) => {
      reject(
        new IsolationError(`${path}: the reader could not be started (${cause.message})`, { path, reason: 'crash' }),
      );
    });
    child.on('close', (code, killed) => {
      if (!answered) reject(death(code, killed, stderr(), terms));
    });
    resolve = afterwards(resolve, settled);
    reject = afterwards(reject, settled);
  });
}

const afterwards =
  <T>(first: (value: T) => void, then: () => void) =>
  (value: T) => {
    first(value);
    then();
  };

/** How V8, the C++ library and our own native errors say that memory ran out. */
const outOfMemory = /out of memory|bad_alloc|cannot allocate|allocation failed/i;

function memoryError({ path, memoryBytes }: Terms): IsolationError {
  const message = `${path}: reading needed more than the ${memoryBytes} bytes of isolate.memoryBytes; the reader was stopped`;
  return new IsolationError(message, { path, reason: 'memory' });
}

function death(code: number | null, killed: string | null, stderr: string, terms: Terms): IsolationError {
  const { path } = terms;
  if (outOfMemory.test(stderr)) return memoryError(terms);
  const how = killed ? `by ${killed}` : `with status ${code}`;
  const message = `${path}: the reader crashed ${how}: the file is damaged, or made to do this. Nothing of it was loaded`;
  return new IsolationError(message, { path, reason: 'crash' });
}

function tailOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4096);
  });
  return () => text;
}

/** The typed arrays that follow a result on the side channel, each into its own memory. */
async function readBuffers(stream: Readable, byteLengths: number[]): Promise<ArrayBuffer[]> {
  const buffers = byteLengths.map((length) => new ArrayBuffer(length));
  let index = 0;
  let filled = 0;
  const skipFull = () => {
    while (index < buffers.length && filled === buffers[index].byteLength) {
      index++;
      filled = 0;
    }
  };
  skipFull();
  if (index === buffers.length) return buffers;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length && index < buffers.length; skipFull()) {
      const count = Math.min(chunk.length - at, buffers[index].byteLength - filled);
      new Uint8Array(buffers[index], filled, count).set(chunk.subarray(at, at + count));
      at += count;
      filled += count;
    }
    if (index === buffers.length) return buffers;
  }
  throw new IsolationError('the reader ended before it had sent all data', { path: '', reason: 'crash' });
}
