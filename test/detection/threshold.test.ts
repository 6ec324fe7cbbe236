import { afterEach, describe, expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';
import { type Finding, type NdArray, OptionError, SpikeData } from '../../lib/index.js';
import { describeCase, expected, makeSamples, makeTraces, optionsOf, timesOf } from './recording.js';

const cases = expected.detections;
const { signalKernels } = native().buildInfo();
const silent = { onWarning: () => {} };

afterEach(() => {
  delete process.env.SPIKELAB_ISA;
});

it('makes the recordings of the fixtures', () => {
  expect(makeSamples(3, 5000, 7, 240).reduce((sum, v) => sum + v, 0)).toBe(expected.checksum);
});

describe.each(signalKernels)('SpikeData.fromThresholding with the %s kernels', (isa) => {
  it.each(cases.map((c) => [describeCase(c), c] as const))("finds scipy's spikes: %s", async (_, c) => {
    process.env.SPIKELAB_ISA = isa;
    for (const threads of [1, 3]) {
      const sd = await SpikeData.fromThresholding(makeTraces(c), { ...optionsOf(c), threads });
      expect(sd.N).toBe(c.channels);
      expect(sd.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
    }
  });
});

describe('SpikeData.fromThresholding', () => {
  const traces = makeTraces(cases[0]);

  it('refuses an instruction set that this machine has not', async () => {
    process.env.SPIKELAB_ISA = 'mmx';
    await expect(SpikeData.fromThresholding(traces)).rejects.toThrow(/SPIKELAB_ISA.*baseline/);
  });

  it('carries the original traces, shared, and the time of their samples', async () => {
    const sd = await SpikeData.fromThresholding(traces, { startTime: -100 });
    expect(sd.rawData?.data).toBe(traces.data);
    expect(sd.rawTime).toHaveLength(20011);
    expect(sd.rawTime?.[20]).toBe(1);
    expect([sd.startTime, sd.length]).toEqual([-100, 20011 / 20]);
    expect(sd.train[0]).toEqual(timesOf(cases[0].spikes[0], 20000).map((t) => t - 100));
  });

  it('carries the filtered traces, or none, where that is asked for', async () => {
    const sd = await SpikeData.fromThresholding(traces, { keepRaw: 'filtered' });
    const { butterFilter } = await import('../../lib/index.js');
    const filtered = await butterFilter(traces, { lowcut: 300, highcut: 6000, order: 3 });
    expect(sd.rawData).toEqual(filtered as NdArray);
    expect((await SpikeData.fromThresholding(traces, { keepRaw: false })).rawData).toBeNull();
    const plain = await SpikeData.fromThresholding(traces, { keepRaw: 'filtered', filter: false, ...silent });
    expect(plain.rawData?.data).toBe(traces.data);
  });

  it('takes a length, and says when spikes lie beyond it', async () => {
    expect((await SpikeData.fromThresholding(traces, { length: 5000 })).length).toBe(5000);
    await expect(SpikeData.fromThresholding(traces, { length: 10 })).rejects.toThrow(/no later than/);
  });

  it('never reports the first sample of a trace, unless every sample above counts', async () => {
    const rows = [Float64Array.from({ length: 50 }, (_, t) => (t < 3 || t === 20 ? 9 : 0))];
    const options = { fsHz: 1000, filter: false, thresholdSigma: 2, keepRaw: false } as const;
    const rising = await SpikeData.fromThresholding(rows, options);
    expect(rising.train).toEqual([Float64Array.of(20.5)]);
    const all = await SpikeData.fromThresholding(rows, { ...options, hysteresis: false });
    expect(all.train).toEqual([Float64Array.of(0.5, 1.5, 2.5, 20.5)]);
  });

  it('finds nothing in constant traces, whose filtered rest is rounding alone', async () => {
    const rows = [1, 7, -0.3, 1e6].map((value) => new Float64Array(3000).fill(value));
    const sd = await SpikeData.fromThresholding(rows, { onWarning: () => {} });
    expect(sd.train.map((train) => train.length)).toEqual([0, 0, 0, 0]);
  });

  it('warns of channels with NaN, of no spikes, and of a cap that was reached', async () => {
    const findings: Finding[] = [];
    const onWarning = (finding: Finding) => findings.push(finding);
    const withNan = expected.detections.find((c) => c.nan)!;
    await SpikeData.fromThresholding(makeTraces(withNan), { onWarning });
    await SpikeData.fromThresholding([new Float64Array(100)], { onWarning });
    const capped = await SpikeData.fromThresholding(traces, { onWarning, maxSpikesPerChannel: 5 });
    expect(findings.map((f) => f.code)).toEqual(['nan-in-traces', 'no-spikes', 'spikes-capped']);
    expect(findings[0].message).toMatch(/channel 1 /);
    expect(capped.train[0]).toEqual(timesOf(cases[0].spikes[0].slice(0, 5), 20000));
  });

  it.each([
    ['fsHz', { fsHz: 0 }],
    ['fsHz', { fsHz: -5 }],
    ['fsHz', { fsHz: Number.NaN }],
    ['fsHz', { fsHz: '20000' }],
    ['filter.highcut', { fsHz: 12000 }],
    ['filter.lowcut', { filter: { lowcut: 500, highcut: 400 } }],
    ['filter.lowcut', { filter: {} }],
    ['filter.order', { filter: { lowcut: 500, order: 0 } }],
    ['filter', { filter: 'yes' }],
    ['filter', { filter: { lowCut: 300 } }],
    ['thresholdSigma', { thresholdSigma: Number.NaN }],
    ['thresholdSigma', { thresholdSigma: -5 }],
    ['direction', { direction: 'sideways' }],
    ['hysteresis', { hysteresis: 1 }],
    ['noise', { noise: 'rms' }],
    ['keepRaw', { keepRaw: true }],
    ['length', { length: -1 }],
    ['startTime', { startTime: Number.NaN }],
    ['threads', { threads: 0 }],
    ['maxSpikesPerChannel', { maxSpikesPerChannel: 0 }],
    ['isolate', { isolate: 'yes' }],
    ['signal', { signal: {} }],
    ['onProgress', { onProgress: 3 }],
    ['onWarning', { onWarning: 3 }],
  ])('refuses a bad %s: %o', async (option, options) => {
    const call = SpikeData.fromThresholding(traces, options as never);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toMatchObject({ option });
  });

  it('takes options of detectSpikes that are about files, which change nothing', async () => {
    const options = { onWarning: () => {}, thresholdSigma: 3 };
    const { train } = await SpikeData.fromThresholding(traces, { ...options, isolate: true });
    expect(train).toEqual((await SpikeData.fromThresholding(traces, options)).train);
    expect(train.flatMap((times) => [...times]).length).toBeGreaterThan(0);
  });

  it.each([
    ['1-D data', new Float64Array(100)],
    ['no channels', []],
    ['no samples', [[], []]],
    ['rows of different lengths', [new Float64Array(100), new Float64Array(99)]],
    ['a shape beyond the data', { data: new Float64Array(10), shape: [2, 100] }],
    ['texts', [['a', 'b']]],
    ['nothing', undefined],
    ['a number', 5],
  ])('refuses %s', async (_, data) => {
    await expect(SpikeData.fromThresholding(data as never)).rejects.toThrow(OptionError);
  });

  it('says how many samples the filter needs', async () => {
    await expect(SpikeData.fromThresholding([new Float64Array(21)])).rejects.toThrow(/at least 22 samples/);
  });
});
