/** The electrodes table of an NWB file. Rows are what it is referred to by: ids may repeat, as in files of several probes. */

import type { TableRecords, TableSource } from '../../containers/tables/tables.js';
import { sizeOf } from '../../core/arrays.js';
import { readOptional } from '../../core/optional.js';
import type { SourceContext } from '../../io/context.js';
import { type Column, checkRows, DynamicTable, requireVector } from './dynamic-table.js';
import { exactNumber } from './exact-number.js';
import { type PlaceColumns, placeIn, type Space, spaceOf } from './place.js';

const electrodesPath = '/general/extracellular_ephys/electrodes';
const axes = ['x', 'y', 'z', 'rel_x', 'rel_y', 'rel_z'] as const;

export type ElectrodeId = number | string;

export interface Electrodes {
  ids: ElectrodeId[];
  /** Rows of each id. */
  rowsOf: Map<ElectrodeId, number[]>;
  columns: PlaceColumns;
  /** Where places are taken from; undefined: the table has none. */
  space: Space | undefined;
  /** Brain area. */
  label?: string[];
  groupName?: string[];
}

type ReadContext = Pick<SourceContext, 'report' | 'limits'>;

/**
 * The table at `referred`, which a column of its rows names as its table; else at the place that the schema has for it. Null
 * where there is none, or none that can be read: the report says which.
 */
export async function readElectrodes(
  source: TableSource,
  context: ReadContext,
  referred?: unknown,
): Promise<Electrodes | null> {
  const named = typeof referred === 'string' && referred.startsWith('/') && (await source.has(referred));
  const path = named ? referred : electrodesPath;
  const open = async () => {
    if (!(await source.has(path))) return null;
    const slash = path.lastIndexOf('/');
    const node = (await source.children(path.slice(0, slash) || '/')).find(
      ({ name }) => name === path.slice(slash + 1),
    );
    // MatNWB of schema 2.0b: one array of records
    if (node?.kind === 'array') return recordColumns(await source.records(path));
    return DynamicTable.open(source, path, context.report);
  };
  const found = await readOptional(context.report, path, open);
  if (!found) return null;
  return electrodesOf(found instanceof DynamicTable ? await tableColumns(found, context) : found, context);
}

/** Columns by name: numbers, texts, or undefined where there is no such column or one of another kind. */
interface ElectrodeColumns {
  ids: ElectrodeId[] | undefined;
  numbers: Map<string, Float64Array>;
  texts: Map<string, string[]>;
  /** Of the table, where no id says so. */
  rows: number;
}

async function tableColumns(table: DynamicTable, context: ReadContext): Promise<ElectrodeColumns> {
  const { source } = table;
  const numbers = new Map<string, Float64Array>();
  const texts = new Map<string, string[]>();
  const each = async (name: string, kind: Column['kind'], read: (column: Column) => Promise<void>) => {
    const column = table.columns.get(name);
    if (column?.kind !== kind) return;
    checkRows(column, context);
    await readOptional(context.report, column.path, () => read(column));
  };
  for (const name of [...axes, 'id'] as const) {
    const column = table.columns.get(name);
    if (column) requireNumberARow(column, table);
  }
  for (const name of axes)
    await each(name, 'number', async ({ path }) => void numbers.set(name, await source.floats(path)));
  for (const name of ['location', 'group_name'] as const)
    await each(name, 'text', async ({ path }) => void texts.set(name, await source.texts(path)));
  if (!texts.has('group_name')) {
    await each('group', 'reference', async ({ path }) => {
      if (source.format === 'hdf5') texts.set('group_name', (await source.references(path)).map(lastPart));
    });
  }
  let ids: ElectrodeId[] | undefined;
  await each('id', 'number', async (column) => {
    ids = await readIdColumn(source, column);
  });
  return { ids, numbers, texts, rows: table.rows ?? 0 };
}

/**
 * MatNWB writes vectors with a second dimension of 1.
 *
 * @throws FormatError for what breaks the schema, as opposed to what is damaged: it may mean anything
 */
function requireNumberARow(column: Column, { source }: DynamicTable): void {
  const { shape } = column;
  const single = shape?.length === 2 && Math.min(...shape) === 1 ? { ...column, shape: [sizeOf(shape)] } : column;
  requireVector(single, source, 'number');
}

/** Numbers, exact however large, or texts. */
export async function readIdColumn(source: TableSource, column: Column): Promise<ElectrodeId[]> {
  if (column.kind === 'text') return source.texts(column.path);
  const { data } = await source.numbers(column.path);
  return Array.from(data as ArrayLike<number | bigint>, exactNumber);
}

function recordColumns(records: TableRecords): ElectrodeColumns {
  const numbers = new Map<string, Float64Array>();
  const texts = new Map<string, string[]>();
  let ids: ElectrodeId[] | undefined;
  for (const [name, { values }] of Object.entries(records)) {
    if (values === null) continue;
    if (name === 'id') ids = Array.from(values as ArrayLike<number | bigint | string>, idOf);
    else if (Array.isArray(values)) texts.set(name, values);
    else numbers.set(name, Float64Array.from(values as ArrayLike<number>, Number));
  }
  return { ids, numbers, texts, rows: 0 };
}

function idOf(value: number | bigint | string): ElectrodeId {
  return typeof value === 'string' ? value : exactNumber(value);
}

/** Columns of another length than the ids say nothing about any row: they are left out, with a warning. */
function electrodesOf({ ids: found, numbers, texts, rows }: ElectrodeColumns, { report }: ReadContext): Electrodes {
  const lengths = [...numbers.values(), ...texts.values()].map(({ length }) => length);
  const ids = found ?? Array.from({ length: Math.max(rows, ...lengths, 0) }, (_, row) => row);
  const fitting = <T extends ArrayLike<unknown>>(name: string, values: T | undefined): T | undefined => {
    if (values === undefined || values.length === ids.length) return values;
    const message = `${ids.length} rows were expected in each column of ${electrodesPath}, found ${values.length} in ${name}, which is left out`;
    report.warning('part-unreadable', message);
    return undefined;
  };
  const columns: PlaceColumns = {};
  for (const name of axes) columns[name] = fitting(name, numbers.get(name));
  const rowsOf = new Map<ElectrodeId, number[]>();
  ids.forEach((id, row) => {
    const before = rowsOf.get(id);
    if (before) before.push(row);
    else rowsOf.set(id, [row]);
  });
  if (rowsOf.size < ids.length) {
    const message = `${ids.length - rowsOf.size} of ${ids.length} rows of ${electrodesPath} repeat an id: electrodes are told apart by electrode_row`;
    report.info('repeated-electrode-ids', message, ids.length - rowsOf.size);
  }
  return {
    ids,
    rowsOf,
    columns,
    space: spaceOf(columns),
    label: fitting('location', texts.get('location')),
    groupName: fitting('group_name', texts.get('group_name')),
  };
}

/** Place of a row by the rule of `spaceOf`. */
export function locationOf({ columns, space }: Electrodes, row: number): number[] | undefined {
  return space && placeIn(space, columns, row);
}

/** Place in the brain of a row, where `locationOf` gives the one on the probe. */
export function brainLocationOf({ columns, space }: Electrodes, row: number): number[] | undefined {
  return space === 'probe' ? placeIn('brain', columns, row) : undefined;
}

/**
 * {id: {location, group_name, x, y, z, rel_x, rel_y, rel_z}}, as SpikeLab keeps it in the metadata. A row whose id another
 * row has too goes by `id (row r)`, and says both: looking an id up must not give another probe's electrode.
 */
export function electrodesByChannel(electrodes: Electrodes): Record<string, Record<string, unknown>> {
  const { ids, rowsOf, label, groupName, columns } = electrodes;
  const entries = ids.map((id, row): [string, Record<string, unknown>] => {
    const entry: Record<string, unknown> = { location: label?.[row], group_name: groupName?.[row] };
    for (const name of axes) entry[name] = columns[name]?.[row];
    const repeats = (rowsOf.get(id)?.length ?? 0) > 1;
    if (repeats) Object.assign(entry, { id, row });
    const said = Object.entries(entry).filter(([, value]) => value !== undefined);
    return [repeats ? `${id} (row ${row})` : String(id), Object.fromEntries(said)];
  });
  return Object.fromEntries(entries);
}

/** Objects are known by the last part of their paths: the name of an electrode group. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
