/** Where the clock of a load starts: what the caller says, what the file says, else 0 or the first spike before it. */

import { FormatError, OptionError } from '../core/errors.js';
import type { CheckedTrains } from '../core/flat-trains.js';
import type { ReportBuilder } from '../core/report.js';
import { extentOf } from './span.js';

export interface Start {
  /** The startTimeMs option. */
  askedMs?: number;
  /** The file's attribute `start_time`. */
  fileMs?: number;
  /**
   * Spikes before 0 where nobody says a start: kept where the format has times before its reference (NWB); in SpikeLab's own
   * layouts the clock starts at 0.
   */
  beforeZero: 'kept' | 'refused';
  /** By how much storing may have moved a spike before the start: half a sample where times are sample numbers. */
  roundingMs?: number;
  path: string;
}

/**
 * The start in ms. Nothing said: 0, or the whole millisecond before the first spike where that is negative, with a warning.
 * Spikes that rounding alone has put before a start that is said are moved to it.
 *
 * @throws OptionError where spikes come before the asked start, FormatError where they come before the file's own
 */
export function resolveStart(trains: CheckedTrains, start: Start, report: ReportBuilder): number {
  const { askedMs, fileMs, path } = start;
  const first = extentOf(trains)?.first ?? Number.POSITIVE_INFINITY;
  if (askedMs === undefined && fileMs === undefined && first < 0 && start.beforeZero === 'kept')
    return startBefore(first, trains, report);
  const said = askedMs ?? fileMs ?? 0;
  if (first >= said) return said;
  // seconds and back move a time by a bit or two
  if (first >= said - (start.roundingMs ?? 0) - 4 * Number.EPSILON * Math.abs(said)) {
    moveUp(trains, said);
    return said;
  }
  if (askedMs !== undefined)
    throw new OptionError('startTimeMs', `at most ${first} ms, the time of the first spike`, said);
  const where = fileMs === undefined ? 'ms, as it has no attribute start_time' : 'ms in its attribute start_time';
  const message = `spikes of ${path} must not come before its start (${said} ${where}), found one at ${first} ms`;
  throw new FormatError(message, { path, location: '/@start_time' });
}

/**
 * The window of trains that count from sample 0, `lengthMs` of which were recorded where that is known: spikes before sample 0 are
 * kept as above. Kilosort 4 aligns templates a few samples early, and SpikeInterface keeps what it wrote.
 */
export function windowFromZero(
  trains: CheckedTrains,
  report: ReportBuilder,
  lengthMs?: number,
): { startTime?: number; length?: number } {
  const { first, last } = extentOf(trains) ?? { first: 0, last: 0 };
  const end = lengthMs === undefined ? undefined : Math.max(lengthMs, last);
  if (first >= 0) return { length: end };
  const startTime = startBefore(first, trains, report);
  return { startTime, length: (end ?? Math.max(0, last)) - startTime };
}

/** A whole millisecond, so that bins of 1 ms keep their edges. */
function startBefore(first: number, trains: CheckedTrains, report: ReportBuilder): number {
  const startMs = Math.floor(first);
  const early = countBelowZero(trains);
  const message = `${early} spikes come before 0, the earliest at ${first} ms; they are kept, and the data start at ${startMs} ms`;
  report.warning('spikes-before-start', message, early);
  return startMs;
}

function countBelowZero({ times, offsets, count }: CheckedTrains): number {
  let early = 0;
  for (let u = 0; u < count; u++) {
    for (let i = offsets[u]; i < offsets[u + 1] && times[i] < 0; i++) early++;
  }
  return early;
}

/** In place: a loader's trains are its own until it hands them out. */
function moveUp({ times, offsets, count }: CheckedTrains, ms: number): void {
  for (let u = 0; u < count; u++) {
    for (let i = offsets[u]; i < offsets[u + 1] && times[i] < ms; i++) times[i] = ms;
  }
}
