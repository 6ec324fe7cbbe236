import { describe, expect, it } from 'vitest';
import type { NdArray, SparseRaster } from '../../lib/index.js';
import { LimitError, OptionError, SpikeData } from '../../lib/index.js';
import { expected } from './expected.js';

interface Binning {
  trains: number[][];
  length: number;
  startTime: number;
  binMs: number;
  raster: number[][];
  binned: number[];
  meanHz: number[];
  ratesHz: number[];
  channel: number[];
  channelRaster: number[][];
  intervals: number[][];
}

function rows({ data, shape }: NdArray): number[][] {
  return Array.from({ length: shape[0] }, (_, r) =>
    Array.from(data.subarray(r * shape[1], (r + 1) * shape[1]), Number),
  );
}

function dense({ shape, indptr, indices, data }: SparseRaster): number[][] {
  return Array.from({ length: shape[0] }, (_, r) => {
    const row = new Array<number>(shape[1]).fill(0);
    for (let k = indptr[r]; k < indptr[r + 1]; k++) row[indices[k]] += data[k];
    return row;
  });
}

describe.each(expected<Binning[]>('bin'))('bins of $binMs ms over $length ms from $startTime ms', (c) => {
  const sd = new SpikeData(c.trains, {
    length: c.length,
    startTime: c.startTime,
    neuronAttributes: c.channel.map((channel) => ({ channel })),
  });

  it('count what numpy counts', () => {
    expect(rows(sd.raster(c.binMs))).toEqual(c.raster);
    expect(dense(sd.sparseRaster(c.binMs))).toEqual(c.raster);
    expect(Array.from(sd.binned(c.binMs))).toEqual(c.binned);
    expect(rows(sd.channelRaster(c.binMs))).toEqual(c.channelRaster);
  });

  it('keep one entry a cell in the sparse form, in order', () => {
    const { indptr, indices, data } = sd.sparseRaster(c.binMs);
    for (let u = 0; u < sd.N; u++) {
      const row = Array.from(indices.subarray(indptr[u], indptr[u + 1]));
      expect(row).toEqual([...new Set(row)].sort((a, b) => a - b));
    }
    expect(data.every((count) => count > 0)).toBe(true);
  });

  it('give numpy’s rates and intervals', () => {
    const close = (actual: Float64Array, wanted: number[]) => {
      expect(actual.length).toBe(wanted.length);
      for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(wanted[i], 9);
    };
    close(sd.binnedMeanrate(c.binMs, { unit: 'Hz' }), c.meanHz);
    close(sd.rates({ unit: 'Hz' }), c.ratesHz);
    close(
      sd.rates(),
      c.ratesHz.map((rate) => rate / 1000),
    );
    expect(sd.interspikeIntervals().map((t) => Array.from(t))).toEqual(c.intervals);
  });
});

describe('bin edges', () => {
  it('put a spike on an edge into the bin before it, and one at the start into the first', () => {
    const sd = new SpikeData([[0, 20, 40]], { length: 40 });
    expect(Array.from(sd.binned(20))).toEqual([2, 1]);
    expect(Array.from(sd.raster(10).data)).toEqual([1, 1, 0, 1]);
  });

  it('do not make another bin of a rounding error in the length', () => {
    expect(new SpikeData([[100]], { length: 1000.0000000000002 }).raster(1).shape).toEqual([1, 1000]);
    expect(new SpikeData([[100]], { length: 1000.5 }).raster(1).shape).toEqual([1, 1001]);
    // the last spike then still has a bin
    expect(new SpikeData([[1000.0000000000002]]).raster(1).data[999]).toBe(1);
  });

  it('move with timeOffset', () => {
    const sd = new SpikeData([[5, 35]], { length: 40 });
    expect(Array.from(sd.raster(10, { timeOffset: 20 }).data)).toEqual([0, 0, 1, 0, 0, 1]);
    // the first 20 ms are cut off, with the spike in them
    expect(Array.from(sd.raster(10, { timeOffset: -20 }).data)).toEqual([0, 1]);
    expect(sd.raster(10, { timeOffset: -40 }).shape).toEqual([1, 0]);
    expect(sd.sparseRaster(10, { timeOffset: -40 }).data.length).toBe(0);
  });

  it('exist without units and without length', () => {
    const none = new SpikeData([], { length: 20 });
    expect(none.raster(1).shape).toEqual([0, 20]);
    expect(none.binned(4)).toEqual(new Uint32Array(5));
    expect(none.binnedMeanrate(4)).toEqual(new Float64Array(5));
    const instant = new SpikeData([[0]], { length: 0 });
    expect(instant.raster(1).shape).toEqual([1, 0]);
    expect(Array.from(instant.rates())).toEqual([0]);
  });
});

describe('large rasters', () => {
  it('agree between many threads and one row at a time', () => {
    const units = 40;
    const trains = Array.from({ length: units }, (_, u) =>
      Float64Array.from({ length: 9000 }, (_, i) => ((i * 7919 * (u + 1)) % 100_000) / 10),
    );
    const sd = new SpikeData(trains, { length: 10_000 });
    const raster = sd.raster(2.5);
    const sparse = sd.sparseRaster(2.5);
    expect(dense(sparse)).toEqual(rows(raster));
    for (const u of [0, 17, 39]) {
      expect(rows(sd.subset(u).raster(2.5))[0]).toEqual(rows(raster)[u]);
    }
    expect(raster.data.reduce((a, b) => a + b, 0)).toBe(units * 9000);
  });

  it('are refused before memory is touched', () => {
    const sd = new SpikeData([[1], [2]], { length: 1e9 });
    expect(() => sd.raster(1e-3)).toThrow(LimitError);
    expect(() => sd.sparseRaster(1e-3)).toThrow(LimitError);
    expect(() => sd.binned(1e-3)).toThrow(LimitError);
    expect(sd.sparseRaster(1).shape).toEqual([2, 1e9]);
  });

  it.each([
    ['raster', [0], /binSize must be a positive finite number, got 0/],
    ['sparseRaster', [-1], /binSize/],
    ['binned', [Number.NaN], /binSize/],
    ['binnedMeanrate', [0], /binSize/],
    ['channelRaster', [0], /binSize/],
    ['raster', [1, { timeOffset: Number.NaN }], /timeOffset/],
    ['raster', [10, { timeOffset: -100.000000001 }], /timeOffset must be at least -length \(-100 ms\)/],
    ['rates', [{ unit: 'MHz' }], /unit must be one of 'kHz', 'Hz', got "MHz"/],
    ['binnedMeanrate', [1, { unit: 'bad' }], /unit must be one of/],
  ] as const)('%s(%j) is refused', (method, args, message) => {
    const sd = new SpikeData([[1]], { length: 100, neuronAttributes: [{ channel: 1 }] });
    const call = () => (sd[method] as (...rest: unknown[]) => unknown).call(sd, ...args);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });
});
