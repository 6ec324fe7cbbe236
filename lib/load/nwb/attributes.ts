/** neuronAttributes of the units of an NWB file. */
import type { NeuronAttributes } from '../../spike-data.js';
import type { LoadContext } from '../context.js';
import { checkRows, type DynamicTable } from './dynamic-table.js';
import { type Electrodes, locationOf, readUnitElectrodes, type UnitElectrodes } from './electrodes.js';
import type { UnitsTable } from './find-units.js';
import { exactNumber, readUnitColumns, type ValueAt } from './unit-columns.js';

/** The ids of all rows: numbers, or texts in some files; 0, 1, … where there are none. */
export async function readIds(table: DynamicTable, units: number, context: LoadContext): Promise<(number | string)[]> {
  const column = table.columns.get('id');
  if (!column) return Array.from({ length: units }, (_, row) => row);
  if (column.shape?.length !== 1 || column.shape[0] !== units) {
    throw table.error(column.path, `one id for each of ${units} units was expected, found shape (${column.shape})`);
  }
  checkRows(column, context);
  if (column.kind === 'text') return table.source.texts(column.path);
  if (column.kind !== 'number')
    throw table.error(column.path, `numbers or texts were expected as ids, found ${column.dtype}`);
  const { data } = await table.source.numbers(column.path);
  return Array.from(data as ArrayLike<number | bigint>, exactNumber);
}

/** One object for each of `rows`. */
export async function readAttributes(
  { table, spikeTimes }: UnitsTable,
  ids: readonly (number | string)[],
  rows: readonly number[],
  electrodes: Electrodes | null,
  asked: readonly string[],
  context: LoadContext,
): Promise<NeuronAttributes[]> {
  const units = ids.length;
  const region = table.columns.get('electrodes');
  const placed = region ? await readUnitElectrodes(table, region, units, electrodes, context) : null;
  const others = table.valueColumns.filter((column) => column !== spikeTimes && column !== region);
  const columns = await readUnitColumns(table, others, units, asked, context);
  return rows.map((row) => {
    const unit: NeuronAttributes = {};
    for (const [name, valueAt] of columns) setOwn(unit, attributeName(name), columnValue(name, valueAt(row)));
    // a column of names says more than the numbers that the schema wants as ids
    if (typeof unit.unit_id !== 'string') unit.unit_id = ids[row];
    if (placed) placeUnit(unit, placed, row, electrodes);
    else unit.electrode ??= fallbackElectrode(columns, row);
    if (unit.electrode === undefined || unit.electrode === '') delete unit.electrode;
    return unit;
  });
}

/** A column may be called __proto__. */
function setOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

/** `location` is a place in numbers here; a units column of that name holds the brain area. */
function attributeName(column: string): string {
  return column === 'location' ? 'location_label' : column;
}

function columnValue(column: string, value: unknown): unknown {
  if (column !== 'obs_intervals') return value;
  // (n, 2) seconds
  const { data, shape } = value as { data: Float64Array; shape: number[] };
  return Array.from({ length: shape[0] }, (_, i) => [data[2 * i] * 1000, data[2 * i + 1] * 1000]);
}

function fallbackElectrode(columns: ReadonlyMap<string, ValueAt>, row: number): number | string | undefined {
  for (const name of ['electrode_group', 'channel', 'ch']) {
    const value = columns.get(name)?.(row);
    if (typeof value === 'number' || typeof value === 'string') return value;
  }
  return undefined;
}

/** The first electrode is where the unit is largest; all of them are kept, by id and by row. */
function placeUnit(unit: NeuronAttributes, placed: UnitElectrodes, row: number, electrodes: Electrodes | null): void {
  const values = Array.from(placed.values.subarray(placed.offsets[row], placed.offsets[row + 1]));
  if (values.length === 0) return;
  const idOf = (value: number) => (placed.areRows ? (electrodes?.ids[value] ?? value) : value);
  const rowOf = (value: number) => (placed.areRows ? value : electrodes?.rowOf.get(value));
  // a column of names says more than the numbers that the schema wants as ids
  if (typeof unit.electrode !== 'string') unit.electrode = idOf(values[0]);
  unit.electrodes = values.map(idOf);
  const at = rowOf(values[0]);
  if (at === undefined || !electrodes) return;
  unit.electrode_row = at;
  unit.electrode_rows = values.map(rowOf);
  const location = locationOf(electrodes, at);
  if (location) unit.location = location;
  if (electrodes.label && unit.location_label === undefined) unit.location_label = electrodes.label[at];
  if (electrodes.groupName) unit.group_name = electrodes.groupName[at];
}
