/** The thread that encodes: a group of a quarter of a million rows takes it tens of milliseconds, too long for the main thread. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CompressionCodec, SchemaElement } from 'hyparquet';
import { onAbort } from '../../core/abort.js';

/** What the thread is started with. */
export interface ParquetJob {
  readonly codec: CompressionCodec;
  readonly schema: SchemaElement[];
  /** JSON. */
  readonly metadata: string;
  /** The `unit_id` of each unit, which the thread looks up for a column that comes as null; columns[0] has the units. */
  readonly unitIds: readonly unknown[] | null;
}

/** Columns in the order of the schema; null asks for the end of the file. */
export type ParquetRequest = readonly (ArrayLike<unknown> | null)[] | null;

export interface Encoder {
  /** @returns the bytes that these rows add to the file */
  rows(columns: readonly (ArrayLike<unknown> | null)[]): Promise<Uint8Array>;
  finish(): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** One request at a time. */
export function startEncoder(job: ParquetJob, signal?: AbortSignal): Encoder {
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
