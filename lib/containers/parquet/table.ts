/** Parquet tables by columns: only the footer and the columns that are asked for are read. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { FormatError, LimitError, NotFoundError, SpikeLabError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import type { ByteSource } from '../../io/byte-source.js';
import { checkedColumns, wantedColumns } from './checked-columns.js';
import { checkFooter } from './pages.js';

/** Values of one column, null or undefined where the table has none; int64 comes as bigint. */
export type ParquetColumn = ArrayLike<unknown>;

export interface ParquetTable {
  /** For messages. */
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly string[];
  /** The named columns; NotFoundError (with `available`) where one is missing. */
  read<Name extends string>(names: readonly Name[]): Promise<Record<Name, ParquetColumn>>;
}

/** More than any header of pages adds to its column. */
const pageOverhead = 2 ** 16;

/** @throws FormatError for what is no parquet file, LimitError where it holds more than the limits allow */
export async function openParquet(
  bytes: ByteSource,
  limits: Pick<Limits, 'maxArrayBytes' | 'maxSpikes'>,
  signal?: AbortSignal,
): Promise<ParquetTable> {
  const file = {
    byteLength: bytes.size,
    slice: async (start: number, end = bytes.size) => {
      const read = await bytes.read(start, end, signal ? { signal } : {});
      const whole = read.byteLength === read.buffer.byteLength;
      return (whole ? read.buffer : new Uint8Array(read).buffer) as ArrayBuffer;
    },
  };
  const { parquetMetadata, parquetRead, parquetSchema } = await import('hyparquet');
  const metadata = await decoding(bytes.name, async () => parquetMetadata(await checkedFooter(file)));
  const rows = Number(metadata.num_rows);
  checkMetadata(metadata, rows, bytes, limits);
  const tree = await decoding(bytes.name, async () => parquetSchema(metadata));
  const columns = tree.children.map((child) => child.element.name);
  return {
    name: bytes.name,
    rows,
    columns,
    async read<Name extends string>(names: readonly Name[]) {
      const missing = names.filter((name) => !columns.includes(name));
      if (missing.length) {
        const place = { path: bytes.name, location: missing.join(', '), available: [...columns] };
        throw new NotFoundError(`${bytes.name} has no column ${missing.join(', ')}, only ${columns.join(', ')}`, place);
      }
      const budget = checkSize(metadata, names, bytes.name, limits.maxArrayBytes);
      const inflaters = await boundedCompressors(budget);
      const checked = await decoding(bytes.name, () => checkedColumns(metadata, tree, names, file, inflaters));
      const compressors = await boundedCompressors(budget);
      const pieces = new Map<string, { rowStart: number; columnData: ParquetColumn }[]>(
        names.map((name) => [name, []]),
      );
      await decoding(bytes.name, () =>
        parquetRead({
          file: checked,
          metadata,
          columns: [...names],
          compressors,
          onChunk: ({ columnName, columnData, rowStart }) => pieces.get(columnName)?.push({ columnData, rowStart }),
        }),
      );
      const read = names.map((name) => [name, joined(pieces.get(name)!, rows, `${bytes.name}: ${name}`, bytes.name)]);
      return Object.fromEntries(read) as Record<Name, ParquetColumn>;
    },
  };
}

/** As numbers: NaN where the table has none. */
export function parquetNumbers(column: ParquetColumn, what: string, path: string): Float64Array {
  return Float64Array.from(column, (value, row) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
    if (value === null || value === undefined) return Number.NaN;
    throw new FormatError(`${what}[${row}] of ${path} must be a number, found a ${typeof value}`, {
      path,
      location: what,
    });
  });
}

/** As texts: null where the table has none. */
export function parquetTexts(column: ParquetColumn, what: string, path: string): (string | null)[] {
  return Array.from(column, (value, row) => {
    if (typeof value === 'string') return value;
    if (value === null || value === undefined) return null;
    throw new FormatError(`${what}[${row}] of ${path} must be text, found a ${typeof value}`, { path, location: what });
  });
}

function checkMetadata(
  metadata: FileMetaData,
  rows: number,
  bytes: ByteSource,
  limits: Pick<Limits, 'maxSpikes'>,
): void {
  if (rows > limits.maxSpikes) throw new LimitError('maxSpikes', limits.maxSpikes, rows, `${bytes.name} (rows)`);
  const grouped = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (grouped !== rows) throw damaged(bytes.name, `a footer with ${rows} rows in its groups`, `${grouped}`);
}

/** The bytes that the columns need when inflated: what their pages may take together. */
function checkSize(metadata: FileMetaData, names: readonly string[], path: string, allowed: number): number {
  const wanted = wantedColumns(metadata, names);
  const rows = Number(metadata.num_rows);
  const inflated = wanted.reduce((sum, column) => sum + Number(column.total_uncompressed_size), 0);
  // dictionaries and runs hold many values in few bytes: in memory each takes 8 at least
  const found = Math.max(inflated, rows * names.length * 8);
  if (found > allowed) throw new LimitError('maxArrayBytes', allowed, found, path);
  return inflated + pageOverhead;
}

/**
 * Decompressors that share one budget: page headers may lie about sizes, the sum of all pages may not. None is WebAssembly,
 * which reserves more address space than an isolated load has.
 */
async function boundedCompressors(budget: number): Promise<Compressors> {
  const [{ snappyUncompress }, { decompress: zstd }] = await Promise.all([import('hyparquet'), import('fzstd')]);
  let left = budget;
  const take = (length: number) => {
    left -= length;
    if (!(left >= 0)) throw new Error('pages hold more than the footer says');
  };
  const bounded =
    (inflate: (input: Uint8Array, length: number) => Uint8Array) => (input: Uint8Array, length: number) => {
      take(length);
      return inflate(input, length);
    };
  return {
    GZIP: bounded((input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
    BROTLI: bounded((input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
    SNAPPY: bounded((input, length) => {
      const output = new Uint8Array(length);
      snappyUncompress(input, output);
      return output;
    }),
    ZSTD: bounded((input, length) => zstd(input, new Uint8Array(length))),
  };
}

function joined(
  pieces: { rowStart: number; columnData: ParquetColumn }[],
  rows: number,
  what: string,
  path: string,
): ParquetColumn {
  if (pieces.length === 1 && pieces[0].columnData.length === rows) return pieces[0].columnData;
  const out = new Array<unknown>(rows);
  let filled = 0;
  for (const { rowStart, columnData } of pieces) {
    for (let i = 0; i < columnData.length; i++) out[rowStart + i] = columnData[i];
    filled += columnData.length;
  }
  if (filled !== rows || out.length !== rows) throw damaged(path, `${rows} values in ${what}`, `${filled}`);
  return out;
}

/** The end of the file with its metadata, whose lists are as long as they say. */
async function checkedFooter(file: AsyncBuffer): Promise<ArrayBuffer> {
  const { byteLength: size } = file;
  const end = await file.slice(Math.max(0, size - 2 ** 16), size);
  if (end.byteLength < 8) return end;
  const length = new DataView(end).getUint32(end.byteLength - 8, true);
  if (length + 8 > size) return end;
  const whole = length + 8 > end.byteLength ? await file.slice(size - length - 8, size) : end;
  checkFooter(new Uint8Array(whole, whole.byteLength - 8 - length, length));
  return whole;
}

async function decoding<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SpikeLabError || (cause as Error)?.name === 'AbortError') throw cause;
    // damaged lengths and types have the decoder fail as code does; what it says then is of no use to a reader
    const ofCode = cause instanceof TypeError || cause instanceof RangeError;
    const reason = ofCode ? 'its tables are damaged' : cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${path} is no parquet table that can be read: ${reason}`, { path }, { cause });
  }
}

function damaged(path: string, expected: string, found: string): FormatError {
  return new FormatError(`${path} must have ${expected}, found ${found}`, { path });
}
