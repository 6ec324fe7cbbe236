import { afterEach, describe, expect, it } from 'vitest';
import { native } from '../../../lib/addon/binding.js';
import { detectPeaks, type Finding, type Peaks } from '../../../lib/index.js';
import { cases, fsHz, inSmallBlocks, optionsOf, type PeakCase, pathOf, recordingOf, tracesOf } from './fixture.js';

const { signalKernels } = native().buildInfo();
const titled = cases.map((c) => [`${c.recording} ${JSON.stringify(c.options)}`, c] as const);

afterEach(() => {
  delete process.env.SPIKELAB_ISA;
});

function expectPeaks(found: Peaks, { expect: wanted }: PeakCase): void {
  expect(Array.from(found.sample)).toEqual(wanted.sample);
  expect(Array.from(found.channel)).toEqual(wanted.channel);
  expect(Array.from(found.amplitude)).toEqual(wanted.amplitude);
  wanted.threshold.forEach((threshold, c) => {
    if (threshold === null) expect(found.threshold[c]).toBe(Infinity);
    else expect(found.threshold[c] / threshold).toBeCloseTo(1, 12);
  });
  wanted.noise?.forEach((noise, c) => {
    if (noise) expect(found.noise[c] / noise).toBeCloseTo(1, 12);
    else expect(found.noise[c]).toBe(0);
  });
  if (wanted.noise === null) expect(found.noise.every(Number.isNaN)).toBe(true);
}

describe('detectPeaks', () => {
  it.each(titled)("finds numpy's peaks in traces: %s", async (_, c) => {
    expectPeaks(await detectPeaks(tracesOf(c.recording), optionsOf(c)), c);
  });

  it.each(titled)('finds them whatever the blocks and threads: %s', async (_, c) => {
    await inSmallBlocks(async () => {
      for (const threads of [1, 3]) {
        expectPeaks(await detectPeaks(tracesOf(c.recording), { ...optionsOf(c), threads }), c);
      }
    });
  });

  it.each(titled)('finds them in a recording, read in blocks: %s', async (_, c) => {
    await inSmallBlocks(async () => {
      const recording = recordingOf(c.recording);
      expectPeaks(await detectPeaks(recording, optionsOf(c)), c);
      expect(recording.reads.length).toBeGreaterThan(1);
    });
  });

  it.each(titled.filter((_, i) => i % 4 === 0))('finds them in a file: %s', async (_, c) => {
    await inSmallBlocks(async () => {
      const opening = { format: 'npy', layout: 'channels-time' } as const;
      expectPeaks(await detectPeaks(pathOf(c.recording), { ...optionsOf(c), ...opening }), c);
    });
  });

  it.each(signalKernels)('finds them with the %s kernels', async (isa) => {
    process.env.SPIKELAB_ISA = isa;
    for (const c of cases) expectPeaks(await detectPeaks(tracesOf(c.recording), optionsOf(c)), c);
  });
});

describe('what detectPeaks says', () => {
  const traces = (rows: number[][]) => rows.map((row) => Float64Array.from(row));
  const findings: Finding[] = [];
  const plain = { filter: false, onWarning: (finding: Finding) => findings.push(finding) } as const;
  const codes = (found: Peaks) => found.report.findings.map(({ code }) => code);

  it('of channels that are flat, silent or not finite, which have no peaks', async () => {
    const spike = (at: number, row: number[]) => row.map((value, i) => (i === at ? -90 : value));
    const noise = Array.from({ length: 400 }, (_, i) => (i * 7) % 5);
    const rows = [
      spike(200, noise),
      noise.map(() => 3),
      spike(
        9,
        noise.map(() => 0),
      ),
      noise.map((v, i) => (i === 5 ? Number.NaN : v)),
    ];
    const found = await detectPeaks(traces(rows), plain);
    expect(Array.from(found.sample)).toEqual([200]);
    expect(Array.from(found.noise.slice(1))).toEqual([0, 0, Number.NaN]);
    expect(Array.from(found.threshold.slice(1))).toEqual([Infinity, Infinity, Infinity]);
    expect(codes(found)).toEqual(['nan-in-traces', 'flat-channels', 'noise-zero']);
    expect(findings.map(({ code }) => code)).toEqual(['nan-in-traces', 'noise-zero']);
  });

  it('finds peaks of silent channels by a threshold in µV', async () => {
    const row = Array.from({ length: 50 }, (_, i) => (i === 0 || i === 49 ? -9 : 0));
    const options = { ...plain, thresholdUv: 4, gainsToUv: [0.5] };
    const found = await detectPeaks(traces([row]), options);
    expect(Array.from(found.sample)).toEqual([0, 49]);
    expect(Array.from(found.amplitudeUv ?? [])).toEqual([-4.5, -4.5]);
    expect(Array.from(found.threshold)).toEqual([8]);
  });

  it('keeps the first peaks of a channel with too many, and refuses too many in all', async () => {
    const row = Array.from({ length: 3000 }, (_, i) => (i % 30 === 0 ? -9 : 0));
    const options = { ...plain, thresholdUv: 4, gainsToUv: [1] };
    const found = await detectPeaks(traces([row]), { ...options, maxSpikesPerChannel: 3 });
    expect(Array.from(found.sample)).toEqual([0, 30, 60]);
    expect(codes(found)).toEqual(['spikes-capped']);
    await expect(detectPeaks(traces([row]), { ...options, limits: { maxSpikes: 99 } })).rejects.toThrow(/maxSpikes/);
  });

  it('leaves large peaks out after they have excluded others', async () => {
    const row = Array.from({ length: 200 }, (_, i) => (i === 100 ? -500 : i === 110 || i === 160 ? -20 : 0));
    const options = { ...plain, thresholdUv: 4, gainsToUv: [1], blank: { maxAmplitudeUv: 500 } };
    expect(Array.from((await detectPeaks(traces([row]), options)).sample)).toEqual([160]);
  });

  it('adds what lies at zero where nothing is filtered', async () => {
    const row = Array.from({ length: 40 }, (_, i) => (i === 20 ? 500 : 512));
    const options = { ...plain, thresholdUv: 40, gainsToUv: [5], offsetsToUv: [-2560] };
    const found = await detectPeaks(traces([row]), options);
    expect(Array.from(found.sample)).toEqual([20]);
    expect(Array.from(found.amplitude)).toEqual([-12]);
  });
});

describe('options that detectPeaks refuses', () => {
  const traces = tracesOf('ties');
  it.each([
    [{ method: 'locally-exclusive' }, /radiusUm.*places/],
    [{ thresholdSigma: 0 }, /thresholdSigma/],
    [{ thresholdUv: 5 }, /thresholdUv.*gains/],
    [{ thresholdUv: -5, gainsToUv: [1, 1, 1] }, /thresholdUv/],
    [{ thresholdSigma: [5, 5] }, /thresholdSigma.*\(3\)/],
    [{ excludeSweepMs: 0.04 }, /excludeSweepMs.*one sample/],
    [
      {
        reference: {
          groups: [
            [0, 1],
            [1, 2],
          ],
        },
      },
      /row 1 in groups 0 and 1/,
    ],
    [{ reference: { kind: 'local' } }, /places/],
    [{ badChannels: [3] }, /badChannels\[0\]/],
    [{ blank: { periodsMs: [[5, 2]] } }, /periodsMs\[0\]/],
    [{ blank: { saturation: { limitUv: 5 } } }, /gains/],
    [{ noise: 'loud' }, /noise/],
    [{ deadTimeMs: 1 }, /deadTimeMs/],
    [{ treshold: 5 }, /thresholdSigma|names/],
  ] as [object, RegExp][])('%j', async (options, message) => {
    await expect(detectPeaks(traces, { fsHz, ...options })).rejects.toThrow(message);
  });
});

describe('Peaks.toSpikeData', () => {
  it('has one unit a channel, with amplitudes beside the trains', async () => {
    const c = cases[8];
    const found = await detectPeaks(tracesOf('noisy'), {
      ...optionsOf(c),
      gainsToUv: Array(6).fill(0.5),
      startTime: 100,
    });
    const sd = found.toSpikeData();
    expect(sd.N).toBe(6);
    expect(sd.length).toBe(300);
    for (let unit = 0; unit < 6; unit++) {
      const mine = c.expect.channel.flatMap((channel, i) => (channel === unit ? [i] : []));
      expect(Array.from(sd.train[unit])).toEqual(mine.map((i) => 100 + c.expect.sample[i] / 20));
      const { spike_amplitudes, channel, location } = sd.neuronAttributes?.[unit] ?? {};
      expect(Array.from(spike_amplitudes as Float32Array)).toEqual(
        mine.map((i) => Math.fround(c.expect.amplitude[i] * 0.5)),
      );
      expect([channel, location]).toEqual([unit, [(unit % 2) * 20, Math.floor(unit / 2) * 20]]);
    }
    expect(sd.metadata.amplitude_unit).toBe('uV');
    expect(found.toSpikeData({ dropSilent: true }).N).toBe(new Set(c.expect.channel).size);
  });
});

it.each(['si-mad', 'quiroga'] as const)(
  'finds the same noise (%s) where there is memory for counts alone',
  async (noise) => {
    const [channels, samples] = [64, 100_000];
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32 - 0.5;
    };
    const data = Float32Array.from({ length: channels * samples }, () => next() + next() + next());
    const traces = { data, shape: [channels, samples] };
    const options = { fsHz, noise, reference: {}, onWarning: () => {} };
    const [roomy, tight] = [
      await detectPeaks(traces, options),
      await detectPeaks(traces, { ...options, memoryBytes: 2 ** 23 }),
    ];
    expect(tight.noise).toEqual(roomy.noise);
    expect(tight.sample).toEqual(roomy.sample);
    // by sorting, of one channel without the filter
    const one = data.subarray(0, samples);
    const alone = { fsHz, noise, filter: false, onWarning: () => {} } as const;
    const [counted] = (await detectPeaks({ data, shape: [channels, samples] }, { ...alone, memoryBytes: 2 ** 23 }))
      .noise;
    const middle = (values: Float64Array) => {
      const sorted = values.slice().sort();
      return (sorted[samples / 2 - 1] + sorted[samples / 2]) / 2;
    };
    const centre = noise === 'quiroga' ? 0 : middle(Float64Array.from(one));
    const ratio = noise === 'quiroga' ? 0.6745 : 0.6744897501960817;
    expect(counted).toBe(middle(Float64Array.from(one, (v) => Math.abs(v - centre))) / ratio);
  },
);
