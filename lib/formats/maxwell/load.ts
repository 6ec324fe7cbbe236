/** The spikes that MaxWell's chips detect while they record: they are readable where the compressed traces are not. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { openHdf5Source } from '../../containers/hdf5/open-source.js';
import type { NumericArray } from '../../core/arrays.js';
import { text } from '../../core/checks.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { inSlices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import { extentOf } from '../../loading/span.js';
import { groupSpikes } from '../../loading/trains.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { type MaxwellLayout, mappingByChannel, noteUnmapped } from './layout.js';
import { chooseLayout } from './recording.js';

export interface MaxwellOptions extends LoadOptions {
  /** The recording, e.g. '/data_store/data0001', where the file has several. Default: the first. */
  dataset?: string;
}

const loader = { name: 'loadSpikeDataFromMaxwell', format: 'MaxWell' };

/**
 * Loads the table of spikes of a MaxWell .raw.h5 file: one unit a channel, with its electrode and location (µm) where the
 * channel is in the mapping, and the amplitudes that the chip found (`spike_amplitudes`: stored × lsb, in µV). Times count from the first frame of the recording; spikes that the chip still had from before
 * lie at negative times, from which `startTime` then starts.
 *
 * @throws OptionError, NotFoundError, FormatError, UnsupportedError for the layout of 2016
 */
export async function loadSpikeDataFromMaxwell(source: Source, options: MaxwellOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { dataset: true, ...loadOptionNames }, loader.name);
  if (options.dataset !== undefined) text(options.dataset, 'dataset');
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: MaxwellOptions, context: SourceContext): Promise<SpikeData> {
  const { report, signal } = context;
  const file = await openHdf5Source(source, context);
  const { path } = file;
  context.onEnd(() => file.close());
  const layout = await chooseLayout(file, path, { options, report });
  if (layout.name === '/') {
    throw new UnsupportedError(
      'MaxWell layout of 2016',
      `${path} has MaxWell's layout of 2016, of which only traces are read`,
    );
  }
  const table = await readTable(file, layout, signal);
  const known = await mappingByChannel(file, layout.mapping, report);
  const frames = await frameRange(file, layout, table.frames, context);
  const channels = await distinct(table.channels, signal);
  const trains = await spikesByChannel(channels, table, frames.first, layout, path, context);
  const amplitudes = await amplitudesByChannel(channels, table, layout.uvPerStep, trains.offsets, signal);
  const { first, last } = extentOf(trains) ?? { first: 0, last: 0 };
  const startTime = Math.min(first, 0);
  const end = Math.max(last, (frames.count * 1000) / layout.fsHz);
  noteUnmapped(
    channels.filter((channel) => !known.has(channel)),
    report,
  );
  return spikeDataFromFlat(trains, {
    startTime,
    length: end - startTime,
    neuronAttributes: channels.map((channel, u) => {
      const at = known.get(channel);
      return {
        unit_id: channel,
        ...(at ? { electrode: at.electrode, location: at.place } : {}),
        ...(amplitudes ? { spike_amplitudes: amplitudes[u] } : {}),
      };
    }),
    metadata: {
      source_file: sourceName(source),
      source_format: 'MaxWell',
      recording: layout.name,
      well: layout.well,
      fs_Hz: layout.fsHz,
      ...(amplitudes ? { amplitude_unit: 'uV' } : {}),
    },
  });
}

/** Spikes that are gone through at once, in well below a millisecond. */
const spikesAtOnce = 1 << 14;

async function distinct(channels: Float64Array, signal: AbortSignal | undefined): Promise<number[]> {
  const found = new Set<number>();
  const collect = (from: number, to: number) => {
    for (let i = from; i < to; i++) found.add(channels[i]);
  };
  await inSlices(channels.length, spikesAtOnce, collect, signal);
  return [...found].sort((a, b) => a - b);
}

/** The spikes of these channels, in ms from the first frame of the recording. */
async function spikesByChannel(
  channels: number[],
  table: Awaited<ReturnType<typeof readTable>>,
  firstFrame: number,
  { spikes, fsHz }: MaxwellLayout,
  path: string,
  context: SourceContext,
) {
  const trainOf = new Map(channels.map((channel, train) => [channel, train]));
  const units = new Int32Array(table.channels.length);
  const times = new Float64Array(units.length);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      units[i] = trainOf.get(table.channels[i]) as number;
      times[i] = table.frames[i] - firstFrame;
    }
  };
  await inSlices(units.length, spikesAtOnce, fill, context.signal);
  return groupSpikes(
    context,
    { path, times: `${spikes}.frameno`, units: `${spikes}.channel` },
    {
      units,
      times,
      scale: { multiply: 1000, divide: fsHz },
      count: channels.length,
    },
  );
}

/** In µV, of each channel's spikes in the order of time. */
async function amplitudesByChannel(
  channels: readonly number[],
  { frames, channels: of, amplitudes }: Awaited<ReturnType<typeof readTable>>,
  uvPerStep: number,
  offsets: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Float32Array[] | null> {
  if (!amplitudes) return null;
  const trainOf = new Map(channels.map((channel, train) => [channel, train]));
  const next = offsets.slice();
  const order = new Uint32Array(of.length);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) order[next[trainOf.get(of[i]) as number]++] = i;
  };
  await inSlices(of.length, spikesAtOnce, fill, signal);
  return channels.map((_, u) => {
    const spikes = order.subarray(offsets[u], offsets[u + 1]);
    const sorted = spikes.every((i, k) => k === 0 || frames[spikes[k - 1]] <= frames[i]);
    if (!sorted) spikes.sort((a, b) => frames[a] - frames[b] || a - b);
    return Float32Array.from(spikes, (i) => amplitudes[i] * uvPerStep);
  });
}

async function readTable(file: Hdf5File, { name, spikes }: MaxwellLayout, signal: AbortSignal | undefined) {
  if (!spikes)
    throw new FormatError(`A table of spikes was expected in ${name} of ${file.path}, found none`, { path: file.path });
  const columns = await file.readCompound(spikes);
  const column = (field: string) => {
    const values = columns[field]?.values;
    if (values && !Array.isArray(values)) return values;
    throw new FormatError(`${spikes} of ${file.path} must have a field ${field}`, {
      path: file.path,
      location: spikes,
    });
  };
  const [frames, channels] = [column('frameno'), column('channel')];
  const amplitudes = columns.amplitude ? await toNumbers(column('amplitude'), signal) : null;
  return { frames: await toNumbers(frames, signal), channels: await toNumbers(channels, signal), amplitudes };
}

async function toNumbers(values: NumericArray, signal: AbortSignal | undefined): Promise<Float64Array> {
  const numbers = new Float64Array(values.length);
  const convert = (from: number, to: number) => {
    for (let i = from; i < to; i++) numbers[i] = Number(values[i]);
  };
  await inSlices(values.length, spikesAtOnce, convert, signal);
  return numbers;
}

/** Number of the recording's first frame on the chip's counter, and how many there are. */
async function frameRange(
  file: Hdf5File,
  { frameNumbers, name }: MaxwellLayout,
  frames: Float64Array,
  { report }: SourceContext,
) {
  const count = frameNumbers ? (await file.describeDataset(frameNumbers)).size : 0;
  if (frameNumbers && count > 0) {
    const { data } = await file.read(frameNumbers, { start: [0], count: [1], as: 'float64' });
    return { first: data[0], count };
  }
  const message = `${name} of ${file.path} has no frame numbers: times count from the first spike`;
  report.warning('first-frame-unknown', message);
  let first = frames[0] ?? 0;
  for (const frame of frames) first = Math.min(first, frame);
  return { first, count: 0 };
}
