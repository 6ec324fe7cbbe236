/** An ElectricalSeries of an NWB file, in HDF5 or Zarr. */
import type { NativeSource } from '../../addon/contract.js';
import { allocate } from '../../containers/npy/elements.js';
import { Hdf5Tables, type TableSource } from '../../containers/tables/tables.js';
import { ZarrTables } from '../../containers/tables/zarr-tables.js';
import { isZarrFolder, ZarrFolder } from '../../containers/zarr/folder.js';
import { sizeOf } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { sampleType } from '../../recordings/flat-file.js';
import { describeTraces, hdf5Reader, hdf5Source, openRecordingHdf5, peekHdf5 } from '../../recordings/hdf5-traces.js';
import { type Layout, layoutOf } from '../../recordings/orientation.js';
import type { RecordContext, RecordingFormat, RecordPlace } from '../../recordings/recording-format.js';
import { chooseRate, type ReadTraces, type TraceInfo, TraceRecording } from '../../recordings/trace-recording.js';
import { zarrReader } from '../../recordings/zarr-traces.js';
import { chooseSeries, clockOfTimestamps, scaling, storedClock } from './series.js';
import { electrodeRows, electrodeTable } from './series-electrodes.js';

export const nwb: RecordingFormat = {
  marks: 'an HDF5 file, or a Zarr folder, with the attribute nwb_version',
  async recognises(place, context) {
    if (!place.isFolder)
      return (await peekHdf5(place, context, async (file) => 'nwb_version' in (await file.attributes('/')))) ?? false;
    const zarr = await zarrOf(place, context);
    return zarr !== null && 'nwb_version' in (await zarr.attributes());
  },
  async open(place, context) {
    const { path } = place;
    const { source, traces: open } = await openContainer(place, context);
    const series = await chooseSeries(source, path, context);
    const rows = await readOptional(context.report, `${series}/electrodes`, () => electrodeRows(source, series));
    const timestamps = `${series}/timestamps`;
    const timed = await source.has(timestamps);
    const times = timed ? sizeOf((await source.describe(timestamps)).shape ?? [0]) : undefined;
    // NWB has time first; files written by MATLAB may have it last, which shows in the number of timestamps or electrodes
    const counts = { samples: times, channels: rows?.length, usual: 'time-channels' } as const;
    const clues = { what: `${series}/data`, layout: context.options.layout, ...counts };
    const traces = await open(`${series}/data`, (shape) => layoutOf(shape, clues, context.report));
    const { channels, samples, dtype, sampleBytes, read, native } = traces;
    const clock = timed
      ? await clockOfTimestamps(source, timestamps, context)
      : await storedClock(source, series, context);
    const scale = await readOptional(
      context.report,
      `The scale of ${series}`,
      () => scaling(source, series, channels, context),
      {},
    );
    const table = () => electrodeTable(source, series, rows?.slice(0, channels), context);
    const electrodes = await readOptional(context.report, 'The table of electrodes', table, {});
    if (times !== undefined && times !== samples) {
      const message = `${timestamps} has ${times} timestamps for ${samples} samples`;
      context.report.warning('timestamps-differ', message, Math.abs(times - samples));
    }
    const fsHz = chooseRate(clock.fsHz, path, context);
    const stored = { format: 'nwb', path, channels, samples, dtype, sampleBytes };
    return new TraceRecording({ ...stored, ...scale, ...electrodes, ...clock, fsHz }, read, context, native);
  },
};

type Traces = Pick<TraceInfo, 'channels' | 'samples' | 'dtype' | 'sampleBytes'> & {
  read: ReadTraces;
  native?: NativeSource;
};

interface Container {
  source: TableSource;
  traces(location: string, lying: (shape: number[]) => Layout): Promise<Traces>;
}

async function openContainer(place: RecordPlace, context: RecordContext): Promise<Container> {
  const zarr = await zarrOf(place, context);
  if (zarr) {
    const source = new ZarrTables(zarr);
    return { source, traces: (location, lying) => zarrTraces(source, location, lying) };
  }
  const file = await openRecordingHdf5(place, context);
  return {
    source: new Hdf5Tables(file),
    async traces(location, lying) {
      const traces = await describeTraces(file, location, lying);
      return { ...traces, read: hdf5Reader(file, traces), native: hdf5Source(file, traces, context) };
    },
  };
}

/** What one read may take is checked for each; a long recording as a whole may be larger. */
async function zarrOf(
  { path, isFolder, remoteZarr }: RecordPlace,
  { limits, followLinks }: RecordContext,
): Promise<ZarrFolder | null> {
  if (remoteZarr) return remoteZarr;
  if (!isFolder || !(await isZarrFolder(path))) return null;
  return ZarrFolder.open(path, { limits, followLinks, budget: 'read' });
}

/** @throws FormatError for what are no samples, or not time first: each read would decode whole channels */
async function zarrTraces(source: TableSource, location: string, lying: (shape: number[]) => Layout): Promise<Traces> {
  const { shape, kind, dtype, chunkRows = 1 } = await source.describe(location);
  const place = { path: source.path, location };
  if (!shape || kind !== 'number' || shape.length < 1 || shape.length > 2) {
    const found = `${dtype} of shape (${shape?.join(', ') ?? ''})`;
    throw new FormatError(`${location} of ${source.path} must hold numbers in two dimensions, found ${found}`, place);
  }
  if (shape.length === 2 && lying(shape) === 'channels-time') {
    const message = `${location} of ${source.path} must be (samples, channels) in Zarr, found (channels, samples) in its shape (${shape.join(', ')})`;
    throw new FormatError(message, place);
  }
  const [samples, channels = 1] = shape;
  const like = allocate(sampleType(dtype, `the type of ${location}`), 0);
  const read = zarrReader({ read: (rows) => source.numbers(location, rows), chunk: chunkRows, channels, like });
  return { channels, samples, dtype, sampleBytes: like.BYTES_PER_ELEMENT, read };
}
