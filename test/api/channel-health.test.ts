import { describe, expect, it } from 'vitest';
import { channelHealth } from '../../lib/index.js';

/** Sixteen channels up a shank: shared noise, and what is said of some of them. */
function probe(kinds: Record<number, 'dead' | 'noise' | 'out'>) {
  const [channels, samples] = [16, 6000];
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  // slow waves, far below the band in which noise counts
  const shared = Float64Array.from({ length: samples }, (_, t) => 100 * Math.sin(t / 8) + 60 * Math.sin(t / 13 + 1));
  const data = new Float64Array(channels * samples);
  for (let c = 0; c < channels; c++) {
    for (let t = 0; t < samples; t++) {
      const own = random() * (kinds[c] === 'noise' ? 400 : 1);
      data[c * samples + t] = own + shared[t] * (kinds[c] === 'dead' || kinds[c] === 'out' ? 0.01 : 1);
    }
  }
  const places = Float64Array.from({ length: 2 * channels }, (_, i) => (i % 2 ? 20 * ((i - 1) / 2) : 0));
  return {
    format: 'test',
    channels,
    samples,
    fsHz: 20000,
    dtype: 'float64',
    channelLocations: { data: places, shape: [channels, 2] },
    gainsToUv: new Float64Array(channels).fill(1),
    offsetsToUv: new Float64Array(channels),
    async read({
      start,
      end,
      channels: rows = Array.from({ length: channels }, (_, c) => c),
    }: {
      start: number;
      end: number;
      channels?: readonly number[];
    }) {
      const out = new Float64Array(rows.length * (end - start));
      rows.forEach((c, r) => {
        out.set(data.subarray(c * samples + start, c * samples + end), r * (end - start));
      });
      return { data: out, shape: [rows.length, end - start] };
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

describe('channelHealth', () => {
  const kinds = { 3: 'dead', 6: 'noise', 13: 'out', 14: 'out', 15: 'out' } as const;

  it('labels channels by coherence and noise at high frequencies', async () => {
    const options = { highpassHz: false, chunks: 4, chunkMs: 50, neighbours: 5 } as const;
    const { labels, bad, features } = await channelHealth(probe(kinds), options);
    expect(labels.map((label, c) => [c, label]).filter(([, label]) => label !== 'good')).toEqual(
      Object.entries(kinds).map(([c, label]) => [Number(c), label]),
    );
    expect(bad).toEqual([3, 6, 13, 14, 15]);
    expect(Object.keys(features).sort()).toEqual(['psdHf', 'similarity', 'trend']);
    expect((await channelHealth(probe(kinds), { ...options, outsideAt: 'bottom' })).labels[15]).not.toBe('out');
  });

  it.each(['std', 'mad'] as const)('finds outliers by %s', async (method) => {
    const { bad, features } = await channelHealth(probe(kinds), { method, highpassHz: 3000, factor: 20 });
    expect(bad).toEqual([6]);
    expect(features.deviation).toHaveLength(16);
  });

  it('refuses what a method does not have, and channels without places', async () => {
    await expect(channelHealth(probe({}), { method: 'std', chunks: 3 })).rejects.toThrow(/chunks/);
    await expect(channelHealth({ ...probe({}), channelLocations: null })).rejects.toThrow(/channelLocations/);
  });
});
