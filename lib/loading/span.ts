/** Where a recording starts and how long it lasts: what the caller says, what the file says, what the spikes say. */

import { finite, nonNegative } from '../core/checks.js';
import { FormatError, OptionError } from '../core/errors.js';
import type { CheckedTrains } from '../core/flat-trains.js';

/** First and last spike in ms, or null where there are none. */
export function extentOf({ times, offsets, count }: CheckedTrains): { first: number; last: number } | null {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let u = 0; u < count; u++) {
    if (offsets[u] === offsets[u + 1]) continue;
    first = Math.min(first, times[offsets[u]]);
    last = Math.max(last, times[offsets[u + 1] - 1]);
  }
  return last === Number.NEGATIVE_INFINITY ? null : { first, last };
}

/** The lengthMs option, checked; undefined where it is not given. */
export function lengthOption(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return finite(nonNegative(value, 'lengthMs'), 'lengthMs');
}

/**
 * A number that a file keeps in an attribute of its root.
 *
 * @throws FormatError for what is no finite number
 */
export function numberAttribute(attributes: Record<string, unknown>, name: string, path: string): number | undefined {
  if (!(name in attributes)) return undefined;
  const value = attributes[name];
  const list = ArrayBuffer.isView(value) || Array.isArray(value) ? (value as ArrayLike<unknown>) : undefined;
  const only = list?.length === 1 ? list[0] : value;
  // some writers store numbers as text
  const readable = typeof only === 'bigint' || (typeof only === 'string' && only.trim() !== '');
  const number = readable ? Number(only) : only;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const found = list ? `${list.length} values` : String(value);
  throw new FormatError(`the attribute ${name} of ${path} must be one finite number, found ${found}`, {
    path,
    location: `/@${name}`,
  });
}

/** The next double above or below, for lengths that must just include or just exclude an end. */
function nextUp(value: number): number {
  return neighbour(value, 1n);
}

export function nextDown(value: number): number {
  return neighbour(value, -1n);
}

/** For positive numbers, whose bits order as they do. */
function neighbour(value: number, step: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + step);
  return view.getFloat64(0);
}

export interface Span {
  /** The lengthMs option. */
  lengthMs: number | undefined;
  /** What the file says. */
  fileLengthMs: number | undefined;
  startMs: number;
  /** By how much storing may have moved a spike beyond the file's length: half a sample where times are sample numbers. */
  roundingMs?: number;
  /** A length that is taken from the last spike goes just beyond it, as Python's loaders make it for most formats. */
  beyondLast: boolean;
  path: string;
}

/**
 * The length in ms: the caller's, else the file's, else up to the last spike.
 *
 * @throws OptionError where the caller's is too short for the spikes, FormatError where the file's is
 */
export function resolveSpan(trains: CheckedTrains, span: Span): number {
  const { lengthMs, fileLengthMs, startMs, path } = span;
  const extent = extentOf(trains);
  if (fileLengthMs !== undefined && !(fileLengthMs >= 0)) {
    throw new FormatError(`the attribute length_ms of ${path} must be at least 0, found ${fileLengthMs}`, {
      path,
      location: '/@length_ms',
    });
  }
  const given = lengthMs ?? fileLengthMs;
  if (given === undefined) return extent ? lastLength(extent.last - startMs, span.beyondLast) : 0;
  const needed = extent ? extent.last - startMs : 0;
  // as much slack as the sum of start and length may be rounded by
  const slack = 4 * Number.EPSILON * Math.max(Math.abs(startMs), Math.abs(startMs + given));
  if (needed <= given + slack) return given;
  if (lengthMs === undefined && needed <= given + slack + (span.roundingMs ?? 0)) {
    moveDown(trains, startMs + given);
    return given;
  }
  const expected = `at least ${needed} ms, the time of the last spike`;
  if (lengthMs !== undefined) throw new OptionError('lengthMs', expected, lengthMs);
  throw new FormatError(`the attribute length_ms of ${path} must be ${expected}, found ${given}`, {
    path,
    location: '/@length_ms',
  });
}

function lastLength(length: number, beyond: boolean): number {
  return beyond && length > 0 ? nextUp(length) : length;
}

/** In place: a loader's trains are its own until it hands them out. */
function moveDown({ times, offsets, count }: CheckedTrains, ms: number): void {
  for (let u = 0; u < count; u++) {
    for (let i = offsets[u + 1] - 1; i >= offsets[u] && times[i] > ms; i--) times[i] = ms;
  }
}
