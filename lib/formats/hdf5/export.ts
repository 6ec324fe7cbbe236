/** SpikeData as HDF5 in four layouts, as Python's SpikeLab writes and reads them. */
import type { NdArray } from '../arrays.js';
import { OptionError } from '../errors.js';
import { Hdf5Draft, type Hdf5Values, numbers, scalar, text as textValue } from '../format/hdf5-writer.js';
import { oneOf, positive, type TimeUnit, text } from '../options.js';
import { warn } from '../report.js';
import { SpikeData } from '../spike-data.js';
import { msScale } from '../units.js';

export interface Hdf5ExportOptions {
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

type Write = (draft: Hdf5Draft, sd: SpikeData, options: Hdf5ExportOptions) => void;

const styles: Record<NonNullable<Hdf5ExportOptions['style']>, Write> = {
  group: writeGroup,
  paired: writePaired,
  ragged: writeRagged,
  raster: writeRaster,
};

/**
 * Writes an HDF5 file: `style` raster (units, bins) of spike counts, ragged (all times and the end of each unit), group (one
 * dataset a unit) or paired (unit index and time of each spike). The file also holds `start_time` and `length_ms`, so it
 * loads back the same. Off the main thread; an existing file stays as it was until the new one is complete.
 *
 * @throws OptionError, NotFoundError where the folder is missing, SpikeLabError `ERR_WRITE` where the system refuses
 */
export async function exportSpikeDataToHdf5(
  sd: SpikeData,
  path: string,
  options: Hdf5ExportOptions = {},
): Promise<void> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  const asked = options.style ?? 'ragged';
  const style = typeof asked === 'string' ? asked.toLowerCase() : asked;
  const write = styles[oneOf(style, 'style', Object.keys(styles) as (keyof typeof styles)[])];
  const draft = new Hdf5Draft();
  draft.attribute('/', 'start_time', scalar(sd.startTime)).attribute('/', 'length_ms', scalar(sd.length));
  write(draft, sd, options);
  writeRaw(draft, sd, options);
  await draft.write(path);
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
export function endsOf(train: readonly Float64Array[]): BigInt64Array {
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
