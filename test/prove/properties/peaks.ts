/** Peaks of random recordings, by all rules, references and kinds of noise, against the definitions in numpy. */
import { detectPeaks, type PeakOptions } from 'spikelab';
import { expectSame } from '../compare.js';
import { Difference, type Property } from '../property.js';

type PeaksSpec = {
  seed: number;
  channels: number;
  samples: number;
  stored: string;
  flat: boolean;
  filter: boolean;
  reference: string;
  method: string;
  sign: string;
  noise: string;
  sigma: number;
  sweepMs: number;
  deadMs: number;
  radius: number;
  bad: number[];
  blank: number[][];
  threads: number;
  read: boolean;
  isa: string;
};

interface Found {
  traces: Float32Array | Int16Array;
  sample: Float64Array;
  channel: Float64Array;
  amplitude: Float32Array;
  noise: Float64Array;
  threshold: Float64Array;
  /** Which of two is larger is a matter of rounding. */
  tied: boolean;
}

const fsHz = 20000;
/** What scipy's filter needs on both sides, and more. */
const leastSamples = 200;

const definitions: Property<PeaksSpec> = {
  name: 'peaks/definitions',
  weight: 2,
  needs: ['numpy', 'scipy'],
  draw: (random) => {
    const samples = random.int(leastSamples, random.pick([1500, 6000, 40_000]));
    return {
      seed: random.seed(),
      channels: random.int(1, random.pick([3, 18, 40])),
      samples,
      stored: random.pick(['float32', 'int16', 'coarse']),
      flat: random.chance(0.2),
      filter: random.chance(0.7),
      reference: random.pick(['none', 'median', 'median', 'average', 'local', 'single', 'groups']),
      method: random.pick(['by-channel', 'by-channel', 'locally-exclusive', 'dead-time']),
      sign: random.pick(['neg', 'pos', 'both']),
      noise: random.pick(['si-mad', 'si-mad', 'mad', 'quiroga', 'std', 'rms']),
      sigma: random.pick([2.5, 3, 4, 5]),
      sweepMs: random.pick([0.05, 0.3, 1, 4]),
      deadMs: random.pick([0.05, 0.7, 1.5]),
      radius: random.pick([0, 25, 60, 1000]),
      bad: random.some([0, 1, 2, 5, 17], 0.1),
      blank: random.some([0, 1, 2], 0.2).map(() => {
        const start = random.int(0, samples);
        return [start, Math.min(samples, start + random.int(0, 400))];
      }),
      threads: random.int(1, 3),
      read: random.chance(0.5),
      isa: random.pick(['', 'baseline', 'avx2']),
    };
  },
  async check(given, { python, count, skip }) {
    const spec = plain(given);
    const expected = await python.ask<Found>('peaks.find', { spec });
    if (expected.tied)
      return skip('peaks of channels that mirror each other', 'their heights differ by rounding alone');
    const { channels, samples } = spec;
    const source = spec.read
      ? recording(expected.traces, channels, samples)
      : { data: expected.traces, shape: [channels, samples] };
    process.env.SPIKELAB_ISA = spec.isa;
    try {
      const found = await detectPeaks(source as never, optionsOf(spec));
      expectSame(Array.from(found.sample), Array.from(expected.sample), 'sample');
      expectSame(Array.from(found.channel), Array.from(expected.channel), 'channel');
      expectSame(Array.from(found.amplitude), Array.from(expected.amplitude), 'amplitude');
      close(found.noise, expected.noise, 'noise');
      close(found.threshold, expected.threshold, 'threshold');
    } finally {
      delete process.env.SPIKELAB_ISA;
    }
    count('two ways', `peaks ${spec.method} = numpy`);
  },
};

/** A case that means something, of any smaller one. */
function plain(spec: PeaksSpec): PeaksSpec {
  const channels = Math.max(1, spec.channels);
  const samples = Math.max(leastSamples, spec.samples);
  const inside = (at: number) => Math.min(samples, Math.max(0, at));
  return {
    ...spec,
    channels,
    samples,
    sigma: spec.sigma || 3,
    sweepMs: Math.max(0.05, spec.sweepMs),
    deadMs: Math.max(0.05, spec.deadMs),
    threads: Math.max(1, spec.threads),
    bad: (spec.bad ?? []).filter((row) => row < channels),
    blank: (spec.blank ?? [])
      .filter((pair) => pair?.length === 2)
      .map(([start, end]) => [inside(start), inside(Math.max(start, end))]),
    // the one that all are referenced to has to be good
    reference: spec.reference === 'single' && (spec.bad ?? []).includes(0) ? 'none' : spec.reference,
  };
}

function optionsOf(spec: PeaksSpec): PeakOptions {
  const rows = Array.from({ length: spec.channels }, (_, c) => c);
  const groups = [0, 1].map((group) => rows.filter((c) => c % 3 === group)).filter((group) => group.length > 0);
  const references: Record<string, PeakOptions['reference']> = {
    none: false,
    median: {},
    average: { operator: 'average' },
    local: { kind: 'local', radiusUm: [15, 40], minNeighbours: 3 },
    single: { kind: 'single', channels: 0 },
    groups: { groups },
  };
  const deadTime = spec.method === 'dead-time';
  return {
    fsHz,
    method: spec.method as PeakOptions['method'],
    peakSign: spec.sign as PeakOptions['peakSign'],
    noise: spec.noise as PeakOptions['noise'],
    thresholdSigma: spec.sigma,
    filter: spec.filter,
    reference: references[spec.reference],
    channelLocations: rows.map((c) => [(c % 2) * 20, Math.floor(c / 2) * 25]),
    badChannels: spec.bad,
    blank: { periodsMs: spec.blank.map(([start, end]) => [(start * 1000) / fsHz, (end * 1000) / fsHz] as const) },
    threads: spec.threads,
    onWarning: () => {},
    ...(deadTime ? { deadTimeMs: spec.deadMs } : { excludeSweepMs: spec.sweepMs }),
    ...(spec.method === 'locally-exclusive' ? { radiusUm: spec.radius } : {}),
  };
}

/** The same traces, to be read in pieces. */
function recording(data: Found['traces'], channels: number, samples: number) {
  return {
    ...{
      format: 'drawn',
      channels,
      samples,
      fsHz,
      dtype: 'any',
      channelLocations: null,
      gainsToUv: null,
      offsetsToUv: null,
    },
    async read({ start, end, channels: wanted }: { start: number; end: number; channels?: readonly number[] }) {
      const rows = wanted ?? Array.from({ length: channels }, (_, c) => c);
      const out = new (data.constructor as Float32ArrayConstructor)(rows.length * (end - start));
      rows.forEach((c, r) => void out.set(data.subarray(c * samples + start, c * samples + end), r * (end - start)));
      return { data: out, shape: [rows.length, end - start] };
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

/** Sums may be rounded in another order. */
function close(found: Float64Array, expected: Float64Array, place: string): void {
  expected.forEach((value, c) => {
    if (found[c] === value || Math.abs(found[c] - value) <= 1e-12 * Math.abs(value)) return;
    throw new Difference(`${place}[${c}]`, found[c], value);
  });
}

export const peaks = [definitions];
