/** Time of the samples of a recording on the file's own clock: where it starts, and what lies behind gaps. */

import type { NumericArray } from '../core/arrays.js';
import type { Gap } from './recording.js';

/** A clock that goes back by more has been set to zero: what follows has no time on the clock before. */
const mostJitterMs = 1;

/** What spikes behind these gaps are moved by, in ms: one number a gap, with those before it. */
export function shiftsOf(gaps: readonly Gap[]): Float64Array {
  let sum = 0;
  return Float64Array.from(gaps, ({ ms }) => {
    if (ms >= -mostJitterMs) sum += ms;
    return sum;
  });
}

/**
 * Moves spikes that were detected as if no sample were missing, in place.
 *
 * @param times ms, train after train; train t ends before times[offsets[t + 1]]
 * @param startMs of the first sample, which is in the times already
 */
export function moveBehindGaps(
  { times, offsets }: { times: NumericArray; offsets: ArrayLike<number> },
  gaps: readonly Gap[],
  fsHz: number,
  startMs: number,
): void {
  if (!gaps.length) return;
  const shifts = shiftsOf(gaps);
  const borders = Float64Array.from(gaps, ({ sample }) => startMs + (sample * 1000) / fsHz);
  for (let t = 0; t + 1 < offsets.length; t++) {
    const train = times.subarray(offsets[t], offsets[t + 1]) as Float64Array;
    let behind = 0;
    let sorted = true;
    for (let i = 0; i < train.length; i++) {
      while (behind < borders.length && train[i] >= borders[behind]) behind++;
      if (behind) train[i] += shifts[behind - 1];
      if (i && train[i] < train[i - 1]) sorted = false;
    }
    // jitter within mostJitterMs may turn two neighbours round
    if (!sorted) train.sort();
  }
}

/** ms of each sample. */
export function sampleTimes(samples: number, gaps: readonly Gap[], fsHz: number, startMs: number): Float64Array {
  const shifts = shiftsOf(gaps);
  let behind = 0;
  return Float64Array.from({ length: samples }, (_, i) => {
    while (behind < gaps.length && i >= gaps[behind].sample) behind++;
    return startMs + (i * 1000) / fsHz + (behind ? shifts[behind - 1] : 0);
  });
}

/** The sample in which each spike of a train lies, from times that `moveBehindGaps` has moved. */
export function samplesOf(
  trainMs: ArrayLike<number>,
  gaps: readonly Gap[],
  fsHz: number,
  startMs: number,
): Float64Array {
  const shifts = shiftsOf(gaps);
  let behind = 0;
  return Float64Array.from(trainMs, (ms) => {
    while (behind < gaps.length && ms >= startMs + (gaps[behind].sample * 1000) / fsHz + shifts[behind]) behind++;
    return Math.floor(((ms - startMs - (behind ? shifts[behind - 1] : 0)) * fsHz) / 1000 + 1e-6);
  });
}
