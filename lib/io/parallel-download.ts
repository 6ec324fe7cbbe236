/** Fetches a remote object into a local file over several connections. */
import { open } from 'node:fs/promises';
import { SpikeLabError } from '../core/errors.js';
import { type RangedObject, readRange } from './ranged-object.js';
import type { Transfer } from './transfer.js';

/** Large enough that the request costs little, small enough that four connections share a file of 40 MB. */
export const downloadPartBytes = 8 * 2 ** 20;
/** At a time: one connection seldom has all that a line carries, and servers may refuse many. */
const connections = 4;
/** Between two calls of onProgress. */
const progressBytes = 2 ** 18;

/**
 * Writes all bytes of `object` to `path`. Each part resumes where its connection broke; the first failure, or an abort, stops
 * all of them. The caller removes the file then.
 */
export async function downloadParallel(object: RangedObject, path: string, transfer: Transfer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  const stop = new AbortController();
  const signal = transfer.signal ? AbortSignal.any([transfer.signal, stop.signal]) : stop.signal;
  let done = 0;
  let told = 0;
  const write = async (chunk: Uint8Array, position: number) => {
    for (let at = 0; at < chunk.byteLength; ) {
      at += (await file.write(chunk, at, chunk.byteLength - at, position + at).catch(diskError(path))).bytesWritten;
    }
    done += chunk.byteLength;
    if (done < told + progressBytes && done < object.size) return;
    told = done;
    transfer.onProgress?.({ stage: 'downloading', done, total: object.size, unit: 'bytes' });
  };
  try {
    await write(object.head, 0);
    let next = object.head.byteLength;
    const worker = async () => {
      while (next < object.size) {
        const start = next;
        next = Math.min(object.size, start + downloadPartBytes);
        await readRange(object, [start, next], { ...transfer, signal }, write);
      }
    };
    const workers = Array.from({ length: connections }, () =>
      worker().catch((error) => {
        stop.abort(error);
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
    if (failed) throw stop.signal.aborted ? stop.signal.reason : failed.reason;
  } finally {
    await file.close();
  }
}

function diskError(path: string) {
  return (cause: NodeJS.ErrnoException): never => {
    const reason = cause.code === 'ENOSPC' ? 'the disk is full' : cause.code;
    throw new SpikeLabError('ERR_DISK', `the fetched file could not be written to ${path}: ${reason}`, { cause });
  };
}
