/**
 * The DynamicTable of NWB (hdmf-common): a group with an array a column, rows divided by index arrays where they are ragged.
 */

import type { ArrayDescription, TableNode, TableSource } from '../../containers/tables/tables.js';
import { FormatError, LimitError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import { readOptional } from '../../core/optional.js';
import type { ReportBuilder } from '../../core/report.js';
import type { SourceContext } from '../../io/context.js';
import { offsetsOf } from '../../loading/ragged-index.js';

export interface Column extends ArrayDescription {
  name: string;
  path: string;
  attributes: Record<string, unknown>;
  /** The index that divides this column into rows. */
  index?: Column;
}

export class DynamicTable {
  readonly source: TableSource;
  readonly path: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** Number of rows: of ids, else of the first thing that tells. */
  readonly rows: number | undefined;

  private constructor(source: TableSource, path: string, columns: Map<string, Column>) {
    this.source = source;
    this.path = path;
    this.columns = columns;
    this.rows = rowsOf(columns);
  }

  /**
   * Reads names, attributes and shapes; no values. A warning names each column that the table should have and that cannot be
   * had: behind a link that is not followed, named in `colnames` and not there, or damaged.
   */
  static async open(source: TableSource, path: string, report: ReportBuilder): Promise<DynamicTable> {
    const nodes = await source.children(path);
    const arrays = nodes.filter(({ kind }) => kind === 'array');
    // read at once; what could not be read is told of in the order of the columns
    const reading = arrays.map(({ name }) => describeColumn(source, path, name));
    await Promise.allSettled(reading);
    const described: (Column | undefined)[] = [];
    for (const [i, { name }] of arrays.entries())
      described.push(await readOptional(report, `${path}/${name}`, () => reading[i]));
    const found = described.filter((column) => column !== undefined);
    const columns = new Map(found.map((column) => [column.name, column]));
    await noteMissing(source, path, nodes, report);
    for (const column of found) {
      const indexed = indexedBy(column, columns);
      if (indexed) indexed.index = column;
    }
    return new DynamicTable(source, path, columns);
  }

  /** Columns that hold values: neither ids nor indices. */
  get valueColumns(): Column[] {
    const indices = new Set(Array.from(this.columns.values(), ({ index }) => index));
    return Array.from(this.columns.values()).filter((column) => column.name !== 'id' && !indices.has(column));
  }

  /** Where each row of a ragged column starts, and where the last one ends. `truncate`: an index that goes too far is cut. */
  async offsets(
    column: Column,
    context: SourceContext,
    options: { units?: number; truncate?: boolean } = {},
  ): Promise<Float64Array> {
    const { index } = column;
    const length = lengthOf(column, this.source);
    if (!index)
      throw this.error(column.path, `an index ${column.name}_index was expected beside ${column.name}, found none`);
    if (index.kind === 'region') return this.#regionOffsets(index, length);
    requireVector(index, this.source, 'number');
    checkRows(index, context);
    const entries = await this.source.floats(index.path);
    if (options.truncate) truncate(entries, length, index, context);
    const what = column.name.replaceAll('_', ' ');
    // where nothing else tells, the index does: the schema has no leading zero
    const units = options.units ?? this.rows ?? entries.length;
    return offsetsOf(
      {
        index: entries,
        length,
        units,
        holds: undefined,
        path: this.source.path,
        location: index.path,
        what,
        countsHint: '',
      },
      context,
    );
  }

  /** MATLAB's files of schema 2.0b keep a region reference a row in place of ends. */
  async #regionOffsets(index: Column, length: number): Promise<Float64Array> {
    const regions = await this.source.regions(index.path);
    const offsets = new Float64Array(regions.length + 1);
    regions.forEach(({ rows }, u) => {
      const [start, end] = rows.length ? [rows[0][0], rows[rows.length - 1][1]] : [offsets[u], offsets[u]];
      if (rows.length > 1 || start !== offsets[u] || end > length) {
        throw this.error(
          index.path,
          `region references that follow one another were expected, found row ${u} out of order`,
        );
      }
      offsets[u + 1] = end;
    });
    return offsets;
  }

  error(location: string, message: string): FormatError {
    return new FormatError(`${message} at ${location} of ${this.source.path}`, { path: this.source.path, location });
  }
}

/** Of ids, else of what has a value or an end for each row. */
function rowsOf(columns: ReadonlyMap<string, Column>): number | undefined {
  const id = columns.get('id')?.shape?.[0];
  if (id !== undefined) return id;
  const indices = new Set(Array.from(columns.values(), ({ index }) => index));
  const plain = Array.from(columns.values()).find(
    (column) => !column.index && !indices.has(column) && column.shape?.length,
  );
  return plain?.shape?.[0];
}

async function noteMissing(
  source: TableSource,
  path: string,
  nodes: readonly TableNode[],
  report: ReportBuilder,
): Promise<void> {
  const attributes = await readOptional(report, `the attributes of ${path}`, () => source.attributes(path));
  const colnames = attributes?.colnames;
  const named = Array.isArray(colnames) ? colnames.filter((name): name is string => typeof name === 'string') : [];
  const there = new Set(nodes.filter(({ kind }) => kind !== 'other').map(({ name }) => name));
  const others = nodes.filter(({ kind }) => kind === 'other').map(({ name }) => name);
  for (const name of new Set([...named, ...others])) {
    if (there.has(name)) continue;
    const link = await source.linkOut(path, name);
    const why = link ? `behind a link to ${link}, which is not followed` : 'named in colnames, but not there';
    report.warning('column-missing', `the column ${name} of ${path} is ${why}`);
  }
}

async function describeColumn(source: TableSource, table: string, name: string): Promise<Column> {
  const path = `${table === '/' ? '' : table}/${name}`;
  const [description, attributes] = await allOrFirstFault([source.describe(path), source.attributes(path)]);
  return { name, path, attributes, ...description };
}

/** By the reference that the index carries; by its name where it has none. */
function indexedBy(index: Column, columns: ReadonlyMap<string, Column>): Column | undefined {
  const { target } = index.attributes;
  const byReference = typeof target === 'string' ? columns.get(target.slice(target.lastIndexOf('/') + 1)) : undefined;
  if (byReference && byReference !== index) return byReference;
  return index.name.endsWith('_index') ? columns.get(index.name.slice(0, -'_index'.length)) : undefined;
}

/** Elements along the first dimension. @throws FormatError for scalars */
function lengthOf(column: Column, source: TableSource): number {
  if (column.shape?.length) return column.shape[0];
  const found = column.shape ? 'a scalar' : 'nothing';
  const { path } = source;
  throw new FormatError(`rows were expected, found ${found} at ${column.path} of ${path}`, {
    path,
    location: column.path,
  });
}

/** @throws FormatError for other than one dimension of the kind */
export function requireVector(column: Column, source: TableSource, kind: ArrayDescription['kind']): void {
  if (column.kind === kind && column.shape?.length === 1) return;
  const found = `${column.dtype} of ${column.shape ? `shape (${column.shape})` : 'no shape'}`;
  const message = `${kind}s in one dimension were expected, found ${found} at ${column.path} of ${source.path}`;
  throw new FormatError(message, { path: source.path, location: column.path });
}

/** No table is longer than the number of units that a load may have. */
export function checkRows(column: Column, context: Pick<SourceContext, 'limits'>): void {
  const { maxUnits } = context.limits;
  const rows = column.shape?.[0] ?? 0;
  if (rows > maxUnits) throw new LimitError('maxUnits', maxUnits, rows, column.path);
}

function truncate(entries: Float64Array, length: number, index: Column, context: SourceContext): void {
  const last = entries.length ? entries[entries.length - 1] : 0;
  if (!(last > length)) return;
  const message = `${index.path} ends at ${last}, but there are ${length} values: the ${last - length} missing ones are left out`;
  context.report.warning('index-too-long', message, last - length);
  entries.forEach((end, i) => {
    entries[i] = Math.min(end, length);
  });
}
