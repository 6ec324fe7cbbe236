/** Raw recordings: what others wrote, in random pieces and whole; spikes found with any threads and pieces. */
import { join } from 'node:path';
import {
  detectSpikes,
  type NdArray,
  type OpenRecordingOptions,
  openRecording,
  type Recording,
  SpikeData,
} from 'spikelab';
import { expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import type { Random } from '../random.js';
import { rates } from '../spikes.js';
import { cutPieces, readPieces, type Traces } from './pieces.js';
import { drawStorage } from './storage.js';
import { drawZarr, isUnsupported, plainZarr, type ZarrSpec } from './zarr.js';

type Spec = {
  seed: number;
  format: string;
  samples: number;
  channels: number;
  dtype: string;
  layout: string;
  offset: number;
  fortran: boolean;
  version: number;
  libver: string;
  fsHz: number;
  storage: ReturnType<typeof drawStorage> | null;
  zarr: ZarrSpec | null;
  consolidated: boolean;
  reads: number;
};

const dtypes = ['<i2', '<i2', '>i2', '<u2', '<i4', '>i4', '<f4', '>f4', '<f8', '>f8', 'i1', 'u1', '<u4'];
const endings: Record<string, string> = {
  binary: '.dat',
  npy: '.npy',
  hdf5: '.h5',
  zarr: '.zarr',
  nwb: '.nwb',
  maxwell: '.raw.h5',
  mcs: '.h5',
};
/** These store samples of one type only. */
const onlyType: Record<string, string> = { spikeglx: '<i2', openephys: '<i2', maxwell: '<u2', mcs: '<i4' };

function draw(random: Random, formats: readonly string[], maxValues: number): Spec {
  const channels = 1 + random.size(400);
  const format = random.pick(formats);
  return {
    seed: random.seed(),
    format,
    samples:
      1 + random.size(Math.min(1_000_000, Math.floor((random.chance(0.9) ? maxValues / 10 : maxValues) / channels))),
    channels,
    dtype: onlyType[format] ?? random.pick(dtypes),
    layout: random.pick(['time-channels', 'channels-time']),
    offset: random.pick([0, 0, 1, 100]),
    fortran: random.chance(0.5),
    version: random.int(1, 3),
    libver: random.pick(['earliest', 'latest']),
    fsHz: random.pick(rates),
    storage: { ...drawStorage(random), chunk: random.size(5000), column: '(N,)' },
    zarr: { ...drawZarr(random), chunk: 1 + random.size(20_000) },
    consolidated: random.chance(0.5),
    reads: random.int(1, 8),
  };
}

type Truth = Traces & { traces: Float64Array };

/** Writes the file, and says how to open it. */
async function written(spec: Spec, { folder, python }: Tools) {
  const path = join(folder, `their${endings[spec.format] ?? ''}`);
  const fsHz = spec.fsHz || 1000;
  const request = { ...spec, fsHz, version: Math.max(1, spec.version), zarr: spec.zarr ?? plainZarr, path };
  const truth = await python.ask<Truth>('recordings.write', request);
  const layout = spec.layout as 'time-channels' | 'channels-time';
  const options: Record<string, OpenRecordingOptions> = {
    binary: { fsHz, layout, channels: truth.channels, dtype: spec.dtype, byteOffset: spec.offset },
    npy: { fsHz, layout },
    hdf5: { fsHz, layout, dataset: 'a/traces' },
  };
  return { path, truth, options: options[spec.format] ?? {} };
}

const readable: Property<Spec> = {
  name: 'recordings/read',
  weight: 2,
  needs: ['numpy', 'h5py', 'zarr'],
  draw: (random) =>
    draw(
      random,
      ['binary', 'npy', 'hdf5', 'hdf5', 'zarr', 'zarr', 'si-binary', 'nwb', 'spikeglx', 'openephys', 'maxwell', 'mcs'],
      3e6,
    ),
  async check(spec, tools) {
    const { path, truth, options } = await written(spec, tools);
    const recording = await openOrRefuse(spec, path, options, tools);
    if (!recording) return;
    try {
      expectSame([recording.channels, recording.samples], [truth.channels, truth.samples], '[channels, samples]');
      const version = spec.format === 'zarr' ? ` v${spec.zarr?.version === 3 ? 3 : 2}` : '';
      await readPieces(recording, truth, spec, `recording ${spec.format}${version}`, tools);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      tools.skip(`Zarr codec ${spec.zarr?.compressor} ${spec.zarr?.filters.join(' ')}`, 'refused as unsupported');
    } finally {
      await recording.close();
    }
  },
};

async function openOrRefuse(
  spec: Spec,
  path: string,
  options: OpenRecordingOptions,
  tools: Tools,
): Promise<Recording | null> {
  return openRecording(path, options).catch((error: unknown) => {
    if (!isUnsupported(error)) throw error;
    tools.skip(`${spec.format} ${spec.dtype} ${spec.zarr?.compressor ?? ''}`, 'refused as unsupported');
    return null;
  });
}

type DetectSpec = Spec & { threads: number; piece: number; sigma: number; filter: boolean; direction: string };

const detectable: Property<DetectSpec> = {
  name: 'recordings/detect',
  weight: 1,
  needs: ['numpy', 'h5py', 'zarr'],
  draw: (random) => ({
    ...draw(random, ['binary', 'npy', 'hdf5', 'nwb', 'si-binary', 'zarr'], 1e6),
    zarr: null,
    threads: random.int(1, 5),
    piece: 64 + random.size(50_000),
    sigma: random.pick([3, 4, 5]),
    filter: random.chance(0.6),
    direction: random.pick(['both', 'up', 'down']),
  }),
  async check(spec, tools) {
    const { path, truth, options } = await written(spec, tools);
    const fsHz = Math.max(13_000, spec.fsHz);
    const direction = spec.direction as 'both' | 'up' | 'down';
    // the filter extends a channel by 21 samples at each end, and needs more than that
    const common = {
      fsHz,
      direction,
      filter: spec.filter && truth.samples > 30,
      thresholdSigma: Math.max(1, spec.sigma),
      keepRaw: false as const,
    };
    const traces: NdArray = { data: truth.traces, shape: [truth.channels, truth.samples] };
    const onWarning = () => {};
    const whole = await SpikeData.fromThresholding(traces, { ...common, onWarning });
    const restore = await cutPieces(Math.max(64, spec.piece));
    try {
      const streamed = await detectSpikes(path, {
        ...options,
        ...common,
        threads: Math.max(1, spec.threads),
        onWarning,
      });
      expectTrains(streamed.train, whole.train, 'spikes in pieces');
    } finally {
      restore();
    }
    const other = await detectSpikes(path, { ...options, ...common, threads: 1, onWarning });
    expectTrains(other.train, whole.train, 'spikes with one thread');
    tools.count('two ways', `detection in ${spec.format}: pieces, threads, memory`);
  },
};

export const recordings = [readable, detectable];
