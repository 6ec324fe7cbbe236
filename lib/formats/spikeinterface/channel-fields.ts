/** What SpikeInterface says of channels and segments, the same in binary folders and in Zarr. */

import { integer } from '../../core/checks.js';
import type { RecordContext } from '../../recordings/recording-format.js';

/** ms of a segment's start in seconds; where there is none, 0. */
export function segmentStart(seconds: unknown, where: string, { report }: Pick<RecordContext, 'report'>): number {
  // JSON and Zarr write "none" as null and NaN
  if (seconds === undefined || seconds === null || Number.isNaN(seconds)) return 0;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds * 1000;
  report.warning('clock-unknown', `${where} is no time in seconds: times count from the first sample`);
  return 0;
}

/** Times of samples in seconds, of which the first and the last are looked at: the start in ms. */
export function checkTimes(
  { first, last, count }: { first: number; last: number; count: number },
  samples: number,
  fsHz: number,
  path: string,
  { report }: Pick<RecordContext, 'report'>,
): number {
  if (count !== samples) {
    report.warning('timestamps-differ', `${path} has ${count} times for ${samples} samples`, Math.abs(count - samples));
  }
  const missingMs = (last - first - (count - 1) / fsHz) * 1000;
  if (!(Math.abs(missingMs) <= 1000 / fsHz)) {
    const message = `${path} spans ${missingMs.toFixed(3)} ms more than its samples do at ${fsHz} Hz: only its first time is used, so later spikes are off by up to that`;
    report.warning('times-not-even', message);
  }
  return segmentStart(Number.isFinite(first) ? first : 'none', path, { report });
}

export function chooseSegment(segments: number, path: string, { options, report }: RecordContext): number {
  const segment = integer(options.segmentIndex ?? 0, 'segmentIndex', 0, Math.max(0, segments - 1));
  if (segments > 1 && options.segmentIndex === undefined) {
    report.warning(
      'several-segments',
      `${path} has ${segments} segments; the first is opened. Give segmentIndex for another`,
    );
  }
  return segment;
}

/** One number a channel; a single number counts for all. */
export function numbersOf(value: unknown, channels: number): Float64Array | null {
  if (typeof value === 'number') return new Float64Array(channels).fill(value);
  const list = Array.isArray(value) ? value : [];
  return list.length === channels && list.every((n) => typeof n === 'number') ? Float64Array.from(list) : null;
}

export function idsOf(value: unknown, channels: number): (string | number)[] | null {
  const list = Array.isArray(value) ? value : [];
  const fit = list.every((id): id is string | number => typeof id === 'string' || typeof id === 'number');
  return list.length === channels && fit ? list : null;
}
