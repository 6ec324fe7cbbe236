/** The spike times of a Units table: whole, or only the units and the window that are asked for. */

import type { TableSource } from '../../containers/tables/tables.js';
import { LimitError, OptionError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { SourceContext } from '../../io/context.js';
import { timeUnitOf } from '../../loading/time-unit.js';
import { splitRagged, type TrainSource } from '../../loading/trains.js';
import { problemError } from '../../spike-data/trains.js';
import { type Column, requireVector } from './dynamic-table.js';
import type { UnitsTable } from './find-units.js';

export interface Selection {
  /** Rows of the table, in the order of the result; undefined: all. */
  rows: readonly number[] | undefined;
  windowMs: readonly [start: number, end: number] | undefined;
}

/**
 * Trains in ms. A window needs the whole of every asked train: the schema demands that times ascend, but files exist where they
 * do not, and a search would silently miss what lies elsewhere. Only what is in the window is kept.
 */
export async function readSpikeTimes(
  { table, spikeTimes }: UnitsTable,
  offsets: Float64Array,
  { rows, windowMs }: Selection,
  context: SourceContext,
): Promise<CheckedTrains> {
  const { source } = table;
  requireVector(spikeTimes, source, 'number');
  const { maxSpikes } = context.limits;
  const spikes = offsets[offsets.length - 1];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, `${spikeTimes.path} of ${source.path}`);
  const names = { path: source.path, times: spikeTimes.path };
  const scale = { multiply: msPerUnit(spikeTimes, context) };
  if (!rows && !windowMs) {
    const times = await source.floats(spikeTimes.path, [0, spikes]);
    return splitRagged(context, names, { times, offsets, scale });
  }
  const wanted = rows ?? Array.from({ length: offsets.length - 1 }, (_, u) => u);
  const parts = wanted.map((row) => ({ start: offsets[row], end: offsets[row + 1] }));
  const inWindow = windowMs && cutter(windowMs, scale.multiply, names);
  const read = await readParts(source, spikeTimes.path, parts, inWindow);
  return splitRagged(context, names, { ...read, scale });
}

/** NWB keeps seconds: a file whose own attribute says otherwise breaks the schema, and is believed with a warning. */
function msPerUnit({ path, attributes }: Column, { report }: SourceContext): number {
  const unit = timeUnitOf(attributes);
  if (unit === undefined || unit === 's') return 1000;
  if (unit === 'ms') {
    report.warning(
      'unit-of-times',
      `${path} says that its times are in ms, not in seconds as NWB demands: they were read as ms`,
    );
    return 1;
  }
  const message = `${path} says that its times are in ${unit}, but NWB keeps seconds: they were read as seconds`;
  report.warning('unit-of-times', message);
  return 1000;
}

interface Part {
  start: number;
  end: number;
}

/** Puts what is to be kept of a piece to its front and says how much that is; `at`: where in the file the piece starts. */
type Cut = (piece: Float64Array, at: number) => number;

/** The same arithmetic and borders as a full load cut with subtime: start <= t < end, in ms. */
function cutter([startMs, endMs]: readonly [number, number], multiply: number, names: TrainSource): Cut {
  return (piece, at) => {
    let kept = 0;
    for (let i = 0; i < piece.length; i++) {
      const ms = piece[i] * multiply;
      if (ms >= startMs && ms < endMs) piece[kept++] = piece[i];
      else if (!Number.isFinite(ms)) {
        throw problemError({ kind: 'non-finite-time', position: at + i, value: piece[i] }, names, names.path);
      }
    }
    return kept;
  };
}

/** Values read at once where most of them may be left out: 128 MB. */
const pieceLength = 1 << 24;

async function readParts(
  source: TableSource,
  path: string,
  parts: readonly Part[],
  cut: Cut | undefined,
): Promise<{ times: Float64Array; offsets: Float64Array }> {
  const kept: Float64Array[] = [];
  const offsets = new Float64Array(parts.length + 1);
  const keep = (unit: number, piece: Float64Array, at: number) => {
    const count = cut ? cut(piece, at) : piece.length;
    offsets[unit + 1] += count;
    // a copy, so that the piece is not held for the sake of what is left of it
    if (count > 0) kept.push(count < piece.length / 2 ? piece.slice(0, count) : piece.subarray(0, count));
  };
  for (let u = 0; u < parts.length; ) {
    // units that lie one behind the other are read at once
    let last = u;
    while (last + 1 < parts.length && parts[last + 1].start === parts[last].end) last++;
    for (let from = parts[u].start; from < parts[last].end; from += pieceLength) {
      const to = Math.min(from + pieceLength, parts[last].end);
      const piece = await source.floats(path, [from, to]);
      for (let unit = u; unit <= last; unit++) {
        const [start, end] = [Math.max(parts[unit].start, from), Math.min(parts[unit].end, to)];
        if (start < end) keep(unit, piece.subarray(start - from, end - from), start);
      }
    }
    u = last + 1;
  }
  for (let u = 0; u < parts.length; u++) offsets[u + 1] += offsets[u];
  return { times: concatenated(kept), offsets };
}

function concatenated(pieces: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** @throws OptionError for what is no window */
export function checkWindow(value: unknown): readonly [number, number] | undefined {
  if (value === undefined || value === null) return undefined;
  const [start, end] = Array.isArray(value) && value.length === 2 ? value : [Number.NaN, Number.NaN];
  if (Number.isFinite(start) && Number.isFinite(end) && start < end) return [start, end];
  throw new OptionError('windowMs', 'two finite numbers [start, end] with start < end', value);
}
