/** SpikeData as Parquet tables, which pandas, polars, DuckDB, R and MATLAB read. */
import { open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { oneOf } from '../../core/checks.js';
import { UnsupportedError } from '../../core/errors.js';
import { knownOptions } from '../../core/known-options.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { spikeColumns } from '../../spike-data/spike-rows.js';
import { tableMetadata, unitIds } from '../../spike-data/unit-columns.js';
import { type TableExportOptions, tableExportOptionNames, writeTables } from '../../spike-data/write-tables.js';
import { startEncoder } from './encoder.js';
import type { ParquetJob } from './encoding.js';
import { spikeSchema, unitSchema } from './schema.js';

export interface ParquetExportOptions extends TableExportOptions {
  /** Default 'snappy', which every reader knows; 'zstd' is smaller and needs Node.js 22.15 or newer. */
  compression?: 'snappy' | 'zstd' | 'none';
}

/** A row group: what a reader skips or loads at once. Footers stay below a megabyte at 400 million spikes. */
const rowsPerGroup = 2 ** 18;

const codecs = { snappy: 'SNAPPY', zstd: 'ZSTD', none: 'UNCOMPRESSED' } as const;

/**
 * Writes `path` with one row a spike: `unit` (int32, 0 … N - 1), `unit_id`, `time_ms` (float64) and attributes that have a number
 * for each spike (float64: `spike_amplitudes`), unit after unit and in time order within each. Beside it, X.units.parquet has one row a unit: `unit`, `unit_id`, `spikes` (how many), and a column for each
 * attribute. The schema of both keeps N, length, start and metadata, as JSON under the key `spikelab`. Many spikes are encoded in a worker
 * thread, a quarter of a million spikes at a time.
 *
 * @throws OptionError; NotFoundError where the folder is missing; UnsupportedError where the optional package hyparquet-writer
 * is not installed; SpikeLabError (`ERR_WRITE`) where the system refuses
 */
export async function exportSpikeDataToParquet(
  sd: SpikeData,
  path: string,
  options: ParquetExportOptions = {},
): Promise<void> {
  options = knownOptions(options, { compression: true, ...tableExportOptionNames }, 'exportSpikeDataToParquet');
  const compression = oneOf(options.compression ?? 'snappy', 'compression', ['snappy', 'zstd', 'none']);
  checkInstalled();
  if (compression === 'zstd' && !('zstdCompressSync' in zlib)) {
    const message = `compression 'zstd' needs Node.js 22.15 or newer, and this is ${process.versions.node}: use 'snappy'`;
    throw new UnsupportedError('zstd', message);
  }
  const { signal } = options;
  const codec = codecs[compression];
  await writeTables(sd, path, options, {
    pieceRows: rowsPerGroup,
    async spikes(file, pieces) {
      const ids = unitIds(sd);
      const job = {
        codec,
        schema: spikeSchema(ids, spikeColumns(sd)),
        metadata: tableMetadata(sd),
        unitIds: ids.values,
      };
      await encodeTo(file, job, signal, async (write) => {
        for await (const { unit, timesMs, values } of pieces) await write([unit, null, timesMs, ...values]);
      });
    },
    async units(file, columns) {
      const job = { codec, schema: unitSchema(columns), metadata: tableMetadata(sd), unitIds: null };
      await encodeTo(file, job, signal, (write) => write(columns.map(({ values }) => values)));
    },
  });
}

async function encodeTo(
  path: string,
  job: ParquetJob,
  signal: AbortSignal | undefined,
  work: (write: (columns: readonly (ArrayLike<unknown> | null)[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'w');
  const encoder = startEncoder(job, signal);
  try {
    await work(async (columns) => {
      await file.writeFile(await encoder.rows(columns));
    });
    await file.writeFile(await encoder.finish());
  } finally {
    await encoder.stop();
    await file.close();
  }
}

function checkInstalled(): void {
  try {
    import.meta.resolve('hyparquet-writer');
  } catch (cause) {
    const message =
      'Writing Parquet needs the optional package hyparquet-writer, which is not installed: npm install hyparquet-writer, or write .csv';
    throw new UnsupportedError('Parquet', message, { cause });
  }
}
