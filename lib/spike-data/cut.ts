/** Trains cut to a window. */
import { CheckedTrains } from '../core/flat-trains.js';

/** Spikes in [startMs, endMs), or with `inclusive` up to endMs itself, and how many were left out. */
export function cutTrains(
  { times, offsets, count }: CheckedTrains,
  startMs: number,
  endMs: number,
  inclusive = false,
): { trains: CheckedTrains; dropped: number } {
  const kept = new Float64Array(count + 1);
  const ranges = Array.from({ length: count }, (_, u) => {
    const start = lowerBound(times, offsets[u], offsets[u + 1], startMs);
    const end = lowerBound(times, start, offsets[u + 1], inclusive ? afterEqual(endMs) : endMs);
    kept[u + 1] = kept[u] + (end - start);
    return [start, end] as const;
  });
  const dropped = times.length - kept[count];
  if (dropped === 0) return { trains: new CheckedTrains(times, offsets), dropped };
  // to the front of the same memory: every range starts at or behind where it goes
  ranges.forEach(([start, end], u) => void times.copyWithin(kept[u], start, end));
  return { trains: new CheckedTrains(times.subarray(0, kept[count]), kept), dropped };
}

/** The first position in [from, to) whose time is not below `ms`. */
function lowerBound(times: Float64Array, from: number, to: number, ms: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (times[middle] < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A bound that lets exactly `ms` pass, and what rounding makes of it. */
function afterEqual(ms: number): number {
  return ms + 4 * Number.EPSILON * Math.max(1, Math.abs(ms));
}
