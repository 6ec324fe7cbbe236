/**
 * Encodes in a thread: a group of a quarter of a million rows takes tens of milliseconds, too long for the main thread. Small tables
 * are encoded here, as it takes 50 ms to start a thread.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { onAbort } from '../../core/abort.js';
import type { ParquetJob, ParquetRequest } from './encoding.js';

interface Encoder {
  /** @returns the bytes that these rows add to the file */
  rows(columns: readonly (ArrayLike<unknown> | null)[]): Promise<Uint8Array>;
  finish(): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** Values (of text, eights of letters) that are encoded here, in a millisecond or two. */
const fewValues = 20_000;

/** One request at a time. The first tells whether a thread is worth its start: only the last is smaller than the one before. */
export function startEncoder(job: ParquetJob, signal?: AbortSignal): Encoder {
  let started: Promise<Encoder> | undefined;
  const encoder = (isSmall: boolean) => {
    started ??= isSmall ? encodeHere(job) : Promise.resolve(startThread(job, signal));
    return started;
  };
  return {
    rows: async (columns) => (await encoder(isFew(columns))).rows(columns),
    finish: async () => (await encoder(true)).finish(),
    stop: async () => (await started)?.stop(),
  };
}

function isFew(columns: readonly (ArrayLike<unknown> | null)[]): boolean {
  let left = fewValues;
  const count = (values: ArrayLike<unknown>) => {
    left -= values.length;
    if (ArrayBuffer.isView(values)) return;
    for (let i = 0; left >= 0 && i < values.length; i++) {
      const value = values[i];
      if (typeof value === 'string') left -= value.length >> 3;
      else if (ArrayBuffer.isView(value) || Array.isArray(value)) count(value as ArrayLike<unknown>);
    }
  };
  for (const column of columns) if (left >= 0) count(column ?? (columns[0] as ArrayLike<unknown>));
  return left >= 0;
}

async function encodeHere(job: ParquetJob): Promise<Encoder> {
  const { ParquetEncoding } = await import('./encoding.js');
  const encoding = new ParquetEncoding(job);
  return {
    rows: async (columns) => encoding.answer(columns),
    finish: async () => encoding.answer(null),
    stop: async () => {},
  };
}

function startThread(job: ParquetJob, signal?: AbortSignal): Encoder {
  const beside = fileURLToPath(new URL('./encoder-thread.js', import.meta.url));
  // run from the TypeScript sources, the compiled thread stands in dist
  const compiled = new URL('../../../dist/formats/parquet/encoder-thread.js', import.meta.url);
  const worker = new Worker(existsSync(beside) ? beside : fileURLToPath(compiled), { workerData: job });
  const ask = (request: ParquetRequest) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const settle = () => {
        stopListening();
        worker.off('message', received).off('error', fail).off('exit', ended);
      };
      const received = (bytes: Uint8Array) => {
        settle();
        resolve(bytes);
      };
      const fail = (error: unknown) => {
        settle();
        reject(error);
      };
      const ended = (code: number) => fail(new Error(`the thread that encodes Parquet ended (${code})`));
      const stopListening = onAbort(signal, () => fail(signal?.reason));
      worker.on('message', received).on('error', fail).on('exit', ended);
      worker.postMessage(request, buffersOf(request));
    });
  return {
    rows: (columns) => ask(columns),
    finish: () => ask(null),
    async stop() {
      await worker.terminate();
    },
  };
}

/** Handed over, not copied. */
function buffersOf(request: ParquetRequest): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const column of request ?? []) {
    if (ArrayBuffer.isView(column)) buffers.push(column.buffer as ArrayBuffer);
  }
  return buffers;
}
