/** The electrodes table, and the electrodes that units refer to. */
import type { TableSource } from '../../format/table-source.js';
import type { LoadContext } from '../context.js';
import { type Column, checkRows, DynamicTable, requireVector } from './dynamic-table.js';

const electrodesPath = '/general/extracellular_ephys/electrodes';

export interface Electrodes {
  ids: number[];
  /** Row of each id. */
  rowOf: Map<number, number>;
  x?: Float64Array;
  y?: Float64Array;
  z?: Float64Array;
  /** On the probe. */
  relX?: Float64Array;
  relY?: Float64Array;
  relZ?: Float64Array;
  /** Brain area. */
  label?: string[];
  groupName?: string[];
}

export async function readElectrodes(source: TableSource, context: LoadContext): Promise<Electrodes | null> {
  if (!(await source.has(electrodesPath))) return null;
  const table = await DynamicTable.open(source, electrodesPath);
  const numbers = async (name: string) => {
    const column = table.columns.get(name);
    if (!column) return undefined;
    requireVector(column, source, 'number');
    checkRows(column, context);
    return source.floats(column.path);
  };
  const texts = async (name: string) => {
    const column = table.columns.get(name);
    if (column?.kind !== 'text') return undefined;
    checkRows(column, context);
    return source.texts(column.path);
  };
  const [x, y, z] = [await numbers('x'), await numbers('y'), await numbers('z')];
  const [relX, relY, relZ] = [await numbers('rel_x'), await numbers('rel_y'), await numbers('rel_z')];
  const [label, groupName] = [await texts('location'), await texts('group_name')];
  const columns = [x, y, z, relX, relY, relZ, label, groupName];
  const rows = columns.reduce((most, column) => Math.max(most, column?.length ?? 0), 0);
  const ids = Array.from((await numbers('id')) ?? Float64Array.from({ length: rows }, (_, row) => row));
  const wrong = columns.find((column) => column && column.length !== ids.length);
  if (wrong)
    throw table.error(electrodesPath, `${ids.length} rows were expected in each column, found ${wrong.length}`);
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  return { ids, rowOf, x, y, z, relX, relY, relZ, label, groupName };
}

/** [x, y, z] as far as the table has them; where they say nothing, the position on the probe. */
export function locationOf(electrodes: Electrodes, row: number): number[] | undefined {
  const { x, y, z, relX, relY, relZ } = electrodes;
  for (const axes of [
    [x, y, z],
    [relX, relY, relZ],
  ]) {
    const place = axes.filter((axis) => axis !== undefined).map((axis) => axis[row]);
    if (place.some(Number.isFinite)) return place;
  }
  return undefined;
}

/** {id: {location, group_name, x, y, z}}, as SpikeLab keeps it in the metadata. */
export function electrodesByChannel(electrodes: Electrodes): Record<string, Record<string, unknown>> {
  const { ids, label, groupName, x, y, z } = electrodes;
  return Object.fromEntries(
    ids.map((id, row) => {
      const entry = { location: label?.[row], group_name: groupName?.[row], x: x?.[row], y: y?.[row], z: z?.[row] };
      return [id, Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))];
    }),
  );
}

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
  context: LoadContext,
): Promise<UnitElectrodes> {
  requireVector(column, table.source, 'number');
  const offsets = column.index
    ? await table.offsets(column, context, { units, truncate: true })
    : Float64Array.from({ length: units + 1 }, (_, u) => u);
  if (offsets.length !== units + 1 || offsets[units] > (column.shape?.[0] ?? 0)) {
    throw table.error(column.path, `electrodes of ${units} units were expected, found ${offsets.length - 1}`);
  }
  const values = await table.source.floats(column.path, [0, offsets[units]]);
  const { attributes } = column;
  const areRows = 'table' in attributes || String(attributes.neurodata_type) === 'DynamicTableRegion';
  if (areRows && electrodes) {
    const outside = values.findIndex((row) => !(row >= 0 && row < electrodes.ids.length));
    if (outside >= 0) {
      const found = `${values[outside]} at ${outside}`;
      throw table.error(
        column.path,
        `rows of an electrodes table of ${electrodes.ids.length} were expected, found ${found}`,
      );
    }
  }
  return { values, offsets, areRows };
}
