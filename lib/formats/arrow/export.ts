/** SpikeData as Arrow IPC files (Feather 2), which pandas, polars, DuckDB, R and Julia map into memory. */
import { open } from 'node:fs/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { UnsupportedError } from '../../core/errors.js';
import { knownOptions } from '../../core/known-options.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { tableMetadata } from '../../spike-data/unit-columns.js';
import { type TableExportOptions, tableExportOptionNames, writeTables } from '../../spike-data/write-tables.js';
import { type Arrow, spikeTable, unitTable } from './batches.js';

export type ArrowExportOptions = TableExportOptions;

/** A record batch: a millisecond of the main thread. */
const rowsPerBatch = 2 ** 16;

/**
 * Writes `path`, an Arrow IPC file, with one row a spike: `unit` (int32, 0 … N - 1), `unit_id` (a dictionary where ids are text),
 * `time_ms` (float64) and attributes that have a number for each spike (float64: `spike_amplitudes`), unit after unit and in time order within each. Beside it, X.units.arrow has one row a unit: `unit`,
 * `unit_id`, `spikes` (how many), and a column for each attribute. The schema of both keeps N, length, start and metadata, as
 * JSON under the key `spikelab`. Memory stays near a megabyte, whatever the number of spikes.
 *
 * @throws OptionError; NotFoundError where the folder is missing; UnsupportedError where the optional package apache-arrow is
 * not installed; SpikeLabError (`ERR_WRITE`) where the system refuses
 */
export async function exportSpikeDataToArrow(
  sd: SpikeData,
  path: string,
  options: ArrowExportOptions = {},
): Promise<void> {
  options = knownOptions(options, tableExportOptionNames, 'exportSpikeDataToArrow');
  const arrow = await load();
  await writeTables(sd, path, options, {
    pieceRows: rowsPerBatch,
    async spikes(file, pieces) {
      const { schema, batchOf } = spikeTable(arrow, sd, tableMetadata(sd));
      await writeFile(arrow, file, schema, async (write) => {
        for await (const piece of pieces) await write(batchOf(piece));
      });
    },
    async units(file, columns) {
      const { schema, batches } = unitTable(arrow, columns, tableMetadata(sd));
      await writeFile(arrow, file, schema, async (write) => {
        for (const batch of batches) await write(batch);
      });
    },
  });
}

async function writeFile(
  arrow: Arrow,
  path: string,
  schema: Schema,
  work: (write: (batch: RecordBatch) => Promise<void>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    const encoded: Uint8Array[] = [];
    const drain = async () => {
      for (const bytes of encoded.splice(0)) await file.writeFile(bytes);
    };
    // the queue that the writer has of its own would grow wherever the disk is slower than we are
    class Encoded extends arrow.AsyncByteQueue<Uint8Array> {
      override write(bytes: Uint8Array): void {
        encoded.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      }
    }
    const writer = new arrow.RecordBatchFileWriter().reset(new Encoded(), schema);
    await work(async (batch) => {
      writer.write(batch);
      await drain();
    });
    writer.finish();
    await drain();
  } finally {
    await file.close();
  }
}

async function load(): Promise<Arrow> {
  try {
    return await import('apache-arrow');
  } catch (cause) {
    const message =
      'Writing Arrow needs the optional package apache-arrow, which is not installed: npm install apache-arrow, or write .parquet or .csv';
    throw new UnsupportedError('Arrow', message, { cause });
  }
}
