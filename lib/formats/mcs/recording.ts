/** Multi Channel Systems HDF5 (McsHdf5ProtocolType RawData): ChannelData (channels, samples) with InfoChannel beside it. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { GapFinder } from '../../recordings/gaps.js';
import { describeTraces, hdf5Reader, hdf5Source, openRecordingHdf5, peekHdf5 } from '../../recordings/hdf5-traces.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseRate, TraceRecording } from '../../recordings/trace-recording.js';

export const mcs: RecordingFormat = {
  marks: 'an HDF5 file with the attribute McsHdf5ProtocolType',
  recognises: async (place, context) =>
    (await peekHdf5(place, context, async (file) => 'McsHdf5ProtocolType' in (await file.attributes('/')))) ?? false,
  async open(place, context) {
    const { path } = place;
    const file = await openRecordingHdf5(place, context);
    const stream = await chooseStream(file, path, context);
    const traces = await describeTraces(file, `${stream}/ChannelData`, 'channels-time');
    const info = await channelInfo(file, stream, traces.channels, context);
    const clock = await clockOf(file, stream, info.fsHz, context);
    const fsHz = chooseRate(info.fsHz, path, context);
    return new TraceRecording(
      { format: 'mcs', path, ...traces, ...info, ...clock, fsHz },
      hdf5Reader(file, traces),
      context,
      hdf5Source(file, traces, context),
    );
  },
};

/** The named stream, else the first of electrodes, else the first. */
async function chooseStream(file: Hdf5File, path: string, { options, report }: RecordContext): Promise<string> {
  const data = (await file.walk('/Data')).map(({ name }) => name).filter((name) => name.endsWith('/ChannelData'));
  const streams = data.map((name) => name.slice(0, -'/ChannelData'.length));
  if (!streams.length)
    throw new FormatError(`A stream with ChannelData was expected below /Data of ${path}, found none`, { path });
  const wanted = options.dataset?.replace(/\/ChannelData$/, '').replace(/^\/*/, '/');
  if (wanted !== undefined) {
    if (streams.includes(wanted)) return wanted;
    throw new OptionError('dataset', `one of ${streams.join(', ')}`, options.dataset);
  }
  let chosen = streams[0];
  for (const stream of streams) {
    const { DataSubType } = await file.attributes(stream);
    if (!/electrode/i.test(String(DataSubType))) continue;
    chosen = stream;
    break;
  }
  if (!/electrode/i.test(String((await file.attributes(chosen)).DataSubType))) {
    report.warning('no-electrode-stream', `${chosen} is opened: no stream of ${path} says that it is of electrodes`);
  }
  if (streams.length > 1) {
    const others = streams.filter((stream) => stream !== chosen).join(', ');
    report.warning('several-streams', `${chosen} is opened; ${path} also has ${others}. Give dataset for another`);
  }
  return chosen;
}

const factors: Record<string, number> = { V: 1e6, mV: 1e3, uV: 1, µV: 1, nV: 1e-3 };

/** Volts are (stored - ADZero) × ConversionFactor × 10^Exponent; Tick is µs a sample. RowIndex joins infos to rows. */
async function channelInfo(file: Hdf5File, stream: string, channels: number, { options, report }: RecordContext) {
  const path = `${stream}/InfoChannel`;
  const columns = (await file.has(path)) ? await file.readCompound(path) : {};
  if (columns.RowIndex?.values?.length !== channels && options.fsHz !== undefined) {
    const message = `${path} of ${file.path} does not describe the ${channels} channels: their names and gains are unknown`;
    report.warning('channels-not-described', message, channels);
    return { fsHz: options.fsHz };
  }
  const column = (name: string) => {
    const values = columns[name]?.values;
    if (values && values.length === channels) return Array.from(values as ArrayLike<unknown>);
    const message = `${path} of ${file.path} must have ${name} for ${channels} channels; give fsHz to read on without`;
    throw new FormatError(message, { path: file.path, location: path });
  };
  const rows = rowsOf(column('RowIndex').map(Number), path, file, report);
  const tick = Number(column('Tick')[0]);
  if (!(tick > 0))
    throw new FormatError(`Tick of ${stream} must be positive, found ${tick} in ${file.path}`, { path: file.path });
  const [factor, exponent, zero] = ['ConversionFactor', 'Exponent', 'ADZero'].map((name) => column(name).map(Number));
  const units = columns.Unit ? column('Unit').map((unit) => String(unit).trim()) : [];
  const names = namesOf(columns, channels);
  const gainsToUv = new Float64Array(channels);
  const offsetsToUv = new Float64Array(channels);
  const channelIds = new Array<string | number>(channels);
  rows.forEach((row, i) => {
    gainsToUv[row] = factor[i] * 10 ** exponent[i] * (factors[units[i] ?? 'V'] ?? Number.NaN);
    offsetsToUv[row] = 0 - zero[i] * gainsToUv[row];
    channelIds[row] = names[i];
  });
  // what is no voltage has no µV
  const known = gainsToUv.some((gain) => !Number.isNaN(gain));
  return { fsHz: 1e6 / tick, channelIds, ...(known ? { gainsToUv, offsetsToUv } : {}) };
}

/** The row of each info. Numbers that skip some, or start at another than 0, still say the order. */
function rowsOf(found: number[], path: string, file: Hdf5File, report: RecordContext['report']): number[] {
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.some((row, i) => !Number.isSafeInteger(row) || row === sorted[i - 1])) {
    const list = found.slice(0, 20).join(', ');
    throw new FormatError(`RowIndex of ${path} must name each row of ${file.path} once, found ${list}`, {
      path: file.path,
      location: path,
    });
  }
  if (sorted[0] === 0 && sorted.at(-1) === found.length - 1) return found;
  const message = `RowIndex of ${path} goes from ${sorted[0]} to ${sorted.at(-1)} for ${found.length} rows of ${file.path}: rows are taken in its order`;
  report.warning('row-index', message);
  const rank = new Map(sorted.map((row, i) => [row, i]));
  return found.map((row) => rank.get(row) ?? 0);
}

/** Labels; where they are blank, the numbers of the channels. */
function namesOf(columns: Awaited<ReturnType<Hdf5File['readCompound']>>, channels: number): (string | number)[] {
  const labels = columns.Label?.values;
  const numbers = columns.ChannelID?.values;
  return Array.from({ length: channels }, (_, i) => {
    const label = Array.isArray(labels) ? String(labels[i]).trim() : '';
    return label || Number(numbers?.[i] ?? i);
  });
}

/** Rows of [time in µs, first sample, last sample]: the first says when the stream starts, the others where a pause was. */
async function clockOf(file: Hdf5File, stream: string, fsHz: number, context: RecordContext) {
  const path = `${stream}/ChannelDataTimeStamps`;
  if (!(await file.has(path))) return {};
  const { data, shape } = await file.read(path, { as: 'float64' });
  if (shape.length !== 2 || shape[1] !== 3 || shape[0] < 1) {
    const message = `${path} must hold rows of time, first and last sample, found (${shape.join(', ')}): times count from the first sample`;
    context.report.warning('clock-unknown', message);
    return {};
  }
  const tick = 1e6 / fsHz;
  const finder = new GapFinder(`${stream} of ${file.path}`, tick, 1e-3, context);
  for (let row = 1; row < shape[0]; row++) {
    const [time, first] = data.subarray(3 * row, 3 * row + 2);
    const [timeBefore, firstBefore] = data.subarray(3 * row - 3, 3 * row - 1);
    const extra = time - timeBefore - (first - firstBefore) * tick;
    if (!(Math.abs(extra) <= tick / 2)) finder.addGap(first - data[1], extra);
  }
  return { startMs: Number.isFinite(data[0]) ? data[0] / 1000 : 0, gaps: finder.check() };
}
