/** SpikeData as HDF5 in four layouts, as Python's SpikeLab writes and reads them. */

import type { Hdf5Values } from '../../addon/hdf5-contract.js';
import { Hdf5Draft, numbers, scalar, text as textValue } from '../../containers/hdf5/draft.js';
import type { NdArray } from '../../core/arrays.js';
import { oneOf, positive, text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import type { TimeUnit } from '../../core/options.js';
import { s3OptionNames } from '../../core/options.js';
import { warn } from '../../core/report.js';
import { msScale, timesFromMs, toMs } from '../../core/units.js';
import type { S3Options } from '../../io/s3/client.js';
import { writeTo } from '../../io/s3/export.js';
import { SpikeData } from '../../spike-data/spike-data.js';
import { spikeColumns } from '../../spike-data/spike-rows.js';

export interface Hdf5ExportOptions extends S3Options {
  /** Default 'ragged'. */
  style?: 'raster' | 'ragged' | 'group' | 'paired';
  /** Default 'raster'. */
  rasterDataset?: string;
  rasterBinSizeMs?: number;
  /** Default 'spike_times'. */
  spikeTimesDataset?: string;
  /** Default 'spike_times_index'. */
  spikeTimesIndexDataset?: string;
  /** Default 's'. */
  spikeTimesUnit?: TimeUnit;
  /** Samples per second: needed where a unit is 'samples'. */
  fsHz?: number;
  /** Default 'units'. */
  groupPerUnit?: string;
  /** Default 's'. */
  groupTimeUnit?: TimeUnit;
  /** Default 'idces'. */
  idcesDataset?: string;
  /** Default 'times'. */
  timesDataset?: string;
  /** Default 'ms'. */
  timesUnit?: TimeUnit;
  /** Where given, the raw traces are written too, (channels, samples). */
  rawDataset?: string;
  rawTimeDataset?: string;
  /** Default 'ms'. */
  rawTimeUnit?: TimeUnit;
}

const optionNames: OptionNames<Hdf5ExportOptions> = {
  style: true,
  rasterDataset: true,
  rasterBinSizeMs: true,
  spikeTimesDataset: true,
  spikeTimesIndexDataset: true,
  spikeTimesUnit: true,
  fsHz: true,
  groupPerUnit: true,
  groupTimeUnit: true,
  idcesDataset: true,
  timesDataset: true,
  timesUnit: true,
  rawDataset: true,
  rawTimeDataset: true,
  rawTimeUnit: true,
  ...s3OptionNames,
};

type Style = NonNullable<Hdf5ExportOptions['style']>;
type Write = (draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions) => void;

const styles: Record<Style, Write> = {
  group: writeGroup,
  paired: writePaired,
  ragged: writeRagged,
  raster: writeRaster,
};

/**
 * Writes an HDF5 file: `style` raster (units, bins) of spike counts, ragged (all times and the end of each unit), group (one
 * dataset a unit) or paired (unit index and time of each spike). The file also holds `start_time` and `length_ms`, so it
 * loads back the same; ragged and paired also attributes that have a number for each spike, such as `spike_amplitudes`, as
 * datasets of their names. Off the main thread; an existing file stays as it was until the new one is complete.
 *
 * @throws OptionError, NotFoundError where the folder is missing, SpikeLabError `ERR_WRITE` where the system refuses
 */
export async function exportSpikeDataToHdf5(
  sd: SpikeData,
  path: string,
  options: Hdf5ExportOptions = {},
): Promise<void> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  options = knownOptions(options, optionNames, 'exportSpikeDataToHdf5');
  const asked = options.style ?? 'ragged';
  const style = typeof asked === 'string' ? asked.toLowerCase() : asked;
  const checkedStyle = oneOf(style, 'style', Object.keys(styles) as Style[]);
  for (const option of ['rawDataset', 'rawTimeDataset'] as const) {
    if (options[option] !== undefined) text(options[option], option);
  }
  const draft = new Hdf5Draft();
  styles[checkedStyle](draft, sd, options);
  writeSpikeColumns(draft, sd, checkedStyle);
  const { start, length } = writtenSpan(sd, checkedStyle, options);
  draft.attribute('/', 'start_time', scalar(start)).attribute('/', 'length_ms', scalar(length));
  writeRaw(draft, sd, options);
  await writeTo(path, options, (target) => draft.write(target));
}

/**
 * Start and length in ms that hold every spike as it was written: the sample nearest to a spike at the very start or end of
 * the recording may lie up to half a sample outside.
 */
function writtenSpan(sd: SpikeData, style: Style, options: Hdf5ExportOptions): { start: number; length: number } {
  const { groupTimeUnit: group, timesUnit: paired, spikeTimesUnit: ragged } = options;
  const unit = { group, paired, ragged, raster: undefined }[style];
  const filled = sd.train.filter((times) => times.length > 0);
  if (unit !== 'samples' || filled.length === 0) return { start: sd.startTime, length: sd.length };
  const edges = filled.flatMap((times) => [times[0], times[times.length - 1]]);
  const rounded = toMs(timesFromMs(edges, unit, options.fsHz), unit, options.fsHz);
  const start = rounded.reduce((least, ms) => Math.min(least, ms), sd.startTime);
  const end = rounded.reduce((most, ms) => Math.max(most, ms), sd.startTime + sd.length);
  return { start, length: end === sd.startTime + sd.length && start === sd.startTime ? sd.length : end - start };
}

/** Attributes that have a number for each spike, beside the times where all of them are one dataset. */
function writeSpikeColumns(draft: Hdf5Draft, sd: SpikeData, style: Style): void {
  const columns = spikeColumns(sd);
  const flat = style === 'ragged' || style === 'paired';
  const written = columns.filter((column) => flat && /^[^/\0]+$/.test(column) && !draft.has(column));
  for (const column of written) {
    const pieces = (sd.neuronAttributes ?? []).map((unit) => Float64Array.from(unit[column] as ArrayLike<number>));
    const shape = [pieces.reduce((sum, { length }) => sum + length, 0)];
    draft.dataset(column, { type: 'float64', shape, pieces });
  }
  const left = columns.filter((column) => !written.includes(column));
  if (left.length === 0) return;
  const message = `style '${style}' has no place for attributes of each spike (${left.join(', ')}): they are not written; 'ragged' and 'paired' have`;
  warn({ code: 'attributes-not-written', severity: 'warning', message, count: left.length });
}

function name(value: string | null | undefined, option: string, byDefault: string): string {
  return text(value ?? byDefault, option);
}

interface StoredTimes {
  /** Float64, or int64 for sample numbers. */
  values(pieces: readonly Float64Array[]): Hdf5Values;
  /** For an attribute `unit`: the defaults of writing and reading differ, as they do in Python. */
  unit: Hdf5Values;
}

/** Times in ms as they are to be stored. */
function timesIn(
  asked: TimeUnit | null | undefined,
  option: string,
  byDefault: TimeUnit,
  fsHz: number | undefined,
): StoredTimes {
  const unit = asked ?? byDefault;
  const { multiply, divide } = msScale(unit, fsHz, option);
  const type = unit === 'samples' ? ('int64' as const) : ('float64' as const);
  const conversion = unit === 'ms' ? undefined : { factor: divide, divisor: multiply };
  const values = (pieces: readonly Float64Array[]): Hdf5Values => ({
    type,
    shape: [pieces.reduce((sum, piece) => sum + piece.length, 0)],
    pieces,
    conversion,
  });
  return { values, unit: textValue(unit) };
}

function writeRagged(draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions): void {
  const times = timesIn(options.spikeTimesUnit, 'spikeTimesUnit', 's', options.fsHz);
  const dataset = name(options.spikeTimesDataset, 'spikeTimesDataset', 'spike_times');
  const index = name(options.spikeTimesIndexDataset, 'spikeTimesIndexDataset', 'spike_times_index');
  draft
    .dataset(dataset, times.values(sd.train))
    .attribute(dataset, 'unit', times.unit)
    .dataset(index, numbers(endsOf(sd.train)))
    // without it, the 0 of a first unit without spikes could not be told from a leading zero
    .attribute(index, 'convention', textValue('ends'));
}

/** Where each train ends among all of them, back to back. */
function endsOf(train: readonly Float64Array[]): BigInt64Array {
  let end = 0;
  return BigInt64Array.from(train, (times) => {
    end += times.length;
    return BigInt(end);
  });
}

function writeGroup(draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions): void {
  const times = timesIn(options.groupTimeUnit, 'groupTimeUnit', 's', options.fsHz);
  const group = name(options.groupPerUnit, 'groupPerUnit', 'units');
  draft.group(group).attribute(group, 'unit', times.unit);
  sd.train.forEach((train, unit) => void draft.dataset(`${group}/${unit}`, times.values([train])));
}

function writePaired(draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions): void {
  const { values, unit } = timesIn(options.timesUnit, 'timesUnit', 'ms', options.fsHz);
  const times = values(sd.train);
  const dataset = name(options.timesDataset, 'timesDataset', 'times');
  const runLengths = Float64Array.from(sd.train, (train) => train.length);
  draft
    .dataset(name(options.idcesDataset, 'idcesDataset', 'idces'), { type: 'int64', shape: times.shape, runLengths })
    .dataset(dataset, times)
    .attribute(dataset, 'unit', unit);
  warnOfLastUnits(sd);
}

/** Pairs end with the last unit that has a spike: readers count no further. */
function warnOfLastUnits(sd: SpikeData): void {
  const count = sd.N - 1 - sd.train.findLastIndex((train) => train.length > 0);
  if (count === 0) return;
  const message = `style 'paired' lists spikes: the last ${count} units have none, and will be missing when the file is loaded; the other styles keep them`;
  warn({ code: 'empty-units-lost', severity: 'warning', message, count });
}

function writeRaster(draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions): void {
  const binMs = positive(options.rasterBinSizeMs, 'rasterBinSizeMs', "Needed where style is 'raster'");
  const dataset = name(options.rasterDataset, 'rasterDataset', 'raster');
  const raster = sd.raster(binMs);
  draft
    .dataset(dataset, { type: 'int64', shape: raster.shape, pieces: [raster.data], widen: true })
    .attribute(dataset, 'bin_size_ms', scalar(binMs))
    .attribute(dataset, 'time_origin_ms', scalar(sd.startTime));
}

function writeRaw(draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions): void {
  const raw: NdArray | null = sd.rawData;
  const wanted = [options.rawDataset, options.rawTimeDataset].filter((dataset) => dataset);
  if (wanted.length && !raw?.data.length) {
    const message = `Nothing is written to ${wanted.join(' and ')}: this SpikeData has no raw traces`;
    warn({ code: 'raw-data-missing', severity: 'warning', message });
    return;
  }
  if (options.rawDataset && raw) draft.dataset(options.rawDataset, numbers(raw.data, raw.shape));
  if (options.rawTimeDataset && sd.rawTime) {
    const times = timesIn(options.rawTimeUnit, 'rawTimeUnit', 'ms', options.fsHz);
    draft
      .dataset(options.rawTimeDataset, times.values([sd.rawTime]))
      .attribute(options.rawTimeDataset, 'unit', times.unit);
  }
}
