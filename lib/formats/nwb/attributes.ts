/** neuronAttributes of the units of an NWB file. */

import { readOptional } from '../../core/optional.js';
import type { SourceContext } from '../../io/context.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';
import { requireVector } from './dynamic-table.js';
import type { Electrodes } from './electrodes.js';
import type { UnitsTable } from './find-units.js';
import type { UnitId } from './ids.js';
import { readUnitColumns, type ValueAt } from './unit-columns.js';
import { placeUnit, readUnitElectrodes } from './unit-electrodes.js';

/** One object for each of `rows`. */
export async function readAttributes(
  { table, spikeTimes }: UnitsTable,
  ids: readonly UnitId[],
  rows: readonly number[],
  electrodes: Electrodes | null,
  asked: readonly string[],
  context: SourceContext,
): Promise<NeuronAttributes[]> {
  const units = ids.length;
  const region = table.columns.get('electrodes');
  if (region) requireVector(region, table.source, 'number');
  const placed =
    region &&
    (await readOptional(context.report, region.path, () =>
      readUnitElectrodes(table, region, units, electrodes, context),
    ));
  const others = table.valueColumns.filter((column) => column !== spikeTimes && column !== region);
  const columns = await readUnitColumns(table, others, units, asked, context);
  return rows.map((row) => {
    const unit: NeuronAttributes = {};
    for (const [name, valueAt] of columns) {
      const value = columnValue(name, valueAt(row));
      setOwn(unit, attributeName(name, value), value);
    }
    unit.unit_id = ids[row];
    if (unit.electrode === '' || Number.isNaN(unit.electrode)) delete unit.electrode;
    if (placed) placeUnit(unit, placed, row, electrodes);
    else unit.electrode ??= fallbackElectrode(columns, row);
    if (unit.electrode === undefined) delete unit.electrode;
    return unit;
  });
}

/** A column may be called __proto__. */
function setOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

/** `location` is a place in numbers here; a units column of that name mostly holds the brain area. */
function attributeName(column: string, value: unknown): string {
  return column === 'location' && !Array.isArray(value) ? 'location_label' : column;
}

/** Intervals are [[start, end], …] in ms; what is no list of pairs of numbers stays as it is. */
function columnValue(column: string, value: unknown): unknown {
  const pairs = value as { data?: ArrayLike<number>; shape?: readonly number[] } | undefined;
  if (column !== 'obs_intervals' || pairs?.shape?.length !== 2 || pairs.shape[1] !== 2 || !pairs.data) return value;
  const { data, shape } = pairs;
  return Array.from({ length: shape[0] }, (_, i) => [Number(data[2 * i]) * 1000, Number(data[2 * i + 1]) * 1000]);
}

function fallbackElectrode(columns: ReadonlyMap<string, ValueAt>, row: number): number | string | undefined {
  for (const name of ['electrode_group', 'channel', 'ch']) {
    const value = columns.get(name)?.(row);
    if (typeof value === 'number' || typeof value === 'string') return value;
  }
  return undefined;
}
