/** Parquet tables as the International Brain Laboratory serves them, and all that they hold. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { LoadOptions } from 'spikelab';
import { compiled, said, Walked } from './walk.js';

/** Writes the tables into `folder` where they are not there yet; gives their paths. */
export function writeTables(folder: string): string[] {
  const count = 60;
  const of = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  const columnData = [
    { name: 'pid', data: of((i) => `0ddacc57-ca20-54f5-9120-7dcd06f251${i % 7}f`), type: 'STRING' as const },
    { name: 'cluster_id', data: of(BigInt), type: 'INT64' as const },
    { name: 'label', data: of((i) => (i % 5 ? i / 3 : null)), type: 'DOUBLE' as const },
    { name: 'good', data: of((i) => i % 2 === 0), type: 'BOOLEAN' as const },
  ];
  mkdirSync(folder, { recursive: true });
  return (['SNAPPY', 'UNCOMPRESSED'] as const).map((codec) => {
    const path = join(folder, `${codec.toLowerCase()}.pqt`);
    if (existsSync(path)) return path;
    // other processes may be writing it, too
    const part = `${path}.${process.pid}`;
    writeFileSync(part, new Uint8Array(parquetWriteBuffer({ columnData, codec, rowGroupSize: 25 })));
    renameSync(part, path);
    return path;
  });
}

/** The part of lib/containers/parquet/table.ts that is used here: it is no public export. */
interface Table {
  rows: number;
  columns: string[];
  read(names: string[]): Promise<unknown>;
}
interface Bytes {
  name: string;
  size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}
type Open = (bytes: Bytes, limits: object) => Promise<Table>;

const most = { maxArrayBytes: 2 ** 28, maxSpikes: 1e7 };

export async function walkParquet(path: string, { limits }: LoadOptions): Promise<Walked> {
  const { openParquet } = (await compiled('containers/parquet/table.js')) as { openParquet: Open };
  const bytes = readFileSync(path);
  const read = async (start: number, end: number) => Uint8Array.from(bytes.subarray(start, end));
  const table = await openParquet({ name: path, size: bytes.length, read }, { ...most, ...limits });
  const out = new Walked();
  out.values.push(table.rows, table.columns);
  for (const name of table.columns) out.values.push(await table.read([name]).catch(said));
  return out;
}
