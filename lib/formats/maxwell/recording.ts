/** MaxWell .raw.h5, of the old (2016) and the new layout. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError, OptionError, UnsupportedError } from '../../core/errors.js';
import { GapFinder } from '../../recordings/gaps.js';
import {
  describeTraces,
  type Hdf5Traces,
  hdf5Reader,
  hdf5Source,
  openRecordingHdf5,
  peekHdf5,
} from '../../recordings/hdf5-traces.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseRate, locations, type ReadTraces, TraceRecording } from '../../recordings/trace-recording.js';
import { type MaxwellLayout, maxwellLayouts, readMapping } from './layout.js';

/** Registered for MaxWell's own compression, whose code is not published. */
export const vendorFilter = 401;
/** Frame numbers that are read at a time, 8 MB. */
const pieceLength = 2 ** 20;
/** 10-bit codes lie around the middle of their range. */
const middleCode = 512;

export const maxwell: RecordingFormat = {
  marks: 'an HDF5 file with version and data_store or sig',
  recognises: async (place, context) =>
    (await peekHdf5(place, context, async (file) => {
      const names = (await file.list('/')).map(({ name }) => name);
      return (
        names.includes('version') &&
        (names.includes('data_store') || (names.includes('sig') && names.includes('mapping')))
      );
    })) ?? false,
  async open(place, context) {
    const { path } = place;
    const file = await openRecordingHdf5(place, context);
    const layout = await chooseLayout(file, path, context);
    if (!layout.raw) {
      throw new FormatError(`${layout.name} of ${path} has no raw traces, only spikes: use loadSpikeDataFromMaxwell`, {
        path,
      });
    }
    const traces = await describeTraces(file, layout.raw, 'channels-time');
    const mapping = await readMapping(file, layout, traces.channels, context.report);
    const clock = layout.frameNumbers ? await clockOf(file, layout.frameNumbers, layout.fsHz, context) : {};
    const picked: Hdf5Traces = { ...traces, channels: mapping.rows.length, columns: mapping.rows };
    const info = {
      format: 'maxwell',
      path,
      ...picked,
      fsHz: chooseRate(layout.fsHz, path, context),
      ...clock,
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
  const asked = options.dataset?.replace(/^\/*/, '/');
  const wanted = layouts.filter((layout) => asked === undefined || isMeant(layout, asked));
  if (!wanted.length) {
    const known = layouts.map(({ name, link }) => (link ? `${name} (${link})` : name));
    throw new OptionError('dataset', `one of ${known.join(', ')}`, options.dataset);
  }
  if (wanted.length > 1) {
    const others = wanted
      .slice(1)
      .map(({ name, link, well }) => `${name} (${link ?? `well ${well}`})`)
      .join(', ');
    report.warning(
      'several-recordings',
      `${wanted[0].name} is opened; ${path} also has ${others}. Give dataset for another`,
    );
  }
  return wanted[0];
}

/** Its path, one of the links that lead there, or that of its traces or spikes. */
function isMeant({ name, link, raw }: MaxwellLayout, asked: string): boolean {
  if (asked === name || asked === raw || asked.startsWith(`${name}/`)) return true;
  if (!link) return false;
  const [well, recording] = link.split('/');
  if (asked === `/${well}` || asked === `/wells/${well}`) return true;
  const links = [`/${link}`, `/wells/${link}`, `/recordings/${recording}/${well}`];
  return links.some((each) => `${asked}/`.startsWith(`${each}/`));
}

/** When the recording starts on the chip's counter, which runs since the chip was started, and gaps between its frames. */
async function clockOf(file: Hdf5File, path: string, fsHz: number, context: RecordContext) {
  const { size } = await file.describeDataset(path);
  const finder = new GapFinder(`${path} of ${file.path}`, 1, 1000 / fsHz, context);
  let first = 0;
  for (let start = 0; start < size; start += pieceLength) {
    const { data } = await file.read(path, { start: [start], count: [Math.min(pieceLength, size - start)] });
    if (start === 0) first = Number(data[0]);
    finder.add(data);
  }
  return { startMs: (first * 1000) / fsHz, clock: 'acquisition' as const, gaps: finder.check() };
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
