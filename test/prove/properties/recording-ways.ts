/** One recording in two ways: by path, by URL, from S3, isolated; its spikes by each function and by the command line. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  detectSpikes,
  loadSpikeDataFromHdf5RawThresholded,
  type OpenRecordingOptions,
  openRecording,
  type Source,
} from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import { Random } from '../random.js';
import { cli, onS3 } from './ways.js';

type Spec = {
  seed: number;
  format: string;
  samples: number;
  channels: number;
  dtype: string;
  sigma: number;
  ways: string[];
};

const run = promisify(execFile);
const fsHz = 20_000;
const names: Record<string, string> = {
  binary: 'their.dat',
  npy: 'their.npy',
  hdf5: 'their ü.h5',
  'si-binary': 'folder',
};
const ways = ['file URL', 'S3', 'isolated', 'thresholded', 'command line'];

/** How the path is written, and what both ways must be told. */
function optionsOf({ format, dtype }: Spec, channels: number): OpenRecordingOptions {
  const layout = 'time-channels' as const;
  const options: Record<string, OpenRecordingOptions> = {
    binary: { fsHz, layout, channels, dtype },
    npy: { fsHz, layout },
    // as loadSpikeDataFromHdf5RawThresholded takes them
    hdf5: { fsHz, layout: 'channels-time', dataset: 'a/traces' },
  };
  return options[format] ?? {};
}

const sameRecording: Property<Spec> = {
  name: 'ways/recording',
  weight: 1,
  needs: ['numpy', 'h5py'],
  draw: (random) => ({
    seed: random.seed(),
    format: random.pick(Object.keys(names)),
    samples: 100 + random.size(50_000),
    channels: random.int(1, 16),
    dtype: random.pick(['<i2', '<u2', '<f4', '<f8', '>i2']),
    sigma: random.pick([3, 4, 5]),
    ways: random.some(ways, 0.5),
  }),
  async check(spec, tools) {
    const path = join(tools.folder, names[spec.format]);
    const layout = spec.format === 'hdf5' ? 'channels-time' : 'time-channels';
    const stored = { layout, offset: 0, fortran: false, version: 1, libver: 'latest', storage: null, fsHz, path };
    const request = { ...spec, samples: Math.max(100, spec.samples), ...stored };
    const { channels } = await tools.python.ask<{ channels: number }>('recordings.write', request);
    for (const way of spec.ways.filter((one) => possible(one, spec.format)))
      await checkWay(way, path, spec, optionsOf(spec, channels), tools);
  },
};

/** Folders of recordings are not opened from S3. */
const possible = (way: string, format: string) =>
  ({ S3: format !== 'si-binary', thresholded: format === 'hdf5', 'command line': format === 'hdf5' })[way] ?? true;

async function checkWay(
  way: string,
  path: string,
  spec: Spec,
  options: OpenRecordingOptions,
  tools: Tools,
): Promise<void> {
  const settings = { thresholdSigma: Math.max(1, spec.sigma), keepRaw: false as const, onWarning: () => {} };
  const plain = () => detectSpikes(path, { ...options, ...settings });
  if (way === 'thresholded') {
    const sd = await loadSpikeDataFromHdf5RawThresholded(path, 'a/traces', { ...settings, fsHz });
    expectTrains(sd.train, (await plain()).train, 'spikes thresholded');
  } else if (way === 'command line') {
    const flags = ['--dataset', 'a/traces', '--fs', String(fsHz), '--sigma', String(settings.thresholdSigma)];
    const { stdout } = await run(process.execPath, [cli, 'detect', path, ...flags, '--times'], { maxBuffer: 2 ** 28 });
    const printed = JSON.parse(stdout) as { channels: { timesMs: number[] }[] };
    expectTrains(
      printed.channels.map(({ timesMs }) => timesMs),
      (await plain()).train,
      'spikes printed',
    );
  } else {
    const [source, more] = await elsewhere(way, path);
    await samePieces(path, source, options, more, spec.seed);
  }
  tools.count('two ways', `recording ${spec.format}: path and ${way}`);
}

async function elsewhere(way: string, path: string): Promise<[Source, OpenRecordingOptions]> {
  if (way === 'file URL') return [pathToFileURL(path), {}];
  return way === 'S3' ? onS3(path) : [path, { isolate: true }];
}

async function samePieces(
  path: string,
  source: Source,
  options: OpenRecordingOptions,
  more: OpenRecordingOptions,
  seed: number,
): Promise<void> {
  const one = await openRecording(path, options);
  const other = await openRecording(source, { ...options, ...more });
  try {
    const about = ({ channels, samples, fsHz: rate, dtype }: typeof one) => [channels, samples, rate, dtype];
    expectSame(about(other), about(one), '[channels, samples, fsHz, dtype]');
    const random = new Random(seed);
    for (let i = 0; i < 3; i++) {
      const [start, end] = [random.int(0, one.samples), random.int(0, one.samples)].sort((a, b) => a - b);
      const [found, expected] = [await other.read({ start, end }), await one.read({ start, end })];
      expectSame([...found.shape], [...expected.shape], 'shape');
      expectNumbers(found.data, expected.data, `samples ${start} to ${end}`);
    }
  } finally {
    await one.close();
    await other.close();
  }
}

export const recordingWays = [sameRecording];
