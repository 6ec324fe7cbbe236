/** What an ElectricalSeries of NWB says of itself, in HDF5 or Zarr: which it is, its clock and its scale. */
import type { Hdf5AttributeValue } from '../../addon/hdf5-contract.js';
import type { TableSource } from '../../containers/tables/tables.js';
import { sizeOf } from '../../core/arrays.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { GapFinder } from '../../recordings/gaps.js';
import type { Gap } from '../../recordings/recording.js';
import type { RecordContext } from '../../recordings/recording-format.js';

/** Timestamps that are read at a time, 8 MB. */
const pieceLength = 2 ** 20;

/** The named series; else the one in /acquisition, else the one in the file. */
export async function chooseSeries(
  source: TableSource,
  path: string,
  { options, report }: RecordContext,
): Promise<string> {
  if (options.dataset !== undefined)
    return options.dataset
      .replace(/\/data$/, '')
      .replace(/^\/*/, '/')
      .replace(/\/+$/, '');
  // what was acquired is seldom much; of a file on a server the rest is then not looked at
  const acquired = (await source.has('/acquisition')) ? await seriesIn(source, '/acquisition') : [];
  const found = acquired.length ? acquired : await seriesIn(source, '/');
  const [only, ...others] = found;
  if (only && !others.length) {
    if (/(^|[/_])LFP([/_]|$)/i.test(only)) {
      const message = `${only} is opened, the only ElectricalSeries of ${path}: it is a low band (LFP), in which spikes are not`;
      report.warning('no-spike-band', message);
    }
    return only;
  }
  const hint = only ? `${path} has ${found.join(', ')}` : `${path} has no ElectricalSeries`;
  throw new OptionError('dataset', 'the path of an ElectricalSeries', undefined, hint);
}

async function seriesIn(source: TableSource, group: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await source.walk(group)) {
    if (kind === 'group' && (await typeOf(source, name)) === 'ElectricalSeries') found.push(name);
  }
  return found;
}

async function typeOf(source: TableSource, path: string): Promise<string> {
  const { neurodata_type } = await source.attributes(path);
  return String(Array.isArray(neurodata_type) ? neurodata_type[0] : neurodata_type);
}

/** What a series says of its time. */
interface SeriesClock {
  fsHz: number;
  startMs: number;
  gaps?: readonly Gap[];
}

/** starting_time is in seconds of the session. */
export async function storedClock(
  source: TableSource,
  series: string,
  { report, options }: RecordContext,
): Promise<SeriesClock> {
  const path = `${series}/starting_time`;
  const there = await source.has(path);
  const rate = there ? numberOf((await source.attributes(path)).rate) : Number.NaN;
  if (rate > 0 && Number.isFinite(rate)) {
    const [start] = await source.floats(path);
    return { fsHz: rate, startMs: startOf(start, path, report) };
  }
  if (options.fsHz !== undefined) {
    report.warning('clock-unknown', `${path} of ${source.path} gives no rate: fsHz is taken, and times count from 0`);
    return { fsHz: options.fsHz, startMs: 0 };
  }
  throw new FormatError(`${series} of ${source.path} must have timestamps, or starting_time with a positive rate`, {
    path: source.path,
    location: path,
  });
}

/** ms of a start in seconds; 0 with a finding where it is no time. */
function startOf(seconds: number | undefined, path: string, report: RecordContext['report']): number {
  if (seconds !== undefined && Number.isFinite(seconds)) return seconds * 1000;
  report.warning('clock-unknown', `${path} is ${seconds}, no time in seconds: times count from the first sample`);
  return 0;
}

/** The median step gives the rate; steps that differ from it are gaps. */
export async function clockOfTimestamps(
  source: TableSource,
  path: string,
  context: RecordContext,
): Promise<SeriesClock> {
  const size = sizeOf((await source.describe(path)).shape ?? [0]);
  if (size < 2) {
    const message = `${path} of ${source.path} must have the times of at least two samples, found ${size}`;
    throw new FormatError(message, { path: source.path, location: path });
  }
  const head = await source.floats(path, [0, Math.min(size, 10_001)]);
  const steps = head
    .subarray(1)
    .map((time, i) => time - head[i])
    .sort();
  const step = steps[steps.length >> 1];
  if (!(step > 0))
    throw new FormatError(`${path} of ${source.path} must rise, found a median step of ${step} s`, {
      path: source.path,
      location: path,
    });
  const finder = new GapFinder(`${path} of ${source.path}`, step, 1000, context);
  for (let start = 0; start < size; start += pieceLength) {
    finder.add(await source.floats(path, [start, Math.min(size, start + pieceLength)]));
  }
  const gaps = finder.check();
  // the whole range, but for what is missing in it, gives the rate more exactly than one step can
  const [last] = await source.floats(path, [size - 1, size]);
  const missing = gaps.reduce((sum, { ms }) => sum + ms / 1000, 0);
  const mean = (last - head[0] - missing) / (size - 1);
  const fsHz = 1 / (Math.abs(mean - step) < 1e-3 * step ? mean : step);
  return { fsHz, startMs: startOf(head[0], path, context.report), gaps };
}

/** V = stored × conversion × channel_conversion + offset. */
export async function scaling(source: TableSource, series: string, channels: number, { report }: RecordContext) {
  const attributes = await source.attributes(`${series}/data`);
  const conversion = numberOf(attributes.conversion ?? 1);
  const offset = numberOf(attributes.offset ?? 0);
  const each = `${series}/channel_conversion`;
  const factors = (await source.has(each)) ? await source.floats(each) : new Float64Array(channels).fill(1);
  if (factors.length !== channels || !Number.isFinite(conversion) || !Number.isFinite(offset)) {
    const found = `conversion ${conversion}, offset ${offset} and ${factors.length} of channel_conversion for ${channels} channels`;
    report.warning('gain-unknown', `${series} has ${found}: µV are unknown`);
    return {};
  }
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
