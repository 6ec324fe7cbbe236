/** Runs native jobs: the only code that knows them, their progress, and that gives native errors their public class. */

import { onAbort } from '../core/abort.js';
import {
  FormatError,
  LimitError,
  NotFoundError,
  OptionError,
  SpikeLabError,
  UnsupportedError,
} from '../core/errors.js';
import type { Limits } from '../core/limits.js';
import type { Progress } from '../core/options.js';
import type { MissingBytes, NativeJob } from './contract.js';

/** Between two calls of onProgress: a bar that moves ten times a second looks smooth. */
const progressIntervalMs = 100;

export interface JobOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** What onProgress reports: the job itself knows fractions only. */
  stage?: string;
  total?: number;
  unit?: Progress['unit'];
  /** Brings bytes of a remote file that the job misses; then it is started again. */
  bring?: (missing: MissingBytes) => Promise<void>;
}

/**
 * Starts a native job and awaits it. Aborting rejects at once with `signal.reason`; the native work then stops within a few
 * milliseconds. An error carries the stack of this call, so it names the line of the user.
 */
export async function runJob<T>(start: () => NativeJob<T>, options: JobOptions = {}): Promise<T> {
  const callSite = new Error();
  for (;;) {
    const result = await runOnce<T | MissingBytes>(start, options, callSite);
    if (!options.bring || !isMissing(result)) return result as T;
    await unlessAborted(options.bring(result), options.signal);
  }
}

function isMissing(result: unknown): result is MissingBytes {
  return typeof result === 'object' && result !== null && 'missing' in result && 'expected' in result;
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  work.catch(() => {});
  let stopWatching = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopWatching = onAbort(signal, () => reject(signal?.reason));
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    stopWatching();
  }
}

async function runOnce<T>(start: () => NativeJob<T>, options: JobOptions, callSite: Error): Promise<T> {
  const { signal, onProgress, stage = 'working', total = 1, unit = 'samples' } = options;
  signal?.throwIfAborted();
  const job = guarded(start, callSite);
  let stopWatching = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopWatching = onAbort(signal, () => {
      job.cancel();
      reject(signal?.reason);
    });
  });
  const report = (fraction: number) => onProgress?.({ stage, done: Math.round(fraction * total), total, unit });
  const timer = onProgress && setInterval(() => report(job.progress()), progressIntervalMs);
  try {
    const result = await Promise.race([job.result, aborted]);
    report(1);
    return result;
  } catch (error) {
    throw publicError(error, callSite);
  } finally {
    clearInterval(timer);
    stopWatching();
    // after an abort nobody else waits for the native result
    job.result.catch(() => {});
  }
}

/** Calls a synchronous native function with the same treatment of errors. */
export function callNative<T>(body: () => T): T {
  return guarded(body, new Error());
}

function guarded<T>(body: () => T, callSite: Error): T {
  try {
    return body();
  } catch (error) {
    throw publicError(error, callSite);
  }
}

type Detail = Record<string, string | number | string[]>;

function publicError(error: unknown, callSite: Error): unknown {
  const native = (error as { native?: { code: string; detail: Detail } } | null)?.native;
  if (!(error instanceof Error) || !native) return error;
  const made = fromNative(native.code, error.message, native.detail);
  if (callSite.stack) made.stack = `${made.name}: ${made.message}\n${callSite.stack.split('\n').slice(2).join('\n')}`;
  return made;
}

function fromNative(code: string, message: string, detail: Detail): Error {
  const place = detail as { path: string; location?: string; available?: string[] };
  switch (code) {
    case 'OPTION':
      return new OptionError(String(detail.option), String(detail.expected), detail.received);
    case 'NOT_FOUND':
      return new NotFoundError(message, place);
    case 'FORMAT':
      return new FormatError(message, place);
    case 'UNSUPPORTED':
      return new UnsupportedError(String(detail.feature ?? 'format'), message);
    case 'LIMIT':
      return new LimitError(detail.limit as keyof Limits, Number(detail.allowed), Number(detail.found), message);
    case 'CANCELLED':
      return new DOMException('The operation was aborted', 'AbortError');
    default:
      return new SpikeLabError('ERR_INTERNAL', message);
  }
}
