/** Extensions of a SortingAnalyzer that say something of each unit: places, templates, metrics. */
import { join } from 'node:path';
import { readNpy } from '../../../containers/npy/file.js';
import { parseTable } from '../../../containers/text/tsv.js';
import type { ZarrFolder } from '../../../containers/zarr/folder.js';
import type { NdArray } from '../../../core/arrays.js';
import { FormatError, UnsupportedError } from '../../../core/errors.js';
import { memberPath } from '../../../io/members.js';
import { fileBytes } from '../../../io/small-files.js';
import { stat } from '../../../io/stat.js';
import { rowsOf, type StoredSortingOptions, type UnitExtensions } from './stored-sorting.js';
import { readZarrProperties } from './zarr-sorting.js';

/** Tables of one row a unit, later ones before earlier ones where both have a column. */
const tables = ['template_metrics', 'quality_metrics'];
const places = 'unit_locations';
const templates = 'templates';
const mostTableBytes = 2 ** 26;

type Columns = Record<string, unknown[]>;

export async function zarrExtensions(zarr: ZarrFolder, unitIds: readonly unknown[]): Promise<UnitExtensions> {
  const skipped: string[] = [];
  const array = async (extension: string, name: string) => {
    const location = `extensions/${extension}/${name}`;
    return (await zarr.has(location)) ? zarr.readNumbers(location) : null;
  };
  const table = async (extension: string) => {
    const location = `extensions/${extension}/metrics`;
    if (!(await zarr.has(location))) return null;
    const { properties } = await readZarrProperties(zarr, location);
    // texts of any length have no type that properties have
    const { index = await zarr.readTexts(`${location}/index`), ...columns } = properties;
    return byUnit(index, columns, unitIds, `${location} of ${zarr.path}`);
  };
  return collect(unitIds.length, array, table, skipped);
}

export async function folderExtensions(
  folder: string,
  unitIds: readonly unknown[],
  options: StoredSortingOptions,
): Promise<UnitExtensions> {
  const skipped: string[] = [];
  const file = async (extension: string, name: string) => {
    const path = await memberPath(folder, join(folder, 'extensions', extension, name), options);
    return (await exists(path)) ? path : null;
  };
  const array = async (extension: string, name: string) => {
    const path = await file(extension, `${name}.npy`);
    if (!path) return null;
    return readNpy(path, { signal: options.signal, maxArrayBytes: options.limits.maxArrayBytes });
  };
  const table = async (extension: string) => {
    const path = await file(extension, 'metrics.csv');
    if (!path) return null;
    const { columns, rows } = parseTable(await fileBytes(path, mostTableBytes), path);
    const named = Object.fromEntries(
      columns.slice(1).map((name, c) => [name, rows.map((row) => cellValue(row[c + 1]))]),
    );
    const index = rows.map((row) => row[0]);
    return byUnit(index, named, unitIds, path);
  };
  return collect(unitIds.length, array, table, skipped);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Cells as pandas writes them. */
function cellValue(cell: string): unknown {
  if (cell === 'True' || cell === 'False') return cell === 'True';
  const number = Number(cell);
  return cell.trim() === '' || Number.isNaN(number) ? cell : number;
}

/** Columns in the order of the units; rows are told by their unit's id. */
function byUnit(index: unknown[] | undefined, columns: Columns, unitIds: readonly unknown[], path: string): Columns {
  const rowOf = new Map(index?.map((id, row) => [String(id), row]));
  if (!unitIds.every((id) => rowOf.has(String(id)))) {
    throw new FormatError(`${path} must have a row for each unit, found none for some of them`, { path });
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [
      name,
      unitIds.map((id) => values[rowOf.get(String(id)) as number]),
    ]),
  );
}

async function collect(
  units: number,
  array: (extension: string, name: string) => Promise<NdArray | null>,
  table: (extension: string) => Promise<Columns | null>,
  skipped: string[],
): Promise<UnitExtensions> {
  const optional = async <T>(name: string, read: () => Promise<T | null>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FormatError) && !(error instanceof UnsupportedError)) throw error;
      skipped.push(`${name} (extension)`);
      return null;
    }
  };
  const columns: Columns = Object.create(null);
  for (const name of tables) Object.assign(columns, await optional(name, () => table(name)));
  const located = await optional(places, () => array(places, places));
  const average = await optional(templates, () => array(templates, 'average'));
  const rows = located && located.shape[0] === units ? rowsOf(located.data, [...located.shape]) : null;
  const locations = rows?.every((row): row is number[] => Array.isArray(row)) ? rows : null;
  return {
    columns,
    locations,
    average: average?.shape.length === 3 && average.shape[0] === units ? average : null,
    skipped,
  };
}
