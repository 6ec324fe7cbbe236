/** Which electrodes a unit was seen on: the `electrodes` column of a Units table. */

import type { SourceContext } from '../../io/context.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';
import type { Column, DynamicTable } from './dynamic-table.js';
import { brainLocationOf, type ElectrodeId, type Electrodes, locationOf } from './electrodes.js';

export interface UnitElectrodes {
  /** Rows of the electrodes table, or ids where the file has plain numbers. */
  values: Float64Array;
  /** Units + 1. */
  offsets: Float64Array;
  /** Whether the values are rows. */
  areRows: boolean;
}

/** The electrodes column of the units: a region (rows of the table), or in files of simpler writers plain ids. */
export async function readUnitElectrodes(
  table: DynamicTable,
  column: Column,
  units: number,
  electrodes: Electrodes | null,
  context: SourceContext,
): Promise<UnitElectrodes> {
  const offsets = column.index
    ? await table.offsets(column, context, { units, truncate: true })
    : Float64Array.from({ length: units + 1 }, (_, u) => u);
  if (offsets.length !== units + 1 || offsets[units] > (column.shape?.[0] ?? 0)) {
    throw table.error(column.path, `electrodes of ${units} units were expected, found ${offsets.length - 1}`);
  }
  const values = await table.source.floats(column.path, [0, offsets[units]]);
  const { attributes } = column;
  const areRows = 'table' in attributes || String(attributes.neurodata_type) === 'DynamicTableRegion';
  if (electrodes) noteUnplaced(column, values, areRows, electrodes, context);
  return { values, offsets, areRows };
}

/** Rows that the table does not have, and ids that several rows have: no unit gets a place from them. */
function noteUnplaced(
  column: Column,
  values: Float64Array,
  areRows: boolean,
  electrodes: Electrodes,
  { report }: SourceContext,
): void {
  const { ids, rowsOf } = electrodes;
  const known = areRows
    ? (value: number) => Number.isInteger(value) && value >= 0 && value < ids.length
    : (value: number) => rowsOf.get(value)?.length === 1;
  const unknown = values.filter((value) => !known(value));
  if (unknown.length === 0) return;
  const expected = areRows
    ? `rows of an electrodes table of ${ids.length} were expected`
    : `ids that one row of the electrodes table has were expected`;
  const message = `${expected} at ${column.path}, found ${unknown[0]}; ${unknown.length} of ${values.length} electrodes have no place`;
  report.warning('electrodes-unknown', message, unknown.length);
}

/** The first electrode is where the unit is largest; all of them are kept, by id and by row. */
export function placeUnit(
  unit: NeuronAttributes,
  { values: all, offsets, areRows }: UnitElectrodes,
  row: number,
  electrodes: Electrodes | null,
): void {
  const values = Array.from(all.subarray(offsets[row], offsets[row + 1]));
  if (values.length === 0) return;
  const found = values.map((value) => (areRows ? rowAt(value, electrodes) : rowOfId(value, electrodes)));
  // without a table, rows are the only numbers that there are
  const ids = values.map((value, i): ElectrodeId | undefined => {
    if (!areRows || !electrodes) return value;
    const at = found[i];
    return at === undefined ? undefined : electrodes.ids[at];
  });
  // a column that names the electrode says more than the number that the table has for it
  unit.electrode ??= ids[0];
  unit.electrodes = ids.filter((id) => id !== undefined);
  const [at] = found;
  if (at === undefined || !electrodes) return;
  unit.electrode_row = at;
  unit.electrode_rows = found.filter((known) => known !== undefined);
  const { label, groupName } = electrodes;
  const more = {
    location: locationOf(electrodes, at),
    brain_location: brainLocationOf(electrodes, at),
    location_label: label?.[at],
    group_name: groupName?.[at],
  };
  // what the Units table says itself goes before what it refers to
  for (const [name, value] of Object.entries(more)) unit[name] ??= value;
  for (const name of Object.keys(more)) if (unit[name] === undefined) delete unit[name];
}

function rowAt(value: number, electrodes: Electrodes | null): number | undefined {
  return electrodes && Number.isInteger(value) && value >= 0 && value < electrodes.ids.length ? value : undefined;
}

function rowOfId(value: number, electrodes: Electrodes | null): number | undefined {
  const rows = electrodes?.rowsOf.get(value);
  return rows?.length === 1 ? rows[0] : undefined;
}
