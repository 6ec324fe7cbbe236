import { describe, expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';
import { butterFilter, designButterworth, type NdArray, OptionError } from '../../lib/index.js';
import { type Design, expected, makeSamples } from './recording.js';

const named = ({ order, lowcut, highcut, fsHz }: Design) => `order ${order}, ${lowcut}–${highcut} Hz at ${fsHz} Hz`;
const rms = (values: Float64Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

describe('designButterworth', () => {
  it.each(expected.designs.map((d) => [named(d), d] as const))("is scipy's iirfilter: %s", (_, design) => {
    const { lowcut, highcut, order, fsHz } = design;
    const { data, shape } = designButterworth({ lowcut, highcut, order, fsHz });
    expect(shape).toEqual([design.sos.length, 6]);
    design.sos.flat().forEach((value, i) => {
      // scipy's own last digits depend on which tangent numpy was built with
      expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(value)));
      if (value === 0) expect(data[i]).toBe(0);
    });
    const tiny = design.sos[0][0];
    expect(Math.abs(data[0] / tiny - 1)).toBeLessThan(1e-12);
    expect(native().filterPadding(data)).toBe(design.padding);
  });

  it('takes null for a missing cutoff', () => {
    const low = designButterworth({ highcut: 300, order: 2, fsHz: 1000 });
    expect(designButterworth({ lowcut: null, highcut: 300, order: 2, fsHz: 1000 })).toEqual(low);
  });

  it.each([
    ['lowcut', { lowcut: 500, highcut: 500, fsHz: 20000 }],
    ['lowcut', { lowcut: 600, highcut: 500, fsHz: 20000 }],
    ['lowcut', { lowcut: 0, highcut: 500, fsHz: 20000 }],
    ['lowcut', { lowcut: -1, highcut: 500, fsHz: 20000 }],
    ['lowcut', { lowcut: Number.NaN, fsHz: 20000 }],
    ['lowcut', { fsHz: 20000 }],
    ['lowcut', { lowcut: 10000, fsHz: 20000 }],
    ['highcut', { highcut: 10000, fsHz: 20000 }],
    ['highcut', { highcut: Number.POSITIVE_INFINITY, fsHz: 20000 }],
    ['order', { highcut: 500, order: 0, fsHz: 20000 }],
    ['order', { highcut: 500, order: 2.5, fsHz: 20000 }],
    ['order', { highcut: 500, order: 101, fsHz: 20000 }],
    ['fsHz', { highcut: 500, fsHz: 0 }],
    ['fsHz', { highcut: 500, fsHz: -1 }],
    ['fsHz', { highcut: 500, fsHz: Number.NaN }],
  ])('refuses a bad %s: %o', (option, options) => {
    expect(() => designButterworth(options)).toThrow(OptionError);
    expect(() => designButterworth(options)).toThrow(expect.objectContaining({ option }));
  });
});

describe('butterFilter', () => {
  const samples = makeSamples(2, 1000, 0, 240);

  it.each(expected.filtered.map((f) => [named(f), f] as const))("is scipy's sosfiltfilt: %s", async (_, f) => {
    const { lowcut, highcut, order, fsHz, float64 } = f;
    const buffer = Buffer.from(float64, 'base64');
    const wanted = new Float64Array(new Uint8Array(buffer).buffer);
    const traces = { data: samples, shape: [2, 1000] };
    const { data, shape } = (await butterFilter(traces, { lowcut, highcut, order, fsHz })) as NdArray<Float64Array>;
    expect(shape).toEqual([2, 1000]);
    const scale = rms(wanted);
    const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
    expect(worst).toBeLessThan(1e-12 * scale);
  });

  it('gives a vector for a vector, whatever holds it', async () => {
    const options = { lowcut: 300, highcut: 6000, order: 3 };
    const both = (await butterFilter({ data: samples, shape: [2, 1000] }, options)) as NdArray<Float64Array>;
    const first = both.data.subarray(0, 1000);
    const row = samples.subarray(0, 1000);
    for (const data of [row, Array.from(row), { data: row, shape: [1000] }]) {
      const alone = (await butterFilter(data, options)) as Float64Array;
      expect(alone).toBeInstanceOf(Float64Array);
      const worst = alone.reduce((most, value, i) => Math.max(most, Math.abs(value - first[i])), 0);
      expect(worst).toBeLessThan(1e-12 * rms(first));
    }
  });

  it('gives the same bits for any number of threads', async () => {
    const many = { data: makeSamples(40, 9000, 0, 240), shape: [40, 9000] };
    const options = { lowcut: 300, highcut: 6000, order: 3 };
    const one = await butterFilter(many, { ...options, threads: 1 });
    expect(await butterFilter(many, { ...options, threads: 4 })).toEqual(one);
  });

  it('makes a whole channel NaN where one sample is, as scipy does, and no other', async () => {
    const data = makeSamples(2, 20000, 0, 240);
    data[10000] = Number.NaN;
    const filtered = (await butterFilter({ data, shape: [2, 20000] }, { lowcut: 300 })) as NdArray<Float64Array>;
    expect(filtered.data.subarray(0, 20000).every(Number.isNaN)).toBe(true);
    expect(filtered.data.subarray(20000).some(Number.isNaN)).toBe(false);
  });

  it('says how many samples the padding needs', async () => {
    const short = butterFilter(new Float64Array(18), { highcut: 100, fsHz: 1000 });
    await expect(short).rejects.toThrow(/at least 19 samples.*got "18 samples"/);
    await expect(butterFilter(new Float64Array(19).fill(1), { highcut: 100, fsHz: 1000 })).resolves.toHaveLength(19);
  });

  it('refuses what is not traces', async () => {
    for (const data of [null, 3, 'x', [], {}, { data: samples, shape: [2, 3, 4] }, [[1, 2], [1]]]) {
      await expect(butterFilter(data as never, { highcut: 100 })).rejects.toThrow(OptionError);
    }
  });
});
