/** What the exporters to tables share: two files, spikes and units, of which nobody ever sees half. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boolean } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { OnWarning } from '../core/findings.js';
import type { OptionNames } from '../core/known-options.js';
import type { Progress } from '../core/options.js';
import { s3OptionNames } from '../core/options.js';
import { writeAtomically } from '../io/atomic.js';
import type { S3Options } from '../io/s3/client.js';
import { writeTo } from '../io/s3/export.js';
import { SpikeData } from './spike-data.js';
import { type SpikeRows, spikeRows } from './spike-rows.js';
import { type UnitColumn, unitColumns } from './unit-columns.js';

export interface TableExportOptions extends S3Options {
  /** Also write the table of units, into a file beside: `X.units.parquet` for `X.parquet`. Default true. */
  units?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Hears what could not be written as it is; else Node's own warnings do. */
  onWarning?: OnWarning;
}

export const tableExportOptionNames: OptionNames<TableExportOptions> = {
  units: true,
  signal: true,
  onProgress: true,
  onWarning: true,
  ...s3OptionNames,
};

/** One kind of table file. Each function writes a whole file at `path`, which exists and is empty. */
export interface TableFormat {
  /** Rows that are handed over at a time. */
  readonly pieceRows: number;
  spikes(path: string, pieces: AsyncIterable<SpikeRows>): Promise<void>;
  units(path: string, columns: readonly UnitColumn[]): Promise<void>;
}

/**
 * Both files are complete before either is renamed to its name: a failure or an abort leaves what was there.
 *
 * @throws OptionError, NotFoundError where the folder is missing, SpikeLabError `ERR_WRITE`, the signal's reason
 */
export async function writeTables(
  sd: SpikeData,
  path: string,
  options: TableExportOptions,
  format: TableFormat,
): Promise<void> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  const units = boolean(options.units ?? true, 'units');
  options.signal?.throwIfAborted();
  await writeTo(path, options, (target) => writeBoth(sd, target, units, options, format));
}

async function writeBoth(
  sd: SpikeData,
  path: string,
  units: boolean,
  options: TableExportOptions,
  format: TableFormat,
): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    await format.spikes(temporary, watched(sd, format.pieceRows, options));
    if (!units) return;
    const columns = unitColumns(sd, options.onWarning);
    await writeAtomically(unitsPath(path), async (beside) => {
      await format.units(beside, columns);
      options.signal?.throwIfAborted();
    });
  });
}

/** spikes.parquet → spikes.units.parquet */
function unitsPath(path: string | URL): string {
  const spikes = path instanceof URL ? fileURLToPath(path) : path;
  const ending = extname(spikes);
  return `${spikes.slice(0, spikes.length - ending.length)}.units${ending}`;
}

async function* watched(
  sd: SpikeData,
  pieceRows: number,
  { signal, onProgress }: TableExportOptions,
): AsyncGenerator<SpikeRows> {
  const total = sd.train.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  for await (const piece of spikeRows(sd, pieceRows, signal)) {
    signal?.throwIfAborted();
    const { length } = piece.unit;
    yield piece;
    done += length;
    onProgress?.({ stage: 'writing', done, total, unit: 'spikes' });
  }
  signal?.throwIfAborted();
}
