/** Bodies of answers, chunk by chunk: none may stall, and none may drip. */
import type { Readable } from 'node:stream';
import { onAbort } from '../core/abort.js';
import { RemoteError } from '../core/errors.js';
import { brokenConnection, dripping, nothingCame, type Transfer, type TransferSettings } from './transfer.js';

/** Chunks of a body; ends with an error when nothing arrives for too long, and at once when `signal` aborts. */
export async function* watched(
  body: AsyncIterable<Uint8Array>,
  name: string,
  transfer: Transfer,
  signal = transfer.signal,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  const rate = new Rate(name, transfer.settings);
  const patience = new Patience(name, transfer.settings.idleMs, signal);
  let finished = false;
  try {
    for (;;) {
      const asked = performance.now();
      const next = await patience.with(iterator.next()).catch((error) => {
        signal?.throwIfAborted();
        throw brokenConnection(error, name);
      });
      if (next.done) {
        finished = true;
        return;
      }
      transfer.counts.bytesRead += next.value.byteLength;
      rate.add(next.value.byteLength, performance.now() - asked);
      yield next.value;
    }
  } finally {
    patience.end();
    if (!finished) {
      // return() of a stalled body waits for the chunk that never comes: destroy what can be destroyed, and don't await
      (body as Partial<Readable>).destroy?.();
      iterator.return?.()?.catch(() => {});
    }
  }
}

/** How fast a body comes, its reader's own time left out. */
class Rate {
  #bytes = 0;
  #waitedMs = 0;

  constructor(
    private readonly name: string,
    private readonly settings: TransferSettings,
  ) {}

  /** @throws RemoteError */
  add(bytes: number, waitedMs: number): void {
    this.#bytes += bytes;
    this.#waitedMs += waitedMs;
    const { minBytesPerSecond, rateMs } = this.settings;
    if (this.#waitedMs < rateMs) return;
    if (this.#bytes * 1000 < minBytesPerSecond * this.#waitedMs) {
      const found = `${this.#bytes} bytes in ${(this.#waitedMs / 1000).toFixed(1)} s`;
      const message = `${this.name}: at least ${minBytesPerSecond} bytes a second were expected, found ${found}`;
      const error = new RemoteError(message, { url: this.name, retryable: true });
      dripping.add(error);
      throw error;
    }
    this.#bytes = 0;
    this.#waitedMs = 0;
  }
}

/** Waits for one thing after the other, none of them too long; one timer and one listener for all, as a body has thousands of chunks. */
class Patience {
  readonly #timer: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  /** Of what is waited for now. */
  #giveUp: ((reason: unknown) => void) | undefined;

  constructor(
    name: string,
    idleMs: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#timer = setTimeout(() => this.#giveUp?.(nothingCame(name, idleMs)), idleMs);
    this.#stopWatching = onAbort(signal, () => this.#giveUp?.(signal?.reason));
  }

  with<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      // also one that had run out while nothing was waited for
      this.#timer.refresh();
      work.then(resolve, reject);
      if (this.signal?.aborted) reject(this.signal.reason);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#stopWatching();
    this.#giveUp = undefined;
  }
}
