import { describe, expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';
import { LimitError, OptionError, SpikeData } from '../../lib/index.js';
import { expected, lists, split, typed } from './expected.js';

interface Grouping {
  dtype: string;
  units: number[];
  samples: number[];
  fsHz: number;
  trains: number[][];
  duplicates: number;
  unsorted: number;
  empty: number;
}

describe('grouping by unit', () => {
  it.each(expected<Grouping[]>('group'))('of $dtype indices finds what numpy finds', async (c) => {
    const request = {
      units: typed(c.dtype, c.units),
      times: Int32Array.from(c.samples),
      scale: { multiply: 1000, divide: c.fsHz },
      maxUnits: 1e6,
    };
    for (const result of [native().groupSpikes(request), await native().groupSpikesJob(request).result]) {
      if (result.problem) throw new Error(result.problem.kind);
      expect(split(result)).toEqual(c.trains);
      expect(result.findings).toMatchObject({
        duplicateTimes: c.duplicates,
        unsortedTrains: c.unsorted,
        emptyTrains: c.empty,
        droppedSpikes: 0,
      });
    }
  });

  it('gives the same trains however many tasks share the work', () => {
    // more than one task's worth of spikes, in an order that a wrong task boundary would show
    const spikes = 300_000;
    const units = Uint16Array.from({ length: spikes }, (_, i) => (i * 7919) % 13);
    const times = Float64Array.from({ length: spikes }, (_, i) => i);
    const sd = SpikeData.fromIdcesTimes(units, times);
    expect(sd.N).toBe(13);
    for (let u = 0; u < 13; u++) {
      const mine = Array.from(times).filter((_, i) => units[i] === u);
      expect(Buffer.from(sd.train[u].slice().buffer).equals(Buffer.from(Float64Array.from(mine).buffer))).toBe(true);
    }
  });

  it('leaves units out that the table does not name', () => {
    const request = {
      units: Int32Array.of(10, 3, 3, 99, 7),
      times: Float64Array.of(1, 5, 2, 3, 4),
      count: 2,
      trainOf: Int32Array.of(-1, -1, -1, 1, -1, -1, -1, 0),
    };
    const result = native().groupSpikes(request);
    if (result.problem) throw new Error(result.problem.kind);
    expect(split(result)).toEqual([[4], [2, 5]]);
    expect(result.findings.droppedSpikes).toBe(2);
  });

  it.each([
    [[0, 0, 1], [1, 2], {}, OptionError, /idces must be as long as times \(2\)/],
    [[0, -1], [1, 2], {}, OptionError, /idces\[1\] must be the index of a unit, at least 0, got -1/],
    [[0, 1.5], [1, 2], {}, OptionError, /idces\[1\] must be a whole number/],
    [[Number.NaN], [1], {}, OptionError, /idces\[0\] must be a whole number/],
    [[0, 3], [1, 2], { N: 3 }, OptionError, /idces\[1\] must be an index below the number of units, got 3/],
    [[0, 4e9], [1, 2], {}, LimitError, /maxUnits/],
    [[0, 0], [1, Number.NaN], {}, OptionError, /times\[1\] must be a finite time, got NaN/],
    [[0], [-1], {}, OptionError, /train\[0\] must be at or after startTime/],
    [['0'], [1], {}, OptionError, /idces\[0\] must be a number/],
    [null, [1], {}, OptionError, /idces must be an array/],
  ])('refuses %j with %j', (idces, times, options, type, message) => {
    const make = () => SpikeData.fromIdcesTimes(idces as number[], times, options);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it('refuses events that are no pairs', () => {
    expect(() => SpikeData.fromEvents([[0, 1], [1]] as never)).toThrow(/events\[1\] must be a \[unit, timeMs\] pair/);
    expect(() => SpikeData.fromEvents(5 as never)).toThrow(/events must be an iterable/);
    expect(() => SpikeData.fromEvents([[0, -5]], { length: 20 })).toThrow(OptionError);
  });
});

interface Splitting {
  dtype: string;
  seconds: number[];
  ends: number[];
  trains: number[][];
}

describe('splitting', () => {
  it.each(expected<Splitting[]>('split'))('$dtype seconds gives numpy.split, sorted, in ms', async (c) => {
    const request = {
      times: typed(c.dtype, c.seconds),
      offsets: Float64Array.of(0, ...c.ends),
      scale: { multiply: 1000 },
    };
    for (const result of [native().splitRagged(request), await native().splitRaggedJob(request).result]) {
      if (result.problem) throw new Error(result.problem.kind);
      expect(split(result)).toEqual(c.trains);
    }
    expect(Array.from(request.times as Float64Array)).toEqual(c.seconds);
  });

  it('works in place', () => {
    const times = Float64Array.of(3, 1, 2);
    const result = native().splitRagged({ times, offsets: Uint32Array.of(0, 2, 3), scale: { add: 1 }, inPlace: true });
    expect(result.problem).toBeUndefined();
    expect(Array.from(times)).toEqual([2, 4, 3]);
  });

  it.each([
    [[0, 2], 1],
    [[1, 3], 0],
    [[0, 4], 1],
    [[0, 2, 1, 3], 2],
    [[0, 1.5, 3], 1],
    [[0, Number.NaN, 3], 1],
  ])('refuses offsets %j', (offsets, position) => {
    const result = native().splitRagged({ times: Float64Array.of(1, 2, 3), offsets: Float64Array.from(offsets) });
    expect(result.problem).toMatchObject({ kind: 'offsets', position });
  });

  it('refuses integers that no double holds, and names the first as it was given', () => {
    const times = BigInt64Array.of(1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 60n));
    const problem = { kind: 'inexact-time', position: 2, value: 2 ** 53 };
    expect(native().splitRagged({ times, offsets: Float64Array.of(0, 4) }).problem).toEqual(problem);
    const units = new Uint8Array(4);
    expect(native().groupSpikes({ units, times, maxUnits: 1 }).problem).toEqual(problem);
    expect(native().groupSpikes({ units: units.subarray(2), times: times.subarray(0, 2), maxUnits: 1 }).problem).toBe(
      undefined,
    );
  });

  it('names the first time that is not finite, whichever task finds it', () => {
    const times = new Float64Array(400_000);
    times[390_000] = times[123_456] = times[300_000] = Number.NaN;
    const offsets = Float64Array.from({ length: 401 }, (_, u) => u * 1000);
    const bad = { kind: 'non-finite-time', position: 123_456 };
    expect(native().splitRagged({ times, offsets }).problem).toMatchObject(bad);
    expect(native().groupSpikes({ units: new Uint8Array(400_000), times, maxUnits: 1 }).problem).toMatchObject(bad);
    expect(native().splitRagged({ times, offsets, inPlace: true }).problem).toMatchObject(bad);
  });

  it('names the first time that is not finite, also where only the scale makes it so', () => {
    const offsets = Float64Array.of(0, 2);
    expect(native().splitRagged({ times: Float32Array.of(1, Number.NaN), offsets }).problem).toMatchObject({
      kind: 'non-finite-time',
      position: 1,
    });
    const scale = { multiply: 1e300 };
    expect(native().splitRagged({ times: Float64Array.of(1, 1e300), offsets, scale }).problem?.position).toBe(1);
  });
});

interface Expanding {
  dtype: string;
  shape: [number, number];
  counts: number[];
  binMs: number;
  startMs: number;
  trains: number[][];
}

describe('fromRaster', () => {
  it.each(expected<Expanding[]>('expand'))('of $dtype counts gives the times of numpy.linspace', (c) => {
    const raster = { data: typed(c.dtype, c.counts), shape: c.shape };
    const sd = SpikeData.fromRaster(raster, c.binMs, { startTime: c.startMs });
    expect(lists(sd.train)).toEqual(c.trains);
    expect(sd.length).toBe(c.shape[1] * c.binMs);
    const rows = Array.from({ length: c.shape[0] }, (_, r) => c.counts.slice(r * c.shape[1], (r + 1) * c.shape[1]));
    expect(SpikeData.fromRaster(rows, c.binMs, { startTime: c.startMs }).train).toEqual(sd.train);
  });

  it('expands rows that are longer than one task', () => {
    const bins = 700_000;
    const data = new Uint8Array(2 * bins);
    for (const cell of [0, 262_143, 262_144, bins - 1, bins, 2 * bins - 1]) data[cell] = 1;
    const sd = SpikeData.fromRaster({ data, shape: [2, bins] }, 1);
    expect(lists(sd.train)).toEqual([
      [0.5, 262_143.5, 262_144.5, bins - 0.5],
      [0.5, bins - 0.5],
    ]);
  });

  it('cuts fractions off, and says so', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const sd = SpikeData.fromRaster([[1.9, 0.2, 2.5]], 10);
    expect(lists(sd.train)).toEqual([[5, 20 + 10 / 3, 20 + 20 / 3]]);
    expect(await warned).toMatchObject({ name: 'SpikeLabWarning', code: 'fractional-counts' });
  });

  it.each([
    [[[0, -1]], 1, OptionError, /raster\[0\]\[1\] must be a number of spikes, at least 0, got -1/],
    [
      [
        [0, 1],
        [Number.NaN, 0],
      ],
      1,
      OptionError,
      /raster\[1\]\[0\] must be a number of spikes/,
    ],
    [[[1e12]], 1, LimitError, /maxSpikes/],
    [[[1]], 0, OptionError, /binSizeMs must be a positive finite number/],
    [Float64Array.of(1), 1, OptionError, /raster must be a 2-D array/],
  ])('refuses %j in bins of %d ms', (raster, bin, type, message) => {
    const make = () => SpikeData.fromRaster(raster as number[][], bin);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });
});
