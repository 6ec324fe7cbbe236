/** A recording that SpikeInterface saved as Zarr: traces_seg{k} of (samples, channels), read chunk by chunk. */

import { allocate } from '../../containers/npy/elements.js';
import { ZarrFolder } from '../../containers/zarr/folder.js';
import { sizeOf } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { sampleType } from '../../recordings/flat-file.js';
import type { RecordContext, RecordPlace } from '../../recordings/recording-format.js';
import { chooseRate, locations, TraceRecording } from '../../recordings/trace-recording.js';
import { zarrReader } from '../../recordings/zarr-traces.js';
import { checkTimes, chooseSegment, segmentStart } from './channel-fields.js';
import { contactPositions } from './sorting/probe.js';

/** Places are of two or three axes. */
const maxAxes = 3;

export async function openZarrRecording(place: RecordPlace, context: RecordContext): Promise<TraceRecording> {
  const { path } = place;
  // what one read may take is checked for each; a long recording as a whole may be larger
  const zarr =
    place.remoteZarr ??
    (await ZarrFolder.open(path, {
      limits: context.limits,
      followLinks: context.followLinks,
      budget: 'read',
    }));
  const attributes = await zarr.attributes();
  const fsHz = Number(attributes.sampling_frequency);
  if (!(fsHz > 0 && Number.isFinite(fsHz))) {
    throw new FormatError(`The attribute sampling_frequency of ${path} must be a positive number`, { path });
  }
  const segments = (await zarr.children()).filter((name) => /^traces_seg\d+$/.test(name)).length;
  const segment = chooseSegment(segments, path, context);
  const location = `traces_seg${segment}`;
  const { shape, chunks, dtype } = await zarr.describe(location);
  if (shape.length !== 2) {
    throw new FormatError(`${location} of ${path} must be (samples, channels), found (${shape.join(', ')})`, {
      path,
      location,
    });
  }
  const [samples, channels] = shape;
  const sample = allocate(sampleType(dtype, `the type of ${location}`), 0);
  const part = <T>(name: string, read: () => Promise<T>) =>
    readOptional<T | null>(context.report, `${name} of ${path}`, read, null);
  const info = {
    format: 'spikeinterface',
    path,
    channels,
    samples,
    fsHz: chooseRate(fsHz, path, context),
    dtype,
    sampleBytes: sample.BYTES_PER_ELEMENT,
    // ids say which channel is which: damaged ones are no reading without them
    channelIds: await channelIds(zarr, channels),
    gainsToUv: await part('gain_to_uV', () => property(zarr, 'gain_to_uV', channels)),
    offsetsToUv: await part('offset_to_uV', () => property(zarr, 'offset_to_uV', channels)),
    channelLocations: await part('location', () => channelLocations(zarr, attributes, channels)),
    segments,
    startMs: (await part('times', () => startOf(zarr, segment, samples, fsHz, context))) ?? 0,
  };
  const read = (rows: readonly [number, number]) => zarr.readNumbers(location, rows);
  return new TraceRecording(info, zarrReader({ read, chunk: chunks[0], channels, like: sample }), context);
}

/** times_seg{k} says the time of each sample in seconds; else t_starts where each segment starts, NaN for none. */
async function startOf(zarr: ZarrFolder, segment: number, samples: number, fsHz: number, context: RecordContext) {
  const times = `times_seg${segment}`;
  if (await zarr.has(times)) {
    const [count] = (await zarr.describe(times)).shape;
    const at = async (i: number) => (count ? Number((await zarr.readNumbers(times, [i, i + 1])).data[0]) : Number.NaN);
    return checkTimes({ first: await at(0), last: await at(count - 1), count }, samples, fsHz, times, context);
  }
  if (!(await zarr.has('t_starts'))) return 0;
  return segmentStart(Number((await zarr.readNumbers('t_starts')).data[segment]), 't_starts', context);
}

async function channelIds(zarr: ZarrFolder, channels: number): Promise<(string | number)[] | null> {
  if (!(await zarr.has('channel_ids'))) return null;
  const { dtype, shape } = await zarr.describe('channel_ids');
  if (shape.length !== 1 || shape[0] !== channels) {
    const path = zarr.path;
    throw new FormatError(
      `${path}: an id for each of ${channels} channels was expected in channel_ids, found the shape (${shape.join(', ')})`,
      { path, location: 'channel_ids' },
    );
  }
  if (/^v2:|string/.test(dtype)) return zarr.readTexts('channel_ids');
  return Array.from((await zarr.readNumbers('channel_ids')).data as Float64Array, Number);
}

async function property(zarr: ZarrFolder, name: string, channels: number): Promise<Float64Array | null> {
  const location = `properties/${name}`;
  if (!(await zarr.has(location)) || sizeOf((await zarr.describe(location)).shape) !== channels) return null;
  const { data } = await zarr.readNumbers(location);
  return Float64Array.from(data as Float64Array, Number);
}

async function channelLocations(zarr: ZarrFolder, attributes: Record<string, unknown>, channels: number) {
  if (await zarr.has('properties/location')) {
    const { shape } = await zarr.describe('properties/location');
    if (shape.length === 2 && shape[0] === channels && shape[1] <= maxAxes) {
      const { data } = await zarr.readNumbers('properties/location');
      return { data: Float64Array.from(data as Float64Array, Number), shape };
    }
  }
  const positions = contactPositions(attributes.probegroup ?? attributes.probe, channels);
  return positions && locations(positions);
}
