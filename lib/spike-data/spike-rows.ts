/** All spikes as the rows of a table, in pieces that fit into memory: unit after unit, in time order within each. */
import { manyElements, Slices } from '../core/slices.js';
import { countsOf, perSpikeNames } from './per-spike.js';
import type { SpikeData } from './spike-data.js';
import { numbersOf } from './spike-lists.js';

export interface SpikeRows {
  /** Number of the unit, 0 … N - 1. */
  readonly unit: Int32Array;
  readonly timesMs: Float64Array;
  /** One array for each of `spikeColumns`. */
  readonly values: readonly Float64Array[];
}

/** Columns that the table has anyway. */
const ownNames = ['unit', 'unit_id', 'time_ms'];

/** Names of the attributes that are columns of the table of spikes: numbers, one a spike, in every unit. */
export function spikeColumns(sd: SpikeData): string[] {
  const { neuronAttributes: units, train } = sd;
  const whole = (name: string) => units?.every((unit, u) => numbersOf(unit[name])?.length === train[u].length) ?? false;
  return perSpikeNames(units, countsOf(sd)).filter((name) => !ownNames.includes(name) && whole(name));
}

/**
 * Pieces of exactly `size` rows, the last may have fewer. Each has arrays of its own, so they may be transferred.
 *
 * @throws the reason of `signal`
 */
export async function* spikeRows(sd: SpikeData, size: number, signal?: AbortSignal): AsyncGenerator<SpikeRows> {
  const slices = new Slices(signal);
  const columns = spikeColumns(sd).map((name) => sd.neuronAttributes?.map((unit) => numbersOf(unit[name]) ?? []) ?? []);
  let left = sd.train.reduce((sum, { length }) => sum + length, 0);
  let unit = 0;
  let from = 0;
  while (left > 0) {
    const rows = Math.min(size, left);
    const values = columns.map(() => new Float64Array(rows));
    const piece = { unit: new Int32Array(rows), timesMs: new Float64Array(rows), values };
    for (let filled = 0; filled < rows; ) {
      const train = sd.train[unit];
      const take = Math.min(manyElements, rows - filled, train.length - from);
      piece.unit.fill(unit, filled, filled + take);
      piece.timesMs.set(train.subarray(from, from + take), filled);
      for (const [c, column] of columns.entries()) values[c].set(part(column[unit], from, take), filled);
      filled += take;
      from += take;
      if (slices.due) await slices.turn();
      if (from < train.length) continue;
      unit += 1;
      from = 0;
    }
    left -= rows;
    yield piece;
  }
}

const part = (list: ArrayLike<number>, from: number, count: number): ArrayLike<number> =>
  Array.isArray(list) ? list.slice(from, from + count) : (list as Float64Array).subarray(from, from + count);
