/** An ElectricalSeries of an NWB file. */

import type { Hdf5AttributeValue } from '../../addon/hdf5-contract.js';
import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { GapFinder } from '../../recordings/gaps.js';
import {
  describeTraces,
  type Hdf5Traces,
  hdf5Reader,
  hdf5Source,
  openRecordingHdf5,
  peekHdf5,
} from '../../recordings/hdf5-traces.js';
import { layoutOf } from '../../recordings/orientation.js';
import type { Gap } from '../../recordings/recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseRate, TraceRecording } from '../../recordings/trace-recording.js';
import { electrodeRows, electrodeTable } from './series-electrodes.js';

/** Timestamps that are read at a time, 8 MB. */
const pieceLength = 2 ** 20;

export const nwb: RecordingFormat = {
  marks: 'an HDF5 file with the attribute nwb_version',
  recognises: async (place, context) =>
    (await peekHdf5(place, context, async (file) => 'nwb_version' in (await file.attributes('/')))) ?? false,
  async open(place, context) {
    const { path } = place;
    const file = await openRecordingHdf5(place, context);
    const series = await chooseSeries(file, path, context);
    const rows = await readOptional(context.report, `${series}/electrodes`, () => electrodeRows(file, series));
    const timestamps = `${series}/timestamps`;
    const timed = await file.has(timestamps);
    const times = timed ? (await file.describeDataset(timestamps)).size : undefined;
    // NWB has time first; files written by MATLAB may have it last, which shows in the number of timestamps or electrodes
    const counts = { samples: times, channels: rows?.length, usual: 'time-channels' } as const;
    const clues = { what: `${series}/data`, layout: context.options.layout, ...counts };
    const traces = await describeTraces(file, `${series}/data`, (shape) => layoutOf(shape, clues, context.report));
    const clock = timed ? await clockOfTimestamps(file, timestamps, context) : await storedClock(file, series, context);
    const scale = await readOptional(
      context.report,
      `The scale of ${series}`,
      () => scaling(file, series, traces, context),
      {},
    );
    const table = () => electrodeTable(file, series, rows?.slice(0, traces.channels), context);
    const electrodes = await readOptional(context.report, 'The table of electrodes', table, {});
    if (times !== undefined && times !== traces.samples) {
      const message = `${timestamps} has ${times} timestamps for ${traces.samples} samples`;
      context.report.warning('timestamps-differ', message, Math.abs(times - traces.samples));
    }
    const fsHz = chooseRate(clock.fsHz, path, context);
    const info = { format: 'nwb', path, ...traces, ...scale, ...electrodes, ...clock, fsHz };
    return new TraceRecording(info, hdf5Reader(file, traces), context, hdf5Source(file, traces, context));
  },
};

/** The named series; else the one in /acquisition, else the one in the file. */
async function chooseSeries(file: Hdf5File, path: string, { options, report }: RecordContext): Promise<string> {
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

async function typeOf(file: Hdf5File, path: string): Promise<string> {
  const { neurodata_type } = await file.attributes(path);
  return String(Array.isArray(neurodata_type) ? neurodata_type[0] : neurodata_type);
}

/** What a series says of its time. */
interface SeriesClock {
  fsHz: number;
  startMs: number;
  gaps?: readonly Gap[];
}

/** starting_time is in seconds of the session. */
async function storedClock(file: Hdf5File, series: string, { report, options }: RecordContext): Promise<SeriesClock> {
  const path = `${series}/starting_time`;
  const there = await file.has(path);
  const rate = there ? numberOf((await file.attributes(path)).rate) : Number.NaN;
  if (rate > 0 && Number.isFinite(rate)) {
    const { data } = await file.read(path, { as: 'float64' });
    return { fsHz: rate, startMs: startOf(data[0], path, report) };
  }
  if (options.fsHz !== undefined) {
    report.warning('clock-unknown', `${path} of ${file.path} gives no rate: fsHz is taken, and times count from 0`);
    return { fsHz: options.fsHz, startMs: 0 };
  }
  throw new FormatError(`${series} of ${file.path} must have timestamps, or starting_time with a positive rate`, {
    path: file.path,
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
async function clockOfTimestamps(file: Hdf5File, path: string, context: RecordContext): Promise<SeriesClock> {
  const { size } = await file.describeDataset(path);
  if (size < 2) {
    const message = `${path} of ${file.path} must have the times of at least two samples, found ${size}`;
    throw new FormatError(message, { path: file.path, location: path });
  }
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
  const finder = new GapFinder(`${path} of ${file.path}`, step, 1000, context);
  for (let start = 0; start < size; start += pieceLength) {
    finder.add(
      (await file.read(path, { start: [start], count: [Math.min(pieceLength, size - start)], as: 'float64' })).data,
    );
  }
  const gaps = finder.check();
  // the whole range, but for what is missing in it, gives the rate more exactly than one step can
  const last = (await file.read(path, { start: [size - 1], count: [1], as: 'float64' })).data[0];
  const missing = gaps.reduce((sum, { ms }) => sum + ms / 1000, 0);
  const mean = (last - head[0] - missing) / (size - 1);
  const fsHz = 1 / (Math.abs(mean - step) < 1e-3 * step ? mean : step);
  return { fsHz, startMs: startOf(head[0], path, context.report), gaps };
}

/** V = stored × conversion × channel_conversion + offset. */
async function scaling(file: Hdf5File, series: string, { channels }: Hdf5Traces, { report }: RecordContext) {
  const attributes = await file.attributes(`${series}/data`);
  const conversion = numberOf(attributes.conversion ?? 1);
  const offset = numberOf(attributes.offset ?? 0);
  const each = `${series}/channel_conversion`;
  const factors = (await file.has(each))
    ? (await file.read(each, { as: 'float64' })).data
    : new Float64Array(channels).fill(1);
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
