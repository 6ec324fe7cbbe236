/** Rows in, bytes of a Parquet file out. */
import * as zlib from 'node:zlib';
import type { CompressionCodec, DecodedArray, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** What stands for the whole of a file. */
export interface ParquetJob {
  readonly codec: CompressionCodec;
  readonly schema: SchemaElement[];
  /** JSON. */
  readonly metadata: string;
  /** The `unit_id` of each unit, looked up for a column that comes as null; columns[0] has the units. */
  readonly unitIds: readonly unknown[] | null;
}

/** Columns in the order of the schema; null asks for the end of the file. */
export type ParquetRequest = readonly (ArrayLike<unknown> | null)[] | null;

export class ParquetEncoding {
  readonly #job: ParquetJob;
  readonly #writer = new ByteWriter();
  readonly #parquet: ParquetWriter;
  /** The columns of the root; lists have elements below theirs. */
  readonly #names: string[];

  constructor(job: ParquetJob) {
    this.#job = job;
    this.#names = topLevelNames(job);
    this.#parquet = new ParquetWriter({
      writer: this.#writer,
      schema: job.schema,
      codec: job.codec,
      compressors: compressors(),
      kvMetadata: [{ key: 'spikelab', value: job.metadata }],
      createdBy: 'spikelab',
    });
  }

  /** What the request adds to the file. */
  answer(request: ParquetRequest): Uint8Array<ArrayBuffer> {
    if (request === null) this.#finish();
    else this.#encode(request);
    const bytes = new Uint8Array(this.#writer.buffer, 0, this.#writer.index).slice();
    this.#writer.index = 0;
    return bytes;
  }

  #encode(columns: readonly (ArrayLike<unknown> | null)[]): void {
    const units = columns[0] as ArrayLike<number>;
    if (units.length === 0) return;
    const { unitIds, codec } = this.#job;
    const columnData = columns.map((column, i) => {
      const data = column ?? Array.from(units, (unit) => unitIds?.[unit] ?? null);
      return { name: this.#names[i], data: data as DecodedArray, offsetIndex: false, ...encodingOf(data, codec) };
    });
    this.#parquet.write({ columnData, rowGroupSize: units.length });
  }

  #finish(): void {
    if (this.#parquet.row_groups.length === 0) this.#writeEmptyGroup();
    this.#parquet.finish();
  }

  /**
   * A row group without rows, for tables without any: the writer gives an empty list of row groups no type, and Apache's reader in
   * Rust (polars, DataFusion) refuses the file.
   */
  #writeEmptyGroup(): void {
    const data = { length: 1, slice: () => [] } as unknown as DecodedArray;
    const columnData = this.#names.map((name) => ({ name, data, offsetIndex: false }));
    this.#parquet.write({ columnData, rowGroupSize: 1 });
    this.#parquet.row_groups[0].num_rows = 0n;
    this.#parquet.num_rows = 0n;
  }
}

/** Times hardly repeat: their bytes in planes of equal weight shrink by a third where their values would not. */
function encodingOf(data: ArrayLike<unknown>, codec: ParquetJob['codec']) {
  if (!(data instanceof Float64Array)) return {};
  return { encoding: codec === 'UNCOMPRESSED' ? ('PLAIN' as const) : ('BYTE_STREAM_SPLIT' as const) };
}

function topLevelNames({ schema }: ParquetJob): string[] {
  const found: string[] = [];
  for (let i = 1; i < schema.length; i += schema[i].num_children ? 3 : 1) found.push(schema[i].name);
  return found;
}

function compressors() {
  const zstd = (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync;
  return zstd ? { ZSTD: (bytes: Uint8Array) => zstd(bytes) } : {};
}
