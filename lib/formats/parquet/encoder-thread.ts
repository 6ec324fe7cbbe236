/** Runs in a thread of its own: rows in, bytes of a Parquet file out. */
import { parentPort, workerData } from 'node:worker_threads';
import * as zlib from 'node:zlib';
import type { DecodedArray } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ParquetJob, ParquetRequest } from './encoder.js';

const { codec, schema, metadata, unitIds } = workerData as ParquetJob;
const writer = new ByteWriter();
const parquet = new ParquetWriter({
  writer,
  schema,
  codec,
  compressors: compressors(),
  kvMetadata: [{ key: 'spikelab', value: metadata }],
  createdBy: 'spikelab',
});

/** The columns of the root; lists have elements below theirs. */
const names = topLevelNames();

parentPort?.on('message', (request: ParquetRequest) => {
  if (request === null) finish();
  else encode(request);
  const bytes = new Uint8Array(writer.buffer, 0, writer.index).slice();
  writer.index = 0;
  parentPort?.postMessage(bytes, [bytes.buffer]);
});

function encode(columns: readonly (ArrayLike<unknown> | null)[]): void {
  const units = columns[0] as ArrayLike<number>;
  if (units.length === 0) return;
  const columnData = columns.map((column, i) => {
    const data = column ?? Array.from(units, (unit) => unitIds?.[unit] ?? null);
    return { name: names[i], data: data as DecodedArray, offsetIndex: false, ...encodingOf(data) };
  });
  parquet.write({ columnData, rowGroupSize: units.length });
}

function finish(): void {
  if (parquet.row_groups.length === 0) writeEmptyGroup();
  parquet.finish();
}

/**
 * A row group without rows, for tables without any: the writer gives an empty list of row groups no type, and Apache's reader in
 * Rust (polars, DataFusion) refuses the file.
 */
function writeEmptyGroup(): void {
  const data = { length: 1, slice: () => [] } as unknown as DecodedArray;
  parquet.write({ columnData: names.map((name) => ({ name, data, offsetIndex: false })), rowGroupSize: 1 });
  parquet.row_groups[0].num_rows = 0n;
  parquet.num_rows = 0n;
}

/** Times hardly repeat: their bytes in planes of equal weight shrink by a third where their values would not. */
function encodingOf(data: ArrayLike<unknown>) {
  if (!(data instanceof Float64Array)) return {};
  return { encoding: codec === 'UNCOMPRESSED' ? ('PLAIN' as const) : ('BYTE_STREAM_SPLIT' as const) };
}

function topLevelNames(): string[] {
  const found: string[] = [];
  for (let i = 1; i < schema.length; i += schema[i].num_children ? 3 : 1) found.push(schema[i].name);
  return found;
}

function compressors() {
  const zstd = (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync;
  return zstd ? { ZSTD: (bytes: Uint8Array) => zstd(bytes) } : {};
}
