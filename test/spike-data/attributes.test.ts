import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OptionError, SpikeData } from '../../lib/index.js';
import { lists } from './expected.js';

const withAttributes = (...neuronAttributes: Record<string, unknown>[]) =>
  new SpikeData(
    neuronAttributes.map(() => []),
    { length: 10, neuronAttributes },
  );

describe('neuron attributes', () => {
  it('are read with a default', () => {
    const sd = withAttributes({ a: 1 }, {});
    expect(sd.getNeuronAttribute('a')).toEqual([1, null]);
    expect(sd.getNeuronAttribute('a', 0)).toEqual([1, 0]);
    expect(sd.getNeuronAttribute('toString')).toEqual([null, null]);
    expect(new SpikeData([[], []]).getNeuronAttribute('a', '?')).toEqual(['?', '?']);
  });

  it('are set for all units, or some, to one value or one each', () => {
    const sd = new SpikeData([[], [], []]);
    sd.setNeuronAttribute('type', 'e');
    sd.setNeuronAttribute('rate', Float64Array.of(1, 2, 3));
    sd.setNeuronAttribute('label', ['x', 'y'], { neuronIndices: [2, 0] });
    expect(sd.neuronAttributes).toEqual([
      { type: 'e', rate: 1, label: 'y' },
      { type: 'e', rate: 2 },
      { type: 'e', rate: 3, label: 'x' },
    ]);
  });

  it('take the rows of an array, one a unit', () => {
    const sd = new SpikeData([[], []]);
    sd.setNeuronAttribute('location', { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(sd.unitLocations?.data).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(() => sd.setNeuronAttribute('x', { data: Float64Array.of(1, 2, 3), shape: [3] })).toThrow(/3 values/);
  });

  it.each([
    [[0, 1], /key must be a string/],
    [['x', [1, 2]], /values must be as long as there are units to set \(3\)/],
    [['x', [1, 2], { neuronIndices: [0] }], /values must be as long as there are units to set \(1\)/],
    [['x', 1, { neuronIndices: [3] }], /neuronIndices\[0\] must be an integer from 0 to 2, got 3/],
    [['x', 1, { neuronIndices: 0 }], /neuronIndices must be an array/],
  ])('refuse %j', (args, message) => {
    const sd = new SpikeData([[], [], []]);
    const call = () => sd.setNeuronAttribute(...(args as Parameters<SpikeData['setNeuronAttribute']>));
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
    expect(sd.neuronAttributes).toBeNull();
  });
});

describe('places', () => {
  it('come from location, else x, y, z, else position, of each unit for itself', () => {
    const places = { data: Float64Array.of(0, 1, 2, 3), shape: [2, 2] };
    expect(withAttributes({ location: [0, 1] }, { location: [2, 3] }).unitLocations).toEqual(places);
    expect(withAttributes({ position: [0, 1] }, { x: 2, y: 3 }).unitLocations).toEqual(places);
    const all = { location: [0, 1], x: 2, y: 3, position: [7, 8] };
    expect(withAttributes(all, { ...all, location: null }).unitLocations).toEqual(places);
    expect(withAttributes({ x: 1, y: 2, z: null }).unitLocations?.shape).toEqual([1, 2]);
    const vector = { data: Float64Array.of(4, 5), shape: [2] };
    expect(withAttributes({ location: vector }).unitLocations?.data).toEqual(vector.data);
    expect(withAttributes({ x: 1, y: 2, z: 3 }).unitLocations?.shape).toEqual([1, 3]);
    expect(withAttributes({ location: Float32Array.of(4, 5) }).unitLocations?.data).toEqual(Float64Array.of(4, 5));
  });

  it('are null unless every unit has one of the same kind', () => {
    expect(withAttributes({ location: [0, 1] }, {}).unitLocations).toBeNull();
    expect(withAttributes({ location: [0, 1] }, { location: [0, 1, 2] }).unitLocations).toBeNull();
    expect(withAttributes({ x: 1, y: null }).unitLocations).toBeNull();
    expect(withAttributes({ location: ['left', 'top'] }).unitLocations).toBeNull();
    expect(withAttributes({ location: [1, null] }, { location: [1, 2] }).unitLocations).toBeNull();
    expect(new SpikeData([[1]]).unitLocations).toBeNull();
    expect(withAttributes().unitLocations).toBeNull();
  });

  it('of electrodes fall back to channels', () => {
    expect(withAttributes({ electrode: 4 }, { electrode: 'B7' }).electrodes).toEqual([4, 'B7']);
    expect(withAttributes({ channel: 5 }, { channel: 10n }).electrodes).toEqual([5, 10]);
    expect(withAttributes({ electrode: 1, channel: 9 }, { channel: 2, ch: 9 }, { ch: 3 }).electrodes).toEqual([
      1, 2, 3,
    ]);
    expect(withAttributes({ electrode: null, electrode_id: 4 }, { channel: 'A1', electrode_id: 9 }).electrodes).toEqual(
      [4, 'A1'],
    );
    expect(withAttributes({ electrode: 0 }, { other: 42 }).electrodes).toBeNull();
    expect(new SpikeData([[1]]).electrodes).toBeNull();
  });
});

describe('neuronToChannelMap', () => {
  it('finds the usual names, and any other by channelAttr', () => {
    expect(withAttributes({ channel: 3 }, {}, { channel: 1 }).neuronToChannelMap()).toEqual(
      new Map([
        [0, 3],
        [2, 1],
      ]),
    );
    expect(withAttributes({ channel_id: '7' }).neuronToChannelMap()).toEqual(new Map([[0, 7]]));
    expect(withAttributes({ channel: 1, site: 9 }).neuronToChannelMap('site')).toEqual(new Map([[0, 9]]));
    expect(withAttributes({ other: 1 }).neuronToChannelMap()).toEqual(new Map());
    expect(new SpikeData([[1]]).neuronToChannelMap()).toEqual(new Map());
  });

  it('refuses what is no channel', () => {
    expect(() => withAttributes({ channel: 'A' }).neuronToChannelMap()).toThrow(
      /neuronAttributes\[0\].channel must be a channel number, got "A"/,
    );
    expect(() => new SpikeData([[1]]).channelRaster()).toThrow(/neuronAttributes must be an attribute that says/);
  });

  it('leaves units without a channel out of the channel raster', () => {
    const neuronAttributes = [{ channel: 9 }, {}, { channel: 2 }, { channel: 9 }];
    const sd = new SpikeData([[5], [5], [15], [15]], { length: 20, neuronAttributes });
    const { data, shape } = sd.channelRaster(10);
    expect([Array.from(data), shape]).toEqual([
      [0, 1, 1, 1],
      [2, 2],
    ]);
  });
});

describe('fromNeoSpikeTrains', () => {
  it('reads s, ms and us in their spellings', () => {
    const units = ['s', 'ms', 'us', 'second', 'msec', 'µs', '1.0 s', 'ns', 'min'];
    const sd = SpikeData.fromNeoSpikeTrains(units.map((unit) => ({ times: [3], units: unit })));
    expect(lists(sd.train).flat()).toEqual([3000, 3, 0.003, 3000, 3, 0.003, 3000, 3e-6, 180_000]);
  });

  it('takes the window of trains that say it, unless the options do', () => {
    const trains = [
      { times: [10.5], units: 's', tStart: 10, tStop: 15.5 },
      { times: [10_100], units: 'ms', tStart: 9000, tStop: 15_000 },
    ];
    const sd = SpikeData.fromNeoSpikeTrains(trains);
    expect([sd.startTime, sd.length]).toEqual([9000, 6500]);
    const fromZero = SpikeData.fromNeoSpikeTrains(trains, { startTime: 0 });
    expect([fromZero.startTime, fromZero.length]).toEqual([0, 15_500]);
    expect(SpikeData.fromNeoSpikeTrains(trains, { startTime: 0, length: 20_000 }).length).toBe(20_000);
    expect(SpikeData.fromNeoSpikeTrains([{ times: [2], units: 'ms' }, trains[0]]).length).toBe(10_500);
  });

  it.each([
    [
      [{ times: [1], units: 'mV' }],
      /spikeTrains\[0\].units must be a unit of time \(s, ms, us, ns, min, h\), or a product of them .*, got "mV"/,
    ],
    [[{ times: [1] }], /spikeTrains\[0\].units/],
    [[{ units: 's' }], /spikeTrains\[0\].times must be an array of numbers/],
    [[null], /spikeTrains\[0\] must be a spike train/],
    [5, /spikeTrains must be an array/],
  ])('refuses %j', (trains, message) => {
    expect(() => SpikeData.fromNeoSpikeTrains(trains as never)).toThrow(OptionError);
    expect(() => SpikeData.fromNeoSpikeTrains(trains as never)).toThrow(message);
  });
});

describe('in a REPL', () => {
  it('says in one line what there is', () => {
    const sd = new SpikeData([[1, 2, 3], [2000]], { length: 4000 });
    expect(String(sd)).toBe('SpikeData(2 units, 4 spikes, 4 s, 0.5 Hz a unit)');
    expect(String(new SpikeData([[-5]], { startTime: -10, length: 20 }))).toBe(
      'SpikeData(1 unit, 1 spike, 20 ms from -10 ms, 50 Hz a unit)',
    );
    expect(String(new SpikeData([]))).toBe('SpikeData(0 units, 0 spikes, 0 ms)');
  });

  it('shows below it what is known besides', () => {
    const sd = new SpikeData([[1]], {
      length: 1000,
      metadata: { source_file: 'a.h5' },
      neuronAttributes: [{ unit_id: 1, region: 'MO' }],
      rawData: [[1, 2]],
      rawTime: 1,
    });
    expect(inspect(sd).split('\n')).toEqual([
      'SpikeData(1 unit, 1 spike, 1 s, 1 Hz a unit)',
      '  neuronAttributes: unit_id, region',
      '  metadata: source_file',
      '  rawData: Float64Array (1 × 2)',
    ]);
  });
});
