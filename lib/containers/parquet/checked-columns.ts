/** The stored columns of a table, checked before hyparquet makes arrays by what they announce. */
import type { AsyncBuffer, ColumnMetaData, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { checkPages, type PageHeader } from './pages.js';
import { type ColumnLevels, checkRuns } from './runs.js';

type Inflate = NonNullable<Compressors[keyof Compressors]>;

/** The file with its wanted columns read, once, and every page's announcements checked, before arrays are made by them. */
export async function checkedColumns(
  metadata: FileMetaData,
  tree: SchemaTree,
  names: readonly string[],
  file: AsyncBuffer,
  inflaters: Compressors,
): Promise<AsyncBuffer> {
  const read: { start: number; bytes: ArrayBuffer }[] = [];
  for (const column of wantedColumns(metadata, names)) {
    const start = Number(column.dictionary_page_offset || column.data_page_offset);
    const stored = Number(column.total_compressed_size);
    if (!(start >= 0 && stored >= 0 && start + stored <= file.byteLength)) {
      throw new Error('a column lies outside of the file');
    }
    const bytes = await file.slice(start, start + stored);
    const levels = levelsOf(tree, column.path_in_schema);
    const inflate = inflaters[column.codec];
    checkPages(new Uint8Array(bytes), Number(column.num_values), (page, stored) => {
      // hyparquet refuses other codecs
      if (inflate || column.codec === 'UNCOMPRESSED') checkContent(page, stored, levels, inflate);
    });
    read.push({ start, bytes });
  }
  return {
    byteLength: file.byteLength,
    slice(start, end = file.byteLength) {
      const known = read.find((part) => part.start <= start && end <= part.start + part.bytes.byteLength);
      return known ? known.bytes.slice(start - known.start, end - known.start) : file.slice(start, end);
    },
  };
}

/** @throws Error where a run in the page announces more values than the page has */
function checkContent(page: PageHeader, stored: Uint8Array, column: ColumnLevels, inflate?: Inflate): void {
  const whole = (bytes: Uint8Array, length: number) => (inflate && page.isCompressed ? inflate(bytes, length) : bytes);
  if (page.version === 1) {
    checkRuns(page, column, whole(stored, page.inflatedBytes));
  } else {
    const levels = page.repetitionBytes + page.definitionBytes;
    checkRuns(page, column, stored, whole(stored.subarray(levels), page.inflatedBytes - levels));
  }
}

/** @throws Error where the schema has no such column */
function levelsOf(tree: SchemaTree, path: readonly string[]): ColumnLevels {
  const column: ColumnLevels = { repetition: 0, definition: 0, isBoolean: false };
  let node = tree;
  for (const name of path) {
    const child = node.children.find(({ element }) => element.name === name);
    if (!child) throw new Error(`the schema has no column ${path.join('.')}`);
    node = child;
    if (node.element.repetition_type === 'REPEATED') column.repetition++;
    if (node.element.repetition_type !== 'REQUIRED') column.definition++;
  }
  column.isBoolean = node.element.type === 'BOOLEAN';
  return column;
}

/** The column chunks of the named columns, nested ones too, in all groups of rows. */
export function wantedColumns(metadata: FileMetaData, names: readonly string[]): ColumnMetaData[] {
  return metadata.row_groups
    .flatMap((group) => group.columns)
    .flatMap(({ meta_data: column }) => (column && names.includes(column.path_in_schema[0]) ? [column] : []));
}
