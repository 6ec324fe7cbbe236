/** Several ranges of one object at a time: neighbours in one request, long ones in several, a few connections. */
import { RemoteError } from '../../core/errors.js';
import { type RangedObject, readRange } from '../ranged-object.js';
import type { Transfer } from '../transfer.js';

export type ByteRange = readonly [start: number, end: number];

/** Less than a request costs: at 50 ms and 2 MB/s as much comes in the time of one. */
const smallGap = 2 ** 16;
/** Of one request: large enough that it costs little, small enough that several share a long range. */
const requestBytes = 8 * 2 ** 20;
/** At a time: one connection seldom has all that a line carries, and servers may refuse many. */
const connections = 6;

/** Kept for the next requests. */
const spareBytes = 2 ** 24;

/** In order, those that overlap or lie near each other as one. */
export function coalesced(ranges: readonly ByteRange[], gap = smallGap): ByteRange[] {
  const out: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last && start <= last[1] + gap) last[1] = Math.max(last[1], end);
    else if (end > start) out.push([start, end]);
  }
  return out;
}

export class RangeFetcher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Memory of requests that ended. New memory for each would have the garbage collector run for a third of the time. */
  readonly #spare: Uint8Array[] = [];

  constructor(
    readonly object: RangedObject,
    private readonly transfer: Transfer,
  ) {}

  /**
   * Gives the bytes of each range to `take`, in pieces, in any order. The first failure, or an abort, stops the others.
   *
   * @throws RemoteError
   */
  fetch(
    ranges: readonly ByteRange[],
    take: (start: number, bytes: Uint8Array) => void,
    signal = this.transfer.signal,
  ): Promise<void> {
    return this.#all(ranges.flatMap(requestsOf), signal, ([start, end]) => {
      const bytes = new Uint8Array(end - start);
      return { into: bytes, done: () => take(start, bytes) };
    });
  }

  /** The same for a `take` that copies: the bytes it is given are those of the next range afterwards. */
  async passBy(
    ranges: readonly ByteRange[],
    take: (start: number, bytes: Uint8Array) => void,
    signal = this.transfer.signal,
  ): Promise<void> {
    const spare = this.#spare;
    await this.#all(ranges.flatMap(requestsOf), signal, ([start, end]) => {
      const fitting = spare.findIndex(({ length }) => length >= end - start);
      const whole = fitting >= 0 ? spare.splice(fitting, 1)[0] : new Uint8Array(end - start);
      const into = whole.subarray(0, end - start);
      const done = () => {
        take(start, into);
        if (spare.reduce((sum, { length }) => sum + length, whole.length) <= spareBytes) spare.push(whole);
      };
      return { into, done };
    });
  }

  /** Fills `bytes` from a position on. @throws RemoteError */
  fill(bytes: Uint8Array, position: number, signal = this.transfer.signal): Promise<void> {
    const requests = bytes.length ? requestsOf([position, position + bytes.length]) : [];
    return this.#all(requests, signal, ([start, end]) => ({
      into: bytes.subarray(start - position, end - position),
      done: () => {},
    }));
  }

  /** A few at a time; the first failure, or an abort, stops the others. */
  async #all(
    requests: readonly ByteRange[],
    signal: AbortSignal | undefined,
    place: (range: ByteRange) => { into: Uint8Array; done: () => void },
  ): Promise<void> {
    const stop = new AbortController();
    const transfer = { ...this.transfer, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal };
    const one = async (range: ByteRange) => {
      await this.#enter();
      try {
        const { into, done } = place(range);
        await readRange(this.object, range, transfer, (chunk, at) => into.set(chunk, at - range[0]));
        done();
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        this.#leave();
      }
    };
    const settled = await Promise.allSettled(requests.map(one));
    if (!settled.some(({ status }) => status === 'rejected')) return;
    signal?.throwIfAborted();
    const { name } = this.object;
    throw stop.signal.reason ?? new RemoteError(`${name}: its bytes could not be read`, { url: name });
  }

  async #enter(): Promise<void> {
    if (this.#running >= connections) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}

function requestsOf([start, end]: ByteRange): ByteRange[] {
  const count = Math.max(1, Math.ceil((end - start) / requestBytes));
  const each = Math.ceil((end - start) / count);
  return Array.from({ length: count }, (_, i) => [start + i * each, Math.min(end, start + (i + 1) * each)]);
}
