/** Multi Channel Systems HDF5 (McsHdf5ProtocolType RawData): ChannelData (channels, samples) with InfoChannel beside it. */
import { FormatError, OptionError } from '../errors.js';
import type { Hdf5File } from '../format/hdf5.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { describeTraces, hdf5Reader, hdf5Source, openRecordingHdf5, peekHdf5 } from './hdf5-traces.js';
import { chooseRate, TraceRecording } from './trace-recording.js';

export const mcs: RecordingFormat = {
  marks: 'an HDF5 file with the attribute McsHdf5ProtocolType',
  recognise: async (place, context) =>
    (await peekHdf5(place, context, async (file) => 'McsHdf5ProtocolType' in (await file.attributes('/')))) ?? false,
  async open({ path }, context) {
    const file = await openRecordingHdf5(path, context);
    const stream = await chooseStream(file, path, context);
    const traces = await describeTraces(file, `${stream}/ChannelData`, false);
    const info = await channelInfo(file, stream, traces.channels);
    await checkGaps(file, stream, context);
    const fsHz = chooseRate(info.fsHz, path, context);
    return new TraceRecording(
      { format: 'mcs', path, ...traces, ...info, fsHz },
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
  if (streams.length > 1) {
    const others = streams.filter((stream) => stream !== chosen).join(', ');
    report.warning('several-streams', `${chosen} is opened; ${path} also has ${others}. Give dataset for another`);
  }
  return chosen;
}

/** Volts are (stored - ADZero) × ConversionFactor × 10^Exponent; Tick is µs a sample. RowIndex joins infos to rows. */
async function channelInfo(file: Hdf5File, stream: string, channels: number) {
  const columns = await file.readCompound(`${stream}/InfoChannel`);
  const column = (name: string) => {
    const values = columns[name]?.values;
    if (values && values.length === channels) return Array.from(values as ArrayLike<unknown>);
    throw new FormatError(`InfoChannel of ${stream} must have ${name} for ${channels} channels, in ${file.path}`, {
      path: file.path,
      location: `${stream}/InfoChannel`,
    });
  };
  const rows = column('RowIndex').map(Number);
  const tick = Number(column('Tick')[0]);
  if (!(tick > 0))
    throw new FormatError(`Tick of ${stream} must be positive, found ${tick} in ${file.path}`, { path: file.path });
  const [factor, exponent, zero] = ['ConversionFactor', 'Exponent', 'ADZero'].map((name) => column(name).map(Number));
  const labels = columns.Label?.values;
  const gainsToUv = new Float64Array(channels);
  const offsetsToUv = new Float64Array(channels);
  const channelIds = new Array<string | number>(channels);
  rows.forEach((row, i) => {
    gainsToUv[row] = factor[i] * 10 ** (exponent[i] + 6);
    offsetsToUv[row] = 0 - zero[i] * gainsToUv[row];
    channelIds[row] = Array.isArray(labels) ? labels[i] : i;
  });
  return { fsHz: 1e6 / tick, gainsToUv, offsetsToUv, channelIds };
}

/** Rows of [time in µs, first sample, last sample]: more than one is a pause, and says where. */
async function checkGaps(file: Hdf5File, stream: string, { options }: RecordContext): Promise<void> {
  const path = `${stream}/ChannelDataTimeStamps`;
  if (!(await file.has(path))) return;
  const { data, shape } = await file.read(path, { as: 'float64' });
  const rows = shape.length === 2 && shape[1] === 3 ? shape[0] : 1;
  if (rows < 2 || options.gapToleranceMs !== undefined) return;
  const starts = Array.from(
    { length: Math.min(rows, 10) },
    (_, r) => `sample ${data[3 * r + 1]} at ${data[3 * r] / 1000} ms`,
  );
  const message = `One uninterrupted piece was expected in ${stream} of ${file.path}, found ${rows}: ${starts.join('; ')}. Give gapToleranceMs to read on`;
  throw new FormatError(message, { path: file.path, location: path });
}
