/** A recording that SpikeInterface saved as Zarr: traces_seg{k} of (samples, channels), read chunk by chunk. */
import type { NumericArray } from '../arrays.js';
import { FormatError } from '../errors.js';
import { allocate } from '../format/npy-elements.js';
import { contactPositions } from '../format/spikeinterface/probe.js';
import { ZarrFolder } from '../format/zarr.js';
import { sampleType } from './flat-file.js';
import type { RecordContext } from './format.js';
import { chooseSegment } from './spikeinterface.js';
import { chooseRate, locations, type ReadTraces, TraceRecording } from './trace-recording.js';
import { transposeInto } from './transpose.js';

export async function openZarrRecording(path: string, context: RecordContext): Promise<TraceRecording> {
  // what one read may take is checked for each; a long recording as a whole may be larger
  const limits = { ...context.limits, maxArrayBytes: Number.MAX_SAFE_INTEGER };
  const zarr = await ZarrFolder.open(path, { limits });
  const attributes = await zarr.attributes();
  const fsHz = Number(attributes.sampling_frequency);
  if (!(fsHz > 0 && Number.isFinite(fsHz))) {
    throw new FormatError(`The attribute sampling_frequency of ${path} must be a positive number`, { path });
  }
  const segments = (await zarr.children()).filter((name) => /^traces_seg\d+$/.test(name)).length;
  const location = `traces_seg${chooseSegment(segments, path, context)}`;
  const { shape, chunks, dtype } = await zarr.describe(location);
  if (shape.length !== 2) {
    throw new FormatError(`${location} of ${path} must be (samples, channels), found (${shape.join(', ')})`, {
      path,
      location,
    });
  }
  const [samples, channels] = shape;
  const sample = allocate(sampleType(dtype, `the type of ${location}`), 0);
  const info = {
    format: 'spikeinterface',
    path,
    channels,
    samples,
    fsHz: chooseRate(fsHz, path, context),
    dtype,
    sampleBytes: sample.BYTES_PER_ELEMENT,
    channelIds: await channelIds(zarr),
    gainsToUv: await property(zarr, 'gain_to_uV', channels),
    offsetsToUv: await property(zarr, 'offset_to_uV', channels),
    channelLocations: await channelLocations(zarr, attributes, channels),
  };
  return new TraceRecording(info, zarrReader(zarr, location, chunks[0], channels, sample), context);
}

function zarrReader(
  zarr: ZarrFolder,
  location: string,
  chunk: number,
  channels: number,
  like: NumericArray,
): ReadTraces {
  return async (start, end, picked, signal) => {
    const out = new (like.constructor as Float64ArrayConstructor)(picked.length * (end - start));
    // whole chunks of time: none is decoded twice
    for (let at = start; at < end; ) {
      signal?.throwIfAborted();
      const to = Math.min(end, (Math.floor(at / chunk) + 1) * chunk);
      const { data } = await zarr.readNumbers(location, [at, to]);
      transposeInto(out, end - start, at - start, data, channels, picked);
      at = to;
    }
    return out;
  };
}

async function channelIds(zarr: ZarrFolder): Promise<(string | number)[] | null> {
  if (!(await zarr.has('channel_ids'))) return null;
  const { dtype } = await zarr.describe('channel_ids');
  if (/^v2:|string/.test(dtype)) return zarr.readTexts('channel_ids');
  return Array.from((await zarr.readNumbers('channel_ids')).data as Float64Array, Number);
}

async function property(zarr: ZarrFolder, name: string, channels: number): Promise<Float64Array | null> {
  const location = `properties/${name}`;
  if (!(await zarr.has(location))) return null;
  const { data } = await zarr.readNumbers(location);
  return data.length === channels ? Float64Array.from(data as Float64Array, Number) : null;
}

async function channelLocations(zarr: ZarrFolder, attributes: Record<string, unknown>, channels: number) {
  if (await zarr.has('properties/location')) {
    const { data, shape } = await zarr.readNumbers('properties/location');
    if (shape.length === 2 && shape[0] === channels)
      return { data: Float64Array.from(data as Float64Array, Number), shape };
  }
  const positions = contactPositions(attributes.probegroup ?? attributes.probe, channels);
  return positions && locations(positions);
}
