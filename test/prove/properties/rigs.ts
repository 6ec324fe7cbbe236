/** Files of recording rigs, written by Python after their published layouts: every sample, and what is said of it. */
import { join } from 'node:path';
import { detectSpikes, type OpenRecordingOptions, openRecording, type Recording, SpikeData } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import { Difference, type Property, type Tools } from '../property.js';
import type { Random } from '../random.js';
import { rates } from '../spikes.js';
import { cutPieces, readPieces } from './pieces.js';
import { drawStorage, type StorageSpec } from './storage.js';

type Spec = {
  seed: number;
  format: string;
  layout: string;
  channels: number;
  samples: number;
  fsHz: number;
  /** Places where samples are missing, or recording was paused. */
  gaps: number;
  /** Bytes of what was being written when it ended. */
  cut: number;
  /** More streams, stores, kinds of signal or files of one recording. */
  extra: number;
  /** Pauses that were meant are joined, not opened one by one. */
  join: boolean;
  storage: StorageSpec | null;
  neo: boolean;
  reads: number;
};

const layouts: Readonly<Record<string, readonly string[]>> = {
  intan: ['single', 'signal', 'channel', 'minutes'],
  blackrock: ['2.1', '2.2', '2.3', '3.0', 'ptp'],
  neuralynx: ['ncs'],
  plexon: ['plx'],
  spikegadgets: ['chips', 'neuropixels'],
  tdt: ['tev', 'sev'],
  biocam: ['v3', 'v3 frames', 'v4'],
  edf: ['EDF', 'EDF+C', 'EDF+D', 'BDF', 'BDF+C', 'BDF+D'],
  neuroscope: ['dat', 'fil', 'lfp', 'eeg'],
};
/** Samples of blocks, records and packets. */
const borders = [60, 128, 512];

function drawSamples(random: Random, most: number): number {
  if (random.chance(0.6)) return random.size(most);
  return Math.max(0, Math.min(most, random.pick(borders) * random.size(200) + random.int(-2, 2)));
}

function draw(random: Random, maxValues: number): Spec {
  const format = random.pick(Object.keys(layouts));
  const channels = random.chance(0.2) ? 1 : 1 + random.size(400);
  return {
    seed: random.seed(),
    format,
    layout: random.pick(layouts[format]),
    channels,
    samples: drawSamples(random, Math.floor((random.chance(0.9) ? maxValues / 10 : maxValues) / channels)),
    fsHz: random.pick(rates),
    gaps: random.pick([0, 0, 1, 3, 20]),
    cut: random.pick([0, 0, 1, 7, 1000]),
    extra: random.int(0, 3),
    join: random.chance(0.5),
    storage: { ...drawStorage(random), chunk: random.size(5000) },
    neo: random.chance(0.3),
    reads: random.int(1, 6),
  };
}

interface Truth {
  path: string;
  options: OpenRecordingOptions;
  traces: Float64Array;
  dtype: string;
  channels: number;
  samples: number;
  fsHz: number;
  ids: (string | number)[] | null;
  gains: Float64Array | null;
  offsets: Float64Array | null;
  startMs: number;
  gaps: [sample: number, missing: number, ms: number][];
  /** Not opened as it is: samples are missing. */
  refused: boolean;
  /** May be refused as unsupported: gaps within the samples of a slower stream. */
  any?: boolean;
  segments?: number;
  locations?: number[][] | null;
  judge?: string;
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : String(error));

/** Writes the files; null where they hold no sample, or may be refused and are. */
async function written(spec: Spec, { folder, python }: Tools) {
  const request = { ...spec, fsHz: spec.fsHz || 1000, folder };
  const truth = await python.ask<Truth>('rigs.write', request);
  return { truth, path: join(folder, truth.path) };
}

async function opened(truth: Truth, path: string): Promise<Recording | null> {
  if (truth.samples === 0 || truth.any) return openOrNone(truth, path);
  if (truth.refused) {
    const error = await openRecording(path, truth.options).then(
      async (recording) => recording.close(),
      (reason: unknown) => reason,
    );
    if (nameOf(error) !== 'FormatError') throw new Difference('opening with samples missing', error, 'FormatError');
  }
  return openRecording(path, { gapToleranceMs: truth.refused ? 1e12 : undefined, ...truth.options });
}

async function openOrNone(truth: Truth, path: string): Promise<null> {
  const allowed = truth.samples === 0 ? ['FormatError', 'NotFoundError'] : ['UnsupportedError'];
  const options = { gapToleranceMs: 1e12, ...truth.options };
  const found = await openRecording(path, options).catch((error: unknown) => {
    if (!allowed.includes(nameOf(error)) && nameOf(error) !== 'OptionError') throw error;
    return null;
  });
  await found?.close();
  if (truth.samples === 0 && found?.samples) throw new Difference('samples', found.samples, 0);
  return null;
}

function checkAbout(recording: Recording, truth: Truth): void {
  const { channels, samples, dtype, gaps, channelLocations } = recording;
  expectSame([channels, samples, dtype], [truth.channels, truth.samples, truth.dtype], '[channels, samples, dtype]');
  expectNumbers([recording.fsHz], [truth.fsHz], 'fsHz', 1e-15);
  expectSame(recording.channelIds && [...recording.channelIds], truth.ids, 'channelIds');
  for (const key of ['gains', 'offsets'] as const) {
    const found = recording[`${key}ToUv`];
    const expected = truth[key];
    if (!expected) expectSame(found, null, `${key}ToUv`);
    else expectNumbers(found, expected, `${key}ToUv`, 1e-12);
  }
  expectNumbers([recording.startMs], [truth.startMs], 'startMs', 1e-12);
  expectSame(
    gaps.map(({ sample, missing }) => [sample, missing]),
    truth.gaps.map(([sample, missing, ms], g) => [
      sample,
      eitherOf(missing, gaps[g]?.missing, (ms * truth.fsHz) / 1000),
    ]),
    'gaps',
  );
  // clocks in µs and in seconds since 1970 have so many digits
  for (const [g, { ms }] of gaps.entries()) {
    if (!(Math.abs(ms - truth.gaps[g][2]) < 2e-3)) throw new Difference(`ms of gap ${g}`, ms, truth.gaps[g][2]);
  }
  if (truth.segments) expectSame(recording.segments, truth.segments, 'segments');
  if (truth.locations) expectNumbers(channelLocations?.data, truth.locations.flat(), 'locations');
}

/** A gap of n and a half samples counts as n or n + 1; how long it lasted is compared in any case. */
function eitherOf(expected: number, found: number, samples: number): number {
  const tie = Math.abs(Math.abs(samples % 1) - 0.5) < 1e-4;
  return tie && Math.abs(found - samples) < 0.501 ? found : expected;
}

const readable: Property<Spec> = {
  name: 'rigs/read',
  weight: 2,
  needs: ['numpy', 'h5py'],
  draw: (random) => draw(random, 2e6),
  async check(spec, tools) {
    const { truth, path } = await written(spec, tools);
    const recording = await opened(truth, path);
    if (!recording) return;
    try {
      checkAbout(recording, truth);
      await readPieces(recording, truth, spec, `${spec.format} ${spec.layout}`, tools);
      if (truth.judge) tools.count('files of strangers', `${spec.format} ${spec.layout}, as ${truth.judge} reads it`);
    } finally {
      await recording.close();
    }
  },
};

type DetectSpec = Spec & { threads: number; piece: number; sigma: number; filter: boolean };

const detectable: Property<DetectSpec> = {
  name: 'rigs/detect',
  weight: 1,
  needs: ['numpy', 'h5py'],
  draw: (random) => ({
    ...draw(random, 1e6),
    neo: false,
    threads: random.int(1, 4),
    piece: 64 + random.size(50_000),
    sigma: random.pick([3, 4, 5]),
    filter: random.chance(0.6),
  }),
  async check(spec, tools) {
    const { truth, path } = await written(spec, tools);
    if (truth.samples === 0 || truth.any) return;
    const common = {
      // the filter extends a channel by 21 samples at each end, and passes up to 6 kHz
      filter: spec.filter && truth.samples > 30 && truth.fsHz > 13_000,
      thresholdSigma: Math.max(1, spec.sigma),
      keepRaw: false as const,
      startTime: 0,
      onWarning: () => {},
    };
    const data = Float64Array.from(truth.traces as ArrayLike<number>, Number);
    const traces = { data, shape: [truth.channels, truth.samples] };
    const whole = await SpikeData.fromThresholding(traces, { ...common, fsHz: truth.fsHz });
    const expected = whole.train.map((train) => train.map((ms) => ms + lostBefore(ms, truth)));
    const options = { gapToleranceMs: truth.refused ? 1e12 : undefined, ...truth.options };
    const restore = await cutPieces(Math.max(64, spec.piece));
    try {
      const found = await detectSpikes(path, { ...options, ...common, threads: Math.max(1, spec.threads) });
      expectOnClock(found.train, expected, 'spikes in pieces', truth);
    } finally {
      restore();
    }
    const other = await detectSpikes(path, { ...options, ...common, threads: 1 });
    expectOnClock(other.train, expected, 'spikes with one thread', truth);
    tools.count('two ways', `detection in ${spec.format} ${spec.layout} and in an array`);
  },
};

/** Times within 1e-9 of the clock's own size: a spike soon after the clock came back from hours is a difference of large times. */
function expectOnClock(
  found: readonly Float64Array[],
  expected: readonly Float64Array[],
  place: string,
  truth: Truth,
): void {
  const size = Math.max(0, ...truth.gaps.map((gap) => Math.abs(gap[2])));
  const beyond = (trains: readonly Float64Array[]) => trains.map((train) => train.map((ms) => ms + size));
  expectTrains(beyond(found), beyond(expected), place, 1e-9);
}

/** Clocks that begin again leave spikes where they are; one of two samples' height is between them. */
function lostBefore(ms: number, { gaps, fsHz }: Truth): number {
  const sample = Math.floor((ms * fsHz) / 1000 + 1e-6);
  return gaps.reduce((sum, gap) => (gap[0] <= sample && gap[2] >= -1 ? sum + gap[2] : sum), 0);
}

export const rigs = [readable, detectable];
