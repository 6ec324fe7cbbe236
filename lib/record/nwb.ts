/** An ElectricalSeries of an NWB file. */
import { FormatError, OptionError } from '../errors.js';
import type { Hdf5AttributeValue, Hdf5File } from '../format/hdf5.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { GapFinder } from './gaps.js';
import { describeTraces, type Hdf5Traces, hdf5Reader, hdf5Source, openRecordingHdf5, peekHdf5 } from './hdf5-traces.js';
import { electrodeRows, electrodeTable } from './nwb-electrodes.js';
import { chooseRate, TraceRecording } from './trace-recording.js';

const pieceLength = 2 ** 20;

export const nwb: RecordingFormat = {
  marks: 'an HDF5 file with the attribute nwb_version',
  recognise: async (place, context) =>
    (await peekHdf5(place, context, async (file) => 'nwb_version' in (await file.attributes('/')))) ?? false,
  async open({ path }, context) {
    const file = await openRecordingHdf5(path, context);
    const series = await chooseSeries(file, path, context);
    const rows = await electrodeRows(file, series);
    const timestamps = `${series}/timestamps`;
    const timed = await file.has(timestamps);
    const times = timed ? (await file.describeDataset(timestamps)).size : undefined;
    const traces = await describeTraces(file, `${series}/data`, (shape) =>
      timeIsFirst(shape, times, rows?.length, series, context),
    );
    const rate = timed ? await rateOfTimestamps(file, timestamps, context) : await storedRate(file, series);
    const scale = await scaling(file, series, traces);
    const electrodes = await electrodeTable(file, rows?.slice(0, traces.channels));
    const info = { format: 'nwb', path, ...traces, ...scale, ...electrodes, fsHz: chooseRate(rate, path, context) };
    return new TraceRecording(info, hdf5Reader(file, traces), context, hdf5Source(file, traces, context));
  },
};

/** The named series; else the one in /acquisition, else the one in the file. */
async function chooseSeries(file: Hdf5File, path: string, { options }: RecordContext): Promise<string> {
  if (options.dataset !== undefined)
    return options.dataset
      .replace(/\/data$/, '')
      .replace(/^\/*/, '/')
      .replace(/\/+$/, '');
  const found: string[] = [];
  for (const { name, kind } of await file.walk('/')) {
    if (kind === 'group' && (await typeOf(file, name)) === 'ElectricalSeries') found.push(name);
  }
  const acquired = found.filter((name) => name.startsWith('/acquisition/'));
  const [only, ...others] = acquired.length ? acquired : found;
  if (only && !others.length) return only;
  const hint = only ? `${path} has ${found.join(', ')}` : `${path} has no ElectricalSeries`;
  throw new OptionError('dataset', 'the path of an ElectricalSeries', undefined, hint);
}

async function typeOf(file: Hdf5File, path: string): Promise<string> {
  const { neurodata_type } = await file.attributes(path);
  return String(Array.isArray(neurodata_type) ? neurodata_type[0] : neurodata_type);
}

/** NWB has time first; files written by MATLAB may have it last, which shows in the number of timestamps or electrodes. */
function timeIsFirst(
  [rows, columns]: number[],
  times: number | undefined,
  electrodes: number | undefined,
  series: string,
  { options, report }: RecordContext,
): boolean {
  if (options.layout) return options.layout === 'time-channels';
  if (rows === columns) return true;
  if (times === rows || (times === undefined && electrodes === columns)) return true;
  const turned =
    times === columns || (times === undefined && electrodes === rows) || (electrodes === rows && rows < columns);
  if (turned || rows < columns) {
    report.warning(
      'orientation-turned',
      `${series}/data has shape (${rows}, ${columns}) and is read as (channels, samples)`,
    );
    return false;
  }
  return true;
}

async function storedRate(file: Hdf5File, series: string): Promise<number> {
  const path = `${series}/starting_time`;
  const rate = (await file.has(path)) ? numberOf((await file.attributes(path)).rate) : Number.NaN;
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new FormatError(`${series} of ${file.path} must have timestamps, or starting_time with a positive rate`, {
    path: file.path,
    location: path,
  });
}

/** The median step gives the rate; steps that differ from it are gaps. */
async function rateOfTimestamps(file: Hdf5File, path: string, context: RecordContext): Promise<number> {
  const { size } = await file.describeDataset(path);
  const head = (await file.read(path, { start: [0], count: [Math.min(size, 10_001)], as: 'float64' })).data;
  const steps = head
    .subarray(1)
    .map((time, i) => time - head[i])
    .sort();
  const step = steps[steps.length >> 1];
  if (!(step > 0))
    throw new FormatError(`${path} of ${file.path} must rise, found a median step of ${step} s`, {
      path: file.path,
      location: path,
    });
  const gaps = new GapFinder(`${path} of ${file.path}`, step, 1000, context);
  for (let start = 0; start < size; start += pieceLength) {
    gaps.add(
      (await file.read(path, { start: [start], count: [Math.min(pieceLength, size - start)], as: 'float64' })).data,
    );
  }
  gaps.check();
  // the whole range gives the rate more exactly than one step can, where nothing is missing in it
  const last = (await file.read(path, { start: [size - 1], count: [1], as: 'float64' })).data[0];
  const mean = (last - head[0]) / (size - 1);
  return 1 / (Math.abs(mean - step) < 1e-3 * step ? mean : step);
}

/** V = stored × conversion × channel_conversion + offset. */
async function scaling(file: Hdf5File, series: string, { channels }: Hdf5Traces) {
  const attributes = await file.attributes(`${series}/data`);
  const conversion = numberOf(attributes.conversion ?? 1);
  const offset = numberOf(attributes.offset ?? 0);
  const each = `${series}/channel_conversion`;
  const factors = (await file.has(each))
    ? (await file.read(each, { as: 'float64' })).data
    : new Float64Array(channels).fill(1);
  if (factors.length !== channels || !Number.isFinite(conversion) || !Number.isFinite(offset))
    return { gainsToUv: null, offsetsToUv: null };
  return {
    gainsToUv: factors.map((factor) => factor * conversion * 1e6),
    offsetsToUv: new Float64Array(channels).fill(offset * 1e6),
  };
}

/** A number out of an attribute, alone or in an array of one, as MATLAB writes it. */
function numberOf(value: Hdf5AttributeValue): number {
  const only = typeof value === 'object' && value !== null ? value[0] : value;
  return Number(only ?? Number.NaN);
}
