/** Counters that lie among the samples: where they jump, samples are missing. */
import type { GapFinder } from './gaps.js';

export interface Counters {
  /** How many there are: one a sample, or one a packet. */
  readonly count: number;
  /** Values of [from, to), less the first of all, so that 64 bits lose nothing. */
  read(from: number, to: number): Promise<ArrayLike<number>>;
}

/** So many are read one by one. */
const readWhole = 2 ** 18;
/** Of more, so many spread places are looked at, and only between those that do not fit each other the ones between. */
const places = 2 ** 10;
/** Read at once. */
const piece = 2 ** 12;
const leaf = 2 ** 7;

/**
 * Tells the finder of each step between neighbours that is not `step`, to within half of one. Among more than 2^18 counters jumps that
 * take each other back between two of 2^10 places are not seen; samples that were lost never come back.
 *
 * @param samples of the recording before counter 0
 */
export async function findJumps(counters: Counters, step: number, finder: GapFinder, samples = 0): Promise<void> {
  const { count } = counters;
  const check = async (from: number, to: number) => {
    for (let at = from; at < to; at += piece) {
      const values = await counters.read(at, Math.min(count, at + piece + 1));
      for (let i = 1; i < values.length && at + i <= to; i++) {
        const extra = values[i] - values[i - 1] - step;
        if (!(Math.abs(extra) <= step / 2)) finder.addGap(samples + at + i, extra);
      }
    }
  };
  if (count <= readWhole) return check(0, count - 1);
  const at = async (i: number) => (await counters.read(i, i + 1))[0];
  const between = async (from: number, first: number, to: number, last: number): Promise<void> => {
    if (Math.abs(last - first - (to - from) * step) <= step / 2) return;
    if (to - from <= leaf) return check(from, to);
    const middle = (from + to) >> 1;
    const value = await at(middle);
    await between(from, first, middle, value);
    await between(middle, value, to, last);
  };
  let [from, first] = [0, await at(0)];
  for (let p = 1; p <= places; p++) {
    const to = Math.floor(((count - 1) * p) / places);
    const last = await at(to);
    await between(from, first, to, last);
    [from, first] = [to, last];
  }
}
