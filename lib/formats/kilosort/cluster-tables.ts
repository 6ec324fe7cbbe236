/** What the cluster tables of a KiloSort or Phy folder (cluster_*.tsv, or .csv in old ones) say about each cluster. */

import { parseTable } from '../../containers/text/tsv.js';
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import type { SourceFolder } from '../../io/context.js';
import { folderBytes } from '../../io/small-files.js';

export interface ClusterTable {
  file: string;
  columns: ReadonlySet<string>;
  /** Cells by column, of each cluster: trimmed, without those that say nothing. */
  clusters: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** Numbers are written with a decimal comma: always where semicolons split the cells, as Excel has them then. */
  decimalComma: boolean;
}

/** What pandas writes, and reads, for a cell without a value; compared in lower case. */
const nothing = new Set([
  '',
  'nan',
  '-nan',
  'na',
  'n/a',
  '#n/a',
  '#n/a n/a',
  '#na',
  '<na>',
  'null',
  'none',
  '1.#ind',
  '-1.#ind',
  '1.#qnan',
  '-1.#qnan',
]);

const idColumns = ['cluster_id', 'id'];
/** By order of belief: what a person decided goes before what KiloSort thinks. */
const labelColumns = ['group', 'KSLabel'];
/** Some 100 bytes a cluster: a million of them. */
const maxTableBytes = 2 ** 27;

/**
 * Reads one table. Rows whose id is no whole number cost themselves and a finding; of rows with equal ids the first counts.
 *
 * @throws FormatError where the table is empty, or none of its rows has a cluster id
 */
export async function readClusterTable(
  folder: SourceFolder,
  file: string,
  report: ReportBuilder,
  option?: string,
): Promise<ClusterTable> {
  const bytes = await folderBytes(folder, file, maxTableBytes, option);
  report.bytesRead += bytes.length;
  const { columns: header, rows, delimiter, encoding } = parseTable(bytes, file);
  if (encoding === 'latin1')
    report.warning(
      'table-not-utf8',
      `${file} is no UTF-8: its bytes were read as Latin-1, which may not be what was meant`,
    );
  if (!rows.length) throw emptyTable(file, option);
  const decimalComma = delimiter === ';';
  const columns = header.map(columnName);
  const idAt = idColumns.map((name) => columns.indexOf(name)).find((at) => at >= 0);
  if (idAt === undefined) {
    if (option && columns.length === 1) throw unsplitTable(file, header[0], option);
    return { file, columns: new Set(), clusters: new Map(), decimalComma };
  }
  const clusters = new Map<number, ReadonlyMap<string, string>>();
  let [withoutId, repeated] = [0, 0];
  for (const row of rows) {
    const id = clusterId(row[idAt]);
    if (id === undefined) withoutId++;
    else if (clusters.has(id)) repeated++;
    else clusters.set(id, cellsOf(columns, row));
  }
  if (!clusters.size) {
    const found = rows[0][idAt].slice(0, 40);
    throw new FormatError(`Whole numbers were expected in the column ${columns[idAt]} of ${file}, found '${found}'`, {
      path: file,
    });
  }
  if (withoutId) {
    report.warning(
      'cluster-rows-without-id',
      `Rows without a cluster id were passed over in ${file}: ${withoutId}`,
      withoutId,
    );
  }
  if (repeated) {
    report.warning(
      'cluster-rows-repeated',
      `Rows that repeat a cluster were passed over in ${file}: ${repeated}`,
      repeated,
    );
  }
  return { file, columns: new Set(columns), clusters, decimalComma };
}

function emptyTable(file: string, option?: string): FormatError {
  const hint = option ? `; leave ${option} away to keep all clusters` : '';
  return new FormatError(`${file} must hold a header and at least one row, found none${hint}`, { path: file });
}

/** A table of one column names no labels: read as one, it would keep what it was meant to leave out. */
function unsplitTable(file: string, header: string, option: string): FormatError {
  const found = `one column '${header.trim().slice(0, 80)}'`;
  const message = `${option}: ${file} must have a column cluster_id (or id) and others, split by tabs, commas or semicolons; found ${found}`;
  return new FormatError(message, { path: file });
}

/** The names that the loader asks for, whatever their case: tables are edited by hand, and scripts write their own. */
function columnName(name: string): string {
  const known = [...idColumns, ...labelColumns].find((column) => column.toLowerCase() === name.toLowerCase());
  return known ?? name;
}

/** Ids are whole numbers; pandas writes 5.0 for 5 where another row is blank, Excel in much of Europe 5,0. */
function clusterId(cell: string): number | undefined {
  const [, id] = /^(\d{1,15})(?:\.0*|,0{1,2})?$/.exec(cell.trim()) ?? [];
  return id === undefined ? undefined : Number(id);
}

function cellsOf(columns: readonly string[], row: readonly string[]): Map<string, string> {
  const cells = new Map<string, string>();
  columns.forEach((name, c) => {
    const cell = row[c].trim();
    if (!nothing.has(cell.toLowerCase()) && !cells.has(name)) cells.set(name, cell);
  });
  return cells;
}

export function hasLabels(table: ClusterTable): boolean {
  return labelColumns.some((name) => table.columns.has(name));
}

/** The cluster's label: the group that some table gives it, or else KSLabel. */
export function labelIn(tables: readonly ClusterTable[], cluster: number): string | undefined {
  for (const column of labelColumns) {
    const label = cellOf(tables, cluster, [column]);
    if (label !== undefined) return label;
  }
  return undefined;
}

/** Tables as KiloSort and Phy name them, most trusted first. */
const knownTables = ['info', 'group', 'KSLabel', 'Amplitude', 'ContamPct', 'si_unit_ids'];

/** Those of the usual tables that the folder has; one that cannot be read costs a finding. */
export async function readKnownTables(
  folder: SourceFolder,
  report: ReportBuilder,
  except?: string,
): Promise<ClusterTable[]> {
  const tables: ClusterTable[] = [];
  for (const name of knownTables) {
    const [tsv, csv] = [`cluster_${name}.tsv`, `cluster_${name}.csv`];
    const file = (await folder.has(tsv)) ? tsv : (await folder.has(csv)) ? csv : undefined;
    if (!file || file === except) continue;
    try {
      tables.push(await readClusterTable(folder, file, report));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report.warning('cluster-table-unreadable', `${file} was passed over: ${error.message}`);
    }
  }
  return tables;
}

/** The first value of these columns that some table has for the cluster. */
export function cellOf(
  tables: readonly ClusterTable[],
  cluster: number,
  columns: readonly string[],
): string | undefined {
  return found(tables, cluster, columns)?.cell;
}

/** The same as a number; undefined where the cell is none. */
export function numberOf(
  tables: readonly ClusterTable[],
  cluster: number,
  columns: readonly string[],
): number | undefined {
  const { cell, table } = found(tables, cluster, columns) ?? {};
  if (cell === undefined) return undefined;
  // in other tables three digits behind a comma may be thousands, and nothing is made up
  const comma = table?.decimalComma ? /^[+-]?\d+,\d+$/ : /^[+-]?\d+,(?:\d{1,2}|\d{4,})$/;
  const value = Number(comma.test(cell) ? cell.replace(',', '.') : cell);
  return Number.isFinite(value) ? value : undefined;
}

function found(
  tables: readonly ClusterTable[],
  cluster: number,
  columns: readonly string[],
): { cell: string; table: ClusterTable } | undefined {
  for (const table of tables) {
    const cells = table.clusters.get(cluster);
    const cell = columns.map((name) => cells?.get(name)).find((value) => value !== undefined);
    if (cell !== undefined) return { cell, table };
  }
  return undefined;
}
