/** What every transfer over the network shares: who counts it, who may stop it, and how often it is tried. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '../core/abort.js';
import { RemoteError } from '../core/errors.js';
import type { Progress } from '../core/options.js';

export interface TransferSettings {
  /** Tries of one request in a row that bring nothing, before it is given up. */
  attempts: number;
  /** Wait before the second try; doubled for each further one, with jitter. */
  baseMs: number;
  maxMs: number;
  /** A connection on which nothing arrives for this long counts as broken. */
  idleMs: number;
  /** A connection that brings less than this over `rateMs` of waiting for it counts as broken, too. */
  minBytesPerSecond: number;
  rateMs: number;
  /** The longest wait that a server may ask for with Retry-After. */
  maxRetryAfterMs: number;
}

const defaultSettings: Readonly<TransferSettings> = {
  attempts: 5,
  baseMs: 250,
  maxMs: 10_000,
  idleMs: 30_000,
  minBytesPerSecond: 1024,
  rateMs: 60_000,
  maxRetryAfterMs: 120_000,
};

/** One load's (or one export's) share of the network. */
export interface Transfer {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly settings: TransferSettings;
  /** Whether hosts that are not of the public internet may be asked. */
  readonly allowPrivateHosts: boolean;
  /** Where requests and received bytes are counted: the load's report. */
  readonly counts: { requests: number; bytesRead: number };
}

export function transferOf(
  source: {
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: Progress) => void) | undefined;
    report?: { requests: number; bytesRead: number };
    allowPrivateHosts?: boolean | undefined;
    options?: { allowPrivateHosts?: boolean | undefined };
  },
  settings: Partial<TransferSettings> = {},
): Transfer {
  return {
    signal: source.signal,
    onProgress: source.onProgress,
    settings: { ...defaultSettings, ...settings },
    allowPrivateHosts: source.options?.allowPrivateHosts ?? source.allowPrivateHosts ?? false,
    counts: source.report ?? { requests: 0, bytesRead: 0 },
  };
}

/** Errors of connections that were alive and useless. */
export const dripping = new WeakSet<Error>();

/**
 * Calls `work` until it succeeds. Only errors that say they are retryable are tried again, with exponential waits or what the
 * server asked for. `progressed` tells that the last failure had still brought something, so the count starts anew.
 */
export async function withRetries<T>(
  transfer: Transfer,
  work: (signal: AbortSignal | undefined) => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  const { attempts } = transfer.settings;
  for (let failures = 0; ; ) {
    transfer.signal?.throwIfAborted();
    try {
      return await work(transfer.signal);
    } catch (error) {
      // an abort shows itself as many kinds of errors further down
      transfer.signal?.throwIfAborted();
      if (!(error instanceof RemoteError) || !error.retryable) throw error;
      // a server that drips would go on for ever
      failures = progressed() && !dripping.has(error) ? 1 : failures + 1;
      if (failures >= attempts) throw givenUp(error, failures);
      await sleep(waitMs(error, failures, transfer.settings), undefined, { signal: transfer.signal }).catch((cause) => {
        transfer.signal?.throwIfAborted();
        throw cause;
      });
    }
  }
}

function waitMs(error: RemoteError, failures: number, settings: TransferSettings): number {
  if (error.retryAfterMs !== undefined) {
    if (error.retryAfterMs > settings.maxRetryAfterMs) throw error;
    return error.retryAfterMs;
  }
  const longest = Math.min(settings.maxMs, settings.baseMs * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

function givenUp(error: RemoteError, failures: number): RemoteError {
  const { url, status, retryAfterMs, cause } = error;
  return new RemoteError(
    `${error.message} (given up after ${failures} tries)`,
    { url, status, retryable: true, retryAfterMs },
    { cause },
  );
}

/** The wait that a Retry-After header asks for, in ms: seconds or an HTTP date. Nonsense counts as absent. */
export function retryAfterMs(header: string | null | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export const nothingCame = (name: string, ms: number) =>
  new RemoteError(`${name}: nothing arrived for ${ms / 1000} s`, { url: name, retryable: true });

/** `work`, or an error after `ms` without an answer, or the signal's reason. */
export async function soon<T>(work: Promise<T>, name: string, ms: number, signal?: AbortSignal): Promise<T> {
  // whoever stops waiting must not leave a rejection that nobody handles: it would end the process
  work.catch(() => {});
  signal?.throwIfAborted();
  let tidy = () => {};
  const stopped = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(nothingCame(name, ms)), ms);
    const stopWatching = onAbort(signal, () => reject(signal?.reason));
    tidy = () => {
      clearTimeout(timer);
      stopWatching();
    };
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    tidy();
  }
}

/** A broken connection as an error of ours. Those of the network's own code are worth another try. */
export function brokenConnection(error: unknown, name: string): unknown {
  if (error instanceof RemoteError || (error as Error)?.name === 'AbortError') return error;
  const code = networkCode(error);
  const message = `${name}: the connection failed (${code ?? (error as Error)?.message ?? 'unknown reason'})`;
  return new RemoteError(message, { url: name, retryable: code !== 'ENOTFOUND' }, { cause: plainCause(error) });
}

function networkCode(error: unknown): string | undefined {
  for (
    let e = error as { code?: unknown; cause?: unknown } | undefined, i = 0;
    e && i < 4;
    e = e.cause as typeof e, i++
  )
    if (typeof e.code === 'string') return e.code;
  return undefined;
}

/** A cause without the request that an SDK or fetch hangs on its errors: headers there hold credentials. */
function plainCause(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = error.cause instanceof Error ? error.cause : error;
  return Object.assign(new Error(cause.message), { name: cause.name, code: networkCode(error) });
}
