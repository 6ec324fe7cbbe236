/** MaxWell .raw.h5, of the old (2016) and the new layout. */
import { FormatError, OptionError, UnsupportedError } from '../errors.js';
import type { Hdf5File } from '../format/hdf5.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { GapFinder } from './gaps.js';
import { describeTraces, type Hdf5Traces, hdf5Reader, hdf5Source, openRecordingHdf5, peekHdf5 } from './hdf5-traces.js';
import { type MaxwellLayout, maxwellLayouts, readMapping } from './maxwell-layout.js';
import { chooseRate, locations, type ReadTraces, TraceRecording } from './trace-recording.js';

/** Registered for MaxWell's own compression, whose code is not published. */
const vendorFilter = 401;
const pieceLength = 2 ** 20;
/** 10-bit codes lie around the middle of their range. */
const middleCode = 512;

export const maxwell: RecordingFormat = {
  marks: 'an HDF5 file with version and data_store or sig',
  recognise: async (place, context) =>
    (await peekHdf5(place, context, async (file) => {
      const names = (await file.list('/')).map(({ name }) => name);
      return (
        names.includes('version') &&
        (names.includes('data_store') || (names.includes('sig') && names.includes('mapping')))
      );
    })) ?? false,
  async open({ path }, context) {
    const file = await openRecordingHdf5(path, context);
    const layout = await chooseLayout(file, path, context);
    if (!layout.raw) {
      throw new FormatError(`${layout.name} of ${path} has no raw traces, only spikes: use loadSpikeDataFromMaxwell`, {
        path,
      });
    }
    const traces = await describeTraces(file, layout.raw, false);
    const mapping = await readMapping(file, layout, traces.channels);
    if (layout.frameNumbers) await checkFrames(file, layout.frameNumbers, layout.fsHz, context);
    const picked: Hdf5Traces = { ...traces, channels: mapping.rows.length, columns: mapping.rows };
    const info = {
      format: 'maxwell',
      path,
      ...picked,
      fsHz: chooseRate(layout.fsHz, path, context),
      channelIds: mapping.electrodes,
      channelLocations: locations(mapping.places),
      gainsToUv: new Float64Array(mapping.rows.length).fill(layout.uvPerStep),
      offsetsToUv: new Float64Array(mapping.rows.length).fill(-middleCode * layout.uvPerStep),
    };
    const reader = await pluginAdvice(file, layout.raw, hdf5Reader(file, picked));
    return new TraceRecording(info, reader, context, hdf5Source(file, picked, context));
  },
};

export async function chooseLayout(
  file: Hdf5File,
  path: string,
  { options, report }: Pick<RecordContext, 'options' | 'report'>,
): Promise<MaxwellLayout> {
  const layouts = await maxwellLayouts(file);
  if (!layouts.length)
    throw new FormatError(`/data_store/data0000 or /sig was expected in ${path}, found neither`, { path });
  const wanted = layouts.filter(
    ({ name }) => options.dataset === undefined || name === options.dataset.replace(/^\/*/, '/'),
  );
  if (!wanted.length)
    throw new OptionError('dataset', `one of ${layouts.map(({ name }) => name).join(', ')}`, options.dataset);
  if (wanted.length > 1) {
    const others = wanted
      .slice(1)
      .map(({ name, well }) => `${name} (well ${well})`)
      .join(', ');
    report.warning(
      'several-recordings',
      `${wanted[0].name} is opened; ${path} also has ${others}. Give dataset for another`,
    );
  }
  return wanted[0];
}

async function checkFrames(file: Hdf5File, path: string, fsHz: number, context: RecordContext): Promise<void> {
  const { size } = await file.describeDataset(path);
  const gaps = new GapFinder(`${path} of ${file.path}`, 1, 1000 / fsHz, context);
  for (let start = 0; start < size; start += pieceLength) {
    gaps.add((await file.read(path, { start: [start], count: [Math.min(pieceLength, size - start)] })).data);
  }
  gaps.check();
}

/** Reads through the vendor's filter need its plug-in: where it goes is said when the first samples are asked for. */
async function pluginAdvice(file: Hdf5File, dataset: string, read: ReadTraces): Promise<ReadTraces> {
  const { filters } = await file.describeDataset(dataset);
  if (!filters.some(({ id }) => id === vendorFilter)) return read;
  return async (...query) => {
    try {
      return await read(...query);
    } catch (cause) {
      if (!(cause instanceof UnsupportedError)) throw cause;
      const set = process.env.HDF5_PLUGIN_PATH;
      const where = set
        ? `the folder HDF5_PLUGIN_PATH names (${set})`
        : 'a folder, and set HDF5_PLUGIN_PATH to it before Node starts';
      const message = `${dataset} of ${file.path} is compressed with HDF5 filter ${vendorFilter}, MaxWell's own: put its plug-in (libcompression.so on Linux, compression.dll on Windows, libcompression.dylib on macOS; from share.mxwbio.com or a MaxLab installation) into ${where}. Its table of spikes can be read without: loadSpikeDataFromMaxwell`;
      throw new UnsupportedError('HDF5 filter 401', message, { cause });
    }
  };
}
