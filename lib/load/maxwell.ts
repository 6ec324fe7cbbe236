/** The spikes that MaxWell's chips detect while they record: they are readable where the compressed traces are not. */
import { FormatError, UnsupportedError } from '../errors.js';
import { type Hdf5File, openHdf5 } from '../format/hdf5.js';
import type { LoadOptions, Source } from '../options.js';
import { chooseLayout } from '../record/maxwell.js';
import { type MaxwellLayout, mappingByChannel } from '../record/maxwell-layout.js';
import { type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { type LoadContext, runLoader } from './context.js';
import { groupSpikes } from './trains.js';

export interface MaxwellOptions extends LoadOptions {
  /** The recording, e.g. '/data_store/data0001', where the file has several. Default: the first. */
  dataset?: string;
}

const loader = { name: 'loadSpikeDataFromMaxwell', format: 'MaxWell' };

/**
 * Loads the table of spikes of a MaxWell .raw.h5 file: one unit a channel, with its electrode and location (µm) where the
 * channel is in the mapping. Times count from the first frame of the recording; spikes that the chip still had from before
 * lie at negative times, from which `startTime` then starts.
 *
 * @throws OptionError, NotFoundError, FormatError, UnsupportedError for the layout of 2016
 */
export async function loadSpikeDataFromMaxwell(source: Source, options: MaxwellOptions = {}): Promise<SpikeData> {
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: MaxwellOptions, context: LoadContext): Promise<SpikeData> {
  const { report, limits, signal } = context;
  const path = await context.localFile(source);
  const file = await openHdf5(path, { limits, signal, report });
  context.onEnd(() => file.close());
  const layout = await chooseLayout(file, path, { options, report });
  if (layout.name === '/') {
    throw new UnsupportedError(
      'MaxWell layout of 2016',
      `${path} has MaxWell's layout of 2016, of which only traces are read`,
    );
  }
  const table = await readTable(file, layout);
  const known = await mappingByChannel(file, layout.mapping);
  const frames = await frameRange(file, layout, table.frames, context);
  const channels = [...new Set(table.channels)].sort((a, b) => a - b);
  const trains = await trainsOf(channels, table, frames.first, layout, path, context);
  const startTime = trains.times.reduce((first, time) => Math.min(first, time), 0);
  const last = trains.times.reduce((latest, time) => Math.max(latest, time), 0);
  const end = Math.max(last, (frames.count * 1000) / layout.fsHz);
  noteUnmapped(channels.filter((channel) => !known.has(channel)).length, context);
  return spikeDataFromFlat(trains, {
    startTime,
    length: end - startTime,
    neuronAttributes: channels.map((channel) => {
      const at = known.get(channel);
      return { unit_id: channel, ...(at ? { electrode: at.electrode, location: at.place } : {}) };
    }),
    metadata: {
      source_file: path,
      source_format: 'MaxWell',
      recording: layout.name,
      well: layout.well,
      fs_Hz: layout.fsHz,
    },
  });
}

/** The spikes of these channels, in ms from the first frame of the recording. */
function trainsOf(
  channels: number[],
  table: Awaited<ReturnType<typeof readTable>>,
  firstFrame: number,
  { spikes, fsHz }: MaxwellLayout,
  path: string,
  context: LoadContext,
) {
  const trainOf = new Map(channels.map((channel, train) => [channel, train]));
  return groupSpikes(
    context,
    { path, times: `${spikes}.frameno`, units: `${spikes}.channel` },
    {
      units: Int32Array.from(table.channels, (channel) => trainOf.get(channel) as number),
      times: table.frames.map((frame) => frame - firstFrame),
      scale: { multiply: 1000, divide: fsHz },
      count: channels.length,
    },
  );
}

async function readTable(file: Hdf5File, { name, spikes }: MaxwellLayout) {
  if (!spikes)
    throw new FormatError(`A table of spikes was expected in ${name} of ${file.path}, found none`, { path: file.path });
  const columns = await file.readCompound(spikes);
  const [frames, channels] = ['frameno', 'channel'].map((field) => {
    const values = columns[field]?.values;
    if (values && !Array.isArray(values)) return Float64Array.from(values as Float64Array, Number);
    throw new FormatError(`${spikes} of ${file.path} must have a field ${field}`, {
      path: file.path,
      location: spikes,
    });
  });
  return { frames, channels };
}

/** Number of the recording's first frame on the chip's counter, and how many there are. */
async function frameRange(
  file: Hdf5File,
  { frameNumbers, name }: MaxwellLayout,
  frames: Float64Array,
  { report }: LoadContext,
) {
  const count = frameNumbers ? (await file.describeDataset(frameNumbers)).size : 0;
  if (frameNumbers && count > 0) {
    const { data } = await file.read(frameNumbers, { start: [0], count: [1], as: 'float64' });
    return { first: data[0], count };
  }
  const message = `${name} of ${file.path} has no frame numbers: times count from the first spike`;
  report.warning('first-frame-unknown', message);
  return { first: frames.reduce((a, b) => Math.min(a, b), frames[0] ?? 0), count: 0 };
}

function noteUnmapped(count: number, { report }: LoadContext): void {
  if (!count) return;
  report.info(
    'channels-unmapped',
    `${count} channels with spikes are in no mapping: their electrodes are unknown`,
    count,
  );
}
