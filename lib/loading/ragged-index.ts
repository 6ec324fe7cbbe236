/** Index arrays of ragged data: where each unit's part of one long array ends. */

import { FormatError } from '../core/errors.js';
import type { SourceContext } from '../io/context.js';

export interface RaggedIndex {
  /** The index as it was read. */
  index: Float64Array;
  /** How many elements there are to divide. */
  length: number;
  /** Units, where something else says how many there are. */
  units?: number;
  /** What the index is said to hold; undefined: found out. */
  holds: 'ends' | 'counts' | undefined;
  path: string;
  /** Name of the index in its file. */
  location: string;
  /** What is divided, for messages. */
  what: string;
  /** What to tell the user who has counts. */
  countsHint: string;
}

/**
 * Units + 1 offsets, rising from 0. Ends may have a leading zero (one entry more than units); where nothing says how many
 * units there are, a first entry of 0 before data is taken for one, and a finding says so.
 *
 * @throws FormatError for entries that are no whole numbers of at least 0, that fall, or that do not end at the data's end
 */
export function offsetsOf(ragged: RaggedIndex, context: SourceContext): Float64Array {
  const { index, holds } = ragged;
  index.forEach((entry, i) => {
    if (!Number.isSafeInteger(entry) || entry < 0) fail(ragged, `whole numbers of at least 0`, `${entry} at ${i}`);
  });
  return holds === 'counts' ? fromCounts(ragged) : fromEnds(ragged, context);
}

function fromCounts(ragged: RaggedIndex): Float64Array {
  const offsets = new Float64Array(ragged.index.length + 1);
  ragged.index.forEach((count, u) => {
    offsets[u + 1] = offsets[u] + count;
  });
  const total = offsets[ragged.index.length];
  if (total !== ragged.length) fail(ragged, `counts of ${ragged.length} ${ragged.what} in all`, `a sum of ${total}`);
  return offsets;
}

function fromEnds(ragged: RaggedIndex, context: SourceContext): Float64Array {
  const { index, length, holds, what } = ragged;
  const falls = index.findIndex((entry, i) => i > 0 && entry < index[i - 1]);
  const last = index.length ? index[index.length - 1] : 0;
  const looksLikeCounts = (falls >= 0 || last < length) && index.reduce((sum, n) => sum + n, 0) === length;
  if (looksLikeCounts && holds === undefined) {
    const found = `entries that add up to exactly the ${length} ${what}: they look like counts, not ends`;
    fail(ragged, 'the cumulative end of each unit', found, ragged.countsHint);
  }
  if (falls >= 0) {
    fail(ragged, 'ends that never fall', `${index[falls]} after ${index[falls - 1]} at ${falls}`);
  }
  if (last > length) fail(ragged, `ends within the ${length} ${what}`, String(last));
  if (last < length) {
    if (holds === undefined) fail(ragged, `ends up to the last of ${length} ${what}`, `${last} as the last one`);
    const lost = length - last;
    context.report.warning('unassigned-spikes', `${lost} ${what} behind the last end belong to no unit`, lost);
  }
  return hasLeadingZero(ragged, context) ? index : withZero(index);
}

function withZero(index: Float64Array): Float64Array {
  const offsets = new Float64Array(index.length + 1);
  offsets.set(index, 1);
  return offsets;
}

function hasLeadingZero({ index, length, units, holds, what, location }: RaggedIndex, context: SourceContext): boolean {
  if (index[0] !== 0) return false;
  if (units !== undefined) return index.length === units + 1;
  if (holds === 'ends' || length === 0) return false;
  const message = `${location} starts with 0: taken for the start of the first unit, not for the end of an empty one without ${what}`;
  context.report.info('leading-zero', message);
  return true;
}

function fail(ragged: RaggedIndex, expected: string, found: string, hint = ''): never {
  const { path, location } = ragged;
  const message = `the index ${location} of ${path} must hold ${expected}, found ${found}${hint && `. ${hint}`}`;
  throw new FormatError(message, { path, location });
}
