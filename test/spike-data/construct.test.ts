import { describe, expect, it } from 'vitest';
import { LimitError, OptionError, SpikeData } from '../../lib/index.js';
import { spikeDataFromFlat } from '../../lib/spike-data/spike-data.js';
import { lists } from './expected.js';

describe('new SpikeData', () => {
  it('copies and sorts trains of any numeric type into one buffer', () => {
    const mine = Float64Array.of(5, 1, 3);
    const sd = new SpikeData([mine, [2, 1], Int32Array.of(4), BigInt64Array.of(7n, 6n), []]);
    expect(lists(sd.train)).toEqual([[1, 3, 5], [1, 2], [4], [6, 7], []]);
    expect(Array.from(mine)).toEqual([5, 1, 3]);
    expect(new Set(sd.train.map((t) => t.buffer)).size).toBe(1);
    expect(sd.length).toBe(7);
  });

  it('takes the rows of a 2-D array, and one array of samples as one channel', () => {
    const train = { data: Int16Array.of(3, 1, 2, 4), shape: [2, 2] } as unknown as number[][];
    const sd = new SpikeData(train, { rawData: Float32Array.of(1, 2, 3) as never, rawTime: 1 });
    expect(lists(sd.train)).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(sd.rawData?.shape).toEqual([1, 3]);
  });

  it('pads with empty trains up to N, and refuses an N below the trains', () => {
    const sd = new SpikeData([[1]], { N: 3, length: 2 });
    expect(lists(sd.train)).toEqual([[1], [], []]);
    expect(() => new SpikeData([[1], [2]], { N: 1 })).toThrow(/N must be at least the number of trains \(2\), got 1/);
    expect(() => new SpikeData([], { N: 1e9 })).toThrow(LimitError);
  });

  it('takes the length from startTime to the last spike', () => {
    expect(new SpikeData([[-50, 80]], { startTime: -100 }).length).toBe(180);
    expect(new SpikeData([[], []], { startTime: 500 }).length).toBe(0);
  });

  it.each([
    [[[1, Number.NaN]], {}, /train\[0\]\[1\] must be a finite time in ms, got NaN/],
    [[[], [Number.POSITIVE_INFINITY]], {}, /train\[1\]\[0\] must be a finite time in ms, got Infinity/],
    [[[1], [-2]], {}, /train\[1\] must be at or after startTime \(0 ms\), got -2/],
    [[[1], [50]], { length: 10 }, /train\[1\] must be no later than startTime \+ length \(10 ms\), got 50/],
    [[[50]], { length: 50, startTime: -100 }, /no later than startTime \+ length \(-50 ms\)/],
    [[], { startTime: Number.NaN }, /startTime must be a finite number, got NaN/],
    [[], { length: Number.NaN }, /length must be/],
    [[], { length: -1 }, /length must be/],
    [[], { length: Number.POSITIVE_INFINITY }, /length must be/],
    [[[], BigInt64Array.of(1n, 2n ** 60n)], {}, /train\[1\]\[1\] must be a time that a double holds/],
    [[['1']], {}, /train\[0\]\[0\] must be a number, got "1"/],
    [[1, 2], {}, /train\[0\] must be an array of numbers, got 1/],
    ['train', {}, /train must be an array/],
    [[[1]], { neuronAttributes: [] }, /neuronAttributes must be as long as there are units \(1\), got "0 objects"/],
    [[[1]], { neuronAttributes: [null] }, /neuronAttributes\[0\] must be an object/],
    [[[1]], { metadata: [] }, /metadata must be an object/],
    [[], { rawData: [] }, /rawTime must be given together with the other/],
    [[], { rawTime: 1 }, /rawData must be given together with the other/],
    [[], { rawData: [[1, 2]], rawTime: [0] }, /rawTime must be as long as rawData \(2 samples\), got "1 times"/],
    [[], { rawData: [[1, 2]], rawTime: 0 }, /rawTime must be a positive finite number, got 0/],
    [[], { rawData: [[1, 2], [3]], rawTime: 1 }, /rawData\[1\] must be as long as rawData\[0\]/],
  ])('refuses %o with %o', (train, options, message) => {
    const make = () => new SpikeData(train as number[][], options as object);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  it('leaves room for the rounding of startTime + length', () => {
    expect(0.2 + (0.9 - 0.2)).toBeLessThan(0.9);
    const { startTime, length } = new SpikeData([[0.9]], { startTime: 0.2 });
    expect(length).toBe(0.9 - 0.2);
    expect(() => new SpikeData([[0.9]], { startTime, length })).not.toThrow();
    expect(() => new SpikeData([[0.9 + 1e-12]], { startTime, length })).toThrow(OptionError);
  });

  it('keeps copies of attributes and metadata', () => {
    const attributes = [{ unit_id: 4 }];
    const metadata = { note: 'a' };
    const sd = new SpikeData([[1]], { neuronAttributes: attributes, metadata });
    attributes[0].unit_id = 5;
    metadata.note = 'b';
    expect(sd.neuronAttributes).toEqual([{ unit_id: 4 }]);
    expect(sd.metadata).toEqual({ note: 'a' });
  });

  it('borrows raw data and makes the times of a rate when asked', () => {
    const data = Int16Array.of(1, 2, 3, 4, 5, 6);
    const sd = new SpikeData([], { rawData: { data, shape: [2, 3] }, rawTime: 20 });
    expect(sd.rawData?.data).toBe(data);
    expect(Array.from(sd.rawTime ?? [])).toEqual([0, 1 / 20, 2 / 20]);
    expect(sd.rawTime).toBe(sd.rawTime);
    expect(new SpikeData([]).rawData).toBeNull();
    expect(new SpikeData([]).rawTime).toBeNull();
  });

  it('takes flat trains of a loader without copying', () => {
    const times = Float64Array.of(1, 2, 3);
    const sd = spikeDataFromFlat({ times, offsets: Float64Array.of(0, 2, 3) }, { N: 3 });
    expect(lists(sd.train)).toEqual([[1, 2], [3], []]);
    expect(sd.train[0].buffer).toBe(times.buffer);
  });
});

describe('options that are no object', () => {
  const sd = new SpikeData([[1]]);
  it.each([
    () => new SpikeData([[1]], 10 as never),
    () => SpikeData.fromIdcesTimes([0], [1], [] as never),
    () => SpikeData.fromEvents([[0, 1]], 'long' as never),
    () => SpikeData.fromRaster([[1]], 1, 5 as never),
    () => SpikeData.fromNeoSpikeTrains([], true as never),
    () => sd.rates('Hz' as never),
    () => sd.raster(1, 5 as never),
    () => sd.subset(0, 'electrode' as never),
    () => sd.subtime(0, 1, 0 as never),
    () => sd.append(sd, 5 as never),
    () => sd.setNeuronAttribute('a', 1, [0] as never),
  ])('%s says so', (call) => {
    expect(call).toThrow(/options must be an object/);
  });
});

describe('iteration', () => {
  const sd = new SpikeData([[5, 9], [], [1, 5, 7], [5]]);

  it('gives all spikes in time order, the lower unit first at equal times', () => {
    expect([...sd.times]).toEqual([1, 5, 5, 5, 7, 9]);
    expect([...sd.events]).toEqual([
      [2, 1],
      [0, 5],
      [2, 5],
      [3, 5],
      [2, 7],
      [0, 9],
    ]);
    expect([...new SpikeData([[], []]).events]).toEqual([]);
  });

  it('gives pairs unit after unit, and takes them back', () => {
    const { idces, times } = sd.idcesTimes();
    expect(Array.from(idces)).toEqual([0, 0, 2, 2, 2, 3]);
    expect(Array.from(times)).toEqual([5, 9, 1, 5, 7, 5]);
    expect(SpikeData.fromIdcesTimes(idces, times).train).toEqual(sd.train);
    expect(SpikeData.fromEvents(sd.events, { N: 5 }).train).toEqual([...sd.train, new Float64Array()]);
  });
});
