/** Long loops of the main thread in slices, so that timers, sockets and aborts get their turn. */
import { setImmediate } from 'node:timers/promises';

/** What others wait at most for, give or take a piece. */
const sliceMs = 2;

/** Elements of which each takes nanoseconds: a piece of at most a millisecond. */
export const manyElements = 2 ** 13;

/** The clock of work that is done in slices, for loops that know by themselves where they may pause. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  #until = performance.now() + sliceMs;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** True where the slice is used up. */
  get due(): boolean {
    return performance.now() > this.#until;
  }

  /** Lets the event loop turn where the slice is used up. @throws the signal's reason */
  async turn(): Promise<void> {
    if (!this.due) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#until = performance.now() + sliceMs;
  }
}

/**
 * Calls `work` for [0, total) in consecutive pieces of at most `piece`, which should take well below a millisecond, and lets
 * the event loop turn after each few of them.
 *
 * @throws the reason of `signal`, within one slice
 */
export async function inSlices(
  total: number,
  piece: number,
  work: (from: number, to: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const slices = new Slices(signal);
  for (let from = 0; from < total; from += piece) {
    // asked first: a promise for each piece would cost more than the piece
    if (slices.due) await slices.turn();
    work(from, Math.min(from + piece, total));
  }
}
