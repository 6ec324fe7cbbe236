/** The spike times of a Units table: whole, or only the units and the window that are asked for. */
import { LimitError, OptionError } from '../../errors.js';
import type { TableSource } from '../../format/table-source.js';
import type { CheckedTrains } from '../../spike-data/trains.js';
import type { LoadContext } from '../context.js';
import { splitRagged } from '../trains.js';
import { requireVector } from './dynamic-table.js';
import type { UnitsTable } from './find-units.js';

/** NWB keeps seconds. */
const scale = { multiply: 1000 };

export interface Selection {
  /** Rows of the table, in the order of the result; undefined: all. */
  rows: readonly number[] | undefined;
  windowMs: readonly [start: number, end: number] | undefined;
}

export async function readSpikeTimes(
  { table, spikeTimes }: UnitsTable,
  offsets: Float64Array,
  { rows, windowMs }: Selection,
  context: LoadContext,
): Promise<CheckedTrains> {
  const { source } = table;
  requireVector(spikeTimes, source, 'number');
  const { maxSpikes } = context.limits;
  const spikes = offsets[offsets.length - 1];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, `${spikeTimes.path} of ${source.path}`);
  const names = { path: source.path, times: spikeTimes.path };
  if (!rows && !windowMs) {
    const times = await source.floats(spikeTimes.path, [0, spikes]);
    return splitRagged(context, names, { times, offsets, scale });
  }
  const wanted = rows ?? Array.from({ length: offsets.length - 1 }, (_, u) => u);
  const parts: Part[] = [];
  for (const row of wanted) {
    const unit = { start: offsets[row], end: offsets[row + 1] };
    parts.push(windowMs ? await narrow(source, spikeTimes.path, unit, windowMs) : unit);
  }
  const read = await readParts(source, spikeTimes.path, parts);
  return splitRagged(context, names, { ...read, scale });
}

interface Part {
  start: number;
  end: number;
}

async function readParts(
  source: TableSource,
  path: string,
  parts: readonly Part[],
): Promise<{ times: Float64Array; offsets: Float64Array }> {
  const offsets = new Float64Array(parts.length + 1);
  parts.forEach(({ start, end }, u) => {
    offsets[u + 1] = offsets[u] + (end - start);
  });
  const times = new Float64Array(offsets[parts.length]);
  for (let u = 0; u < parts.length; ) {
    // units that lie one behind the other are read at once
    let last = u;
    while (last + 1 < parts.length && parts[last + 1].start === parts[last].end) last++;
    const [start, end] = [parts[u].start, parts[last].end];
    if (end > start) times.set(await source.floats(path, [start, end]), offsets[u]);
    u = last + 1;
  }
  return { times, offsets };
}

/** Trains longer than this are searched for the ends of the window; shorter ones are read and cut. */
const searchFrom = 1 << 15;

/**
 * The part of a train that may lie in the window, found by bisection: NWB demands ascending spike times. Where the probes
 * show that a train is not, all of it is taken; what is outside the window is cut off later in any case.
 */
async function narrow(
  source: TableSource,
  path: string,
  unit: Part,
  [startMs, endMs]: readonly [number, number],
): Promise<Part> {
  if (unit.end - unit.start < searchFrom) return unit;
  const probes = new Map<number, number>();
  const probe = async (at: number) => {
    const known = probes.get(at);
    if (known !== undefined) return known;
    const [seconds] = await source.floats(path, [at, at + 1]);
    probes.set(at, seconds * 1000);
    return seconds * 1000;
  };
  const firstFrom = async (ms: number) => {
    let [low, high] = [unit.start, unit.end];
    while (high - low > 1024) {
      const middle = Math.floor((low + high) / 2);
      if ((await probe(middle)) < ms) low = middle;
      else high = middle;
    }
    return { low, high };
  };
  const start = (await firstFrom(startMs)).low;
  const end = (await firstFrom(endMs)).high;
  const seen = Array.from(probes).sort(([a], [b]) => a - b);
  const ascending = seen.every(([, ms], i) => i === 0 || seen[i - 1][1] <= ms);
  return ascending && start <= end ? { start, end } : unit;
}

/** @throws OptionError for what is no window */
export function checkWindow(value: unknown): readonly [number, number] | undefined {
  if (value === undefined || value === null) return undefined;
  const [start, end] = Array.isArray(value) && value.length === 2 ? value : [Number.NaN, Number.NaN];
  if (Number.isFinite(start) && Number.isFinite(end) && start < end) return [start, end];
  throw new OptionError('windowMs', 'two finite numbers [start, end] with start < end', value);
}
