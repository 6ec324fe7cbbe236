/** One body to disk: as it comes, up to a limit, from a client that keeps sending. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { isFull, noSpace, Problem } from '../core/problem.js';

/** What the files of one upload may still take. */
export interface Budget {
  bytes: number;
  files: number;
  /** What to say when it is used up. */
  readonly over: () => Problem;
}

/** A client that sends less than this in `slowMs` holds a connection for nothing. */
const slowBytes = 16_384;
const slowMs = 30_000;

const tooSlow = () =>
  new Problem(
    408,
    'ERR_TOO_SLOW',
    `Fewer than ${slowBytes} bytes came in ${slowMs / 1000} s; the upload was given up.`,
  );

/**
 * The body is not destroyed where this fails: it may be the request that is still to be answered.
 *
 * @returns bytes written; they are taken off the budget. @throws Problem
 */
export async function receive(body: Readable, path: string, budget: Budget): Promise<number> {
  if (budget.files < 1) throw budget.over();
  budget.files--;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      return await copy(body, budget, (chunk) => file.write(chunk));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw problemOf(error);
  }
}

async function copy(body: Readable, budget: Budget, write: (chunk: Buffer) => Promise<unknown>): Promise<number> {
  const chunks = body.iterator({ destroyOnReturn: false });
  let [bytes, recent] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (recent < slowBytes) reject(tooSlow());
      recent = 0;
    }, slowMs);
  });
  slow.catch(() => {});
  try {
    for (;;) {
      const { done, value } = await Promise.race([chunks.next(), slow]);
      if (done) return bytes;
      const chunk = value as Buffer;
      bytes += chunk.length;
      recent += chunk.length;
      budget.bytes -= chunk.length;
      if (budget.bytes < 0) throw budget.over();
      await write(chunk);
    }
  } finally {
    clearInterval(timer);
  }
}

function problemOf(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Problem) return error;
  if (isFull(error)) return noSpace();
  if (code === 'EEXIST') return new Problem(409, 'ERR_NAME', 'There is a file of this name in the upload already.');
  if (code === 'ENOTDIR' || code === 'EISDIR')
    return new Problem(409, 'ERR_NAME', 'One name of the upload is both a file and a folder.');
  if (['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(String(code)))
    return new Problem(400, 'ERR_CANCELLED', 'The upload ended before its end.');
  return error;
}
