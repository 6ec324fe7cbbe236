/** Parquet files out of the CSV fixtures, as pandas would write them (SNAPPY, one row group). */
import { readFile } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';

export type Cells = Record<string, (number | bigint | string | null)[]>;

/** Columns of a CSV without quotes; empty cells are null, columns of numbers are numbers. */
export async function readCsv(path: string): Promise<Cells> {
  const [head, ...lines] = (await readFile(path, 'utf8')).trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  return Object.fromEntries(
    head.split(',').map((name, c) => {
      const texts = rows.map((row) => row[c]);
      const numeric = texts.every((text) => text === '' || !Number.isNaN(Number(text)));
      return [name, texts.map((text) => (text === '' ? null : numeric ? Number(text) : text))];
    }),
  );
}

export function parquetOf(cells: Cells, codec: 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY'): Uint8Array {
  const columnData = Object.entries(cells).map(([name, data]) => ({ name, data: columnOf(data), type: typeOf(data) }));
  return new Uint8Array(parquetWriteBuffer({ columnData, codec }));
}

/** int64 for whole numbers without gaps, as pandas has them. */
function typeOf(data: Cells[string]): 'INT64' | 'DOUBLE' | 'STRING' {
  if (data.some((value) => typeof value === 'string')) return 'STRING';
  return data.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value)) ? 'INT64' : 'DOUBLE';
}

function columnOf(data: Cells[string]): unknown[] {
  return typeOf(data) === 'INT64' ? data.map((value) => BigInt(value as number | bigint)) : data;
}
