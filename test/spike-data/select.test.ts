import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OptionError, SpikeData } from '../../lib/index.js';
import { expected, lists } from './expected.js';

const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
beforeEach(() => warnings.mockClear());
afterEach(() => warnings.mockClear());
const codes = () => warnings.mock.calls.map(([, options]) => (options as { code: string }).code);

describe('subset', () => {
  const sd = new SpikeData([[1], [2], [3], [4]], {
    length: 50,
    startTime: -5,
    metadata: { k: 1 },
    neuronAttributes: [
      { unit_id: 10, region: 'MO' },
      { unit_id: 11, region: 'VIS' },
      { unit_id: 12n, region: 'MO' },
      { unit_id: 13 },
    ] as never,
  });

  it('keeps the units’ own order, each once, and everything else', () => {
    const part = sd.subset([3, 0, 0]);
    expect(lists(part.train)).toEqual([[1], [4]]);
    expect(part.neuronAttributes).toEqual([{ unit_id: 10, region: 'MO' }, { unit_id: 13 }]);
    expect([part.length, part.startTime, part.metadata]).toEqual([50, -5, { k: 1 }]);
    expect(lists(sd.subset([3, 0, 3, 1], { preserveOrder: true }).train)).toEqual([[4], [1], [2]]);
    expect(lists(sd.subset(2).train)).toEqual([[3]]);
    expect(lists(sd.subset(new Set([1]) as never).train)).toEqual([[2]]);
    expect(sd.subset([]).neuronAttributes).toEqual([]);
    expect(codes()).toEqual([]);
  });

  it('selects by attribute', () => {
    expect(lists(sd.subset('MO', { by: 'region' }).train)).toEqual([[1], [3]]);
    expect(lists(sd.subset([13, 12, 99], { by: 'unit_id' }).train)).toEqual([[3], [4]]);
    expect(codes()).toEqual([]);
    expect(sd.subset(['x'], { by: 'regoin' }).N).toBe(0);
    sd.subset(['VIS', 'MO'], { by: 'region', preserveOrder: true });
    expect(codes()).toEqual(['no-such-attribute', 'option-without-effect']);
  });

  it('warns of what selects nothing, and refuses indices that are not there', () => {
    expect(sd.subset([0.5, 'a', 1]).N).toBe(1);
    expect(codes()).toEqual(['no-such-unit']);
    expect(() => sd.subset([4])).toThrow(/units must be made of unit indices from 0 to 3, got 4/);
    expect(() => sd.subset([-1])).toThrow(OptionError);
    expect(() => sd.subset(undefined as never)).toThrow(/units must be a unit or an array of units/);
    expect(() => new SpikeData([[1]]).subset(['a'], { by: 'id' })).toThrow(/by must be left out/);
  });

  it('does not share attributes with the whole', () => {
    const part = sd.subset([0]);
    part.setNeuronAttribute('region', 'X');
    expect(sd.neuronAttributes?.[0].region).toBe('MO');
  });
});

interface Cutting {
  trains: number[][];
  start: number;
  end: number;
  shiftTo: number | null;
  cut: number[][];
  startTime: number;
}

describe('subtime', () => {
  it.each(expected<Cutting[]>('cut'))('$start to $end, shifted to $shiftTo, is numpy’s mask', (c) => {
    const sd = new SpikeData(c.trains, { startTime: -100, length: 250.25 });
    const part = sd.subtime(c.start, c.end, c.shiftTo === null ? {} : { shiftTo: c.shiftTo });
    expect(lists(part.train)).toEqual(c.cut);
    expect([part.startTime, part.length]).toEqual([c.startTime, c.end - c.start]);
  });

  it('counts negative times from the end, unless the recording is event-centred', () => {
    const sd = new SpikeData([[10, 30, 45, 90]], { length: 100 });
    expect(lists(sd.subtime(-80, -50).train)).toEqual([[10, 25]]);
    const centred = new SpikeData([[-8, 0, 5]], { length: 20, startTime: -10 });
    expect(lists(centred.subtime(-8, 5).train)).toEqual([[0, 8]]);
    expect(() => centred.subtime(-50, 5)).toThrow(/start must be inside the recording .*from -10 to 10 ms/);
  });

  it('with open ends keeps everything, also a spike at the very end', () => {
    const sd = new SpikeData([[10, 20, 30]], { metadata: { a: 1 }, neuronAttributes: [{ id: 7 }] });
    const copy = sd.subtime();
    expect(copy.train).toEqual(sd.train);
    expect([copy.length, copy.metadata, copy.neuronAttributes]).toEqual([30, { a: 1 }, [{ id: 7 }]]);
    expect(lists(sd.subtime(15, null).train)).toEqual([[5, 15]]);
    expect(lists(sd.subtime(null, 30).train)).toEqual([[10, 20]]);
    expect(new SpikeData([[], []]).subtime().length).toBe(0);
  });

  it.each([
    [[30, 10], /start must be less than end \(10 ms\), got 30/],
    [[10, 10], /start must be less than end/],
    [[20, 150], /end must be inside the recording .*from 0 to 100 ms\), got 150/],
    [[-101, 5], /start must be inside the recording/],
    [[Number.NaN, 5], /start must be a finite number/],
    [[0, Number.NaN], /end must be a finite number/],
    [[0, 10, { shiftTo: Number.POSITIVE_INFINITY }], /shiftTo must be a finite number/],
  ])('%j is refused', (args, message) => {
    const sd = new SpikeData([[5]], { length: 100 });
    const call = () => sd.subtime(...(args as Parameters<SpikeData['subtime']>));
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });

  it('cuts raw data with the spikes', () => {
    const rawData = { data: Int16Array.of(0, 1, 2, 3, 10, 11, 12, 13), shape: [2, 4] };
    const sd = new SpikeData([[2, 3]], { length: 4, rawData, rawTime: 1 });
    const part = sd.subtime(1, 3);
    expect(part.rawData).toEqual({ data: Int16Array.of(1, 2, 11, 12), shape: [2, 2] });
    expect(Array.from(part.rawTime ?? [])).toEqual([0, 1]);
    expect(sd.subset([0]).rawData?.data).toBe(rawData.data);
  });
});

describe('append', () => {
  const a = () => new SpikeData([[5, 10], [3]], { length: 20, metadata: { a: 1, k: 'a' } });
  const b = () => new SpikeData([[-9, -8], [-6]], { length: 10, startTime: -10, metadata: { b: 2, k: 'b' } });

  it('puts the other behind the end, wherever its own clock starts', () => {
    const sd = a().append(b(), { offset: 5 });
    expect(lists(sd.train)).toEqual([
      [5, 10, 26, 27],
      [3, 29],
    ]);
    expect([sd.length, sd.startTime, sd.metadata]).toEqual([35, 0, { a: 1, b: 2, k: 'a' }]);
    expect(lists(b().append(a()).train)).toEqual([
      [-9, -8, 5, 10],
      [-6, 3],
    ]);
  });

  it('keeps the attributes there are, with a warning where one side has none', () => {
    const with1 = new SpikeData([[1]], { length: 10, neuronAttributes: [{ id: 1 }] });
    const with2 = new SpikeData([[1]], { length: 10, neuronAttributes: [{ id: 2 }] });
    const none = new SpikeData([[1]], { length: 10 });
    expect(with1.append(with2).neuronAttributes).toEqual([{ id: 1 }]);
    expect(none.append(with2, { dropNeuronAttributes: true }).neuronAttributes).toBeNull();
    expect(codes()).toEqual([]);
    expect(with1.append(none).neuronAttributes).toEqual([{ id: 1 }]);
    expect(none.append(with2).neuronAttributes).toEqual([{ id: 2 }]);
    expect(codes()).toEqual(['attributes-of-one-side', 'attributes-of-one-side']);
  });

  it('joins raw data', () => {
    const one = new SpikeData([[1]], { length: 2, rawData: [[1, 2]], rawTime: 1 });
    const two = new SpikeData([[1]], { length: 2, rawData: [Int16Array.of(3)], rawTime: Float32Array.of(0.5) });
    const both = one.append(two);
    expect(both.rawData).toEqual({ data: Float64Array.of(1, 2, 3), shape: [1, 3] });
    expect(Array.from(both.rawTime ?? [])).toEqual([0, 1, 2.5]);
    expect(Array.from(new SpikeData([[0]], { length: 2 }).append(two).rawTime ?? [])).toEqual([2.5]);
    const wide = new SpikeData([[1]], { length: 2, rawData: [[1], [2]], rawTime: 1 });
    expect(() => one.append(wide)).toThrow(/rawData must be of as many channels as here \(1\)/);
  });

  it.each([
    [{ offset: -5 }, /offset must be a number of at least 0/],
    [{ offset: Number.NaN }, /offset/],
    [{ offset: Number.POSITIVE_INFINITY }, /offset must be a finite number/],
  ])('refuses %o', (options, message) => {
    expect(() => a().append(b(), options)).toThrow(message);
  });

  it('refuses other units and other objects', () => {
    expect(() => a().append(new SpikeData([[1]]))).toThrow(/spikeData.N must be the same as here \(2\), got 1/);
    expect(() => a().append({} as never)).toThrow(/spikeData must be a SpikeData/);
  });
});

describe('concatenateSpikeData', () => {
  const attributes = (id: string) => ({ length: 10, neuronAttributes: [{ id }], metadata: { [id]: 1, k: id } });

  it('stacks units, attributes and metadata', () => {
    const sd = new SpikeData([[1]], attributes('a')).concatenateSpikeData(new SpikeData([[5, 6]], attributes('b')));
    expect(lists(sd.train)).toEqual([[1], [5, 6]]);
    expect(sd.neuronAttributes).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(sd.metadata).toEqual({ a: 1, b: 1, k: 'b' });
    expect(codes()).toEqual([]);
  });

  it('leaves out electrodes that are not the same on both sides', () => {
    const side = (table: unknown) => new SpikeData([[1]], { length: 9, metadata: { electrodes_by_channel: table } });
    const [a, b] = [
      { 1: { x: 5 }, 2: { x: 6 }, 3: { x: 7 } },
      { 2: { x: 6 }, 3: { x: 8 }, 4: { x: 9 } },
    ];
    const joined = side(a).concatenateSpikeData(side(b));
    expect(joined.metadata.electrodes_by_channel).toEqual({ 1: { x: 5 }, 2: { x: 6 }, 4: { x: 9 } });
    expect(side(a).concatenateSpikeData(side(a)).metadata.electrodes_by_channel).toEqual(a);
    expect(side(undefined).concatenateSpikeData(side(a)).metadata.electrodes_by_channel).toEqual(a);
    expect(codes()).toEqual(['electrodes-ambiguous']);
  });

  it('keeps units apart whose ids are the same', () => {
    const neuronAttributes = [{ unit_id: 5, electrode: 2 }];
    const [one, two] = [[1], [2, 3]].map((train) => new SpikeData([train], { length: 9, neuronAttributes }));
    const both = one.concatenateSpikeData(two);
    expect([both.N, both.electrodes]).toEqual([2, [2, 2]]);
    expect(lists(both.subset(5, { by: 'unit_id' }).train)).toEqual([[1], [2, 3]]);
  });

  it('leaves attributes out that only one side has, but not those of the only side with units', () => {
    const mine = new SpikeData([[1]], attributes('a'));
    expect(mine.concatenateSpikeData(new SpikeData([[2]], { length: 10 })).neuronAttributes).toBeNull();
    expect(codes()).toEqual(['attributes-of-one-side']);
    expect(mine.concatenateSpikeData(new SpikeData([], { length: 10 })).neuronAttributes).toEqual([{ id: 'a' }]);
  });

  it('cuts a longer other, and refuses another clock', () => {
    const sd = new SpikeData([[1]], { length: 10 });
    expect(lists(sd.concatenateSpikeData(new SpikeData([[5, 15]], { length: 20 })).train)).toEqual([[1], [5]]);
    expect(codes()).toEqual(['cut-to-length']);
    expect(() => sd.concatenateSpikeData(new SpikeData([[5]], { startTime: 5 }))).toThrow(/sd.startTime/);
  });
});

describe('splitEpochs', () => {
  it('gives each recording its own clock, name and metadata', () => {
    const metadata = {
      rec_chunks_ms: [
        [0, 50],
        [50, 100],
      ],
      rec_chunk_names: ['a'],
      probe: 'P',
    };
    const sd = new SpikeData([[5, 25, 55]], { length: 100, metadata, neuronAttributes: [{ snr: 7 }] });
    const parts = sd.splitEpochs();
    expect(parts.map((p) => lists(p.train))).toEqual([[[5, 25]], [[5]]]);
    expect(parts.map((p) => p.metadata)).toEqual([
      { probe: 'P', source_file: 'a', epoch_index: 0 },
      { probe: 'P', epoch_index: 1 },
    ]);
    parts[0].setNeuronAttribute('snr', 0);
    expect(sd.neuronAttributes).toEqual([{ snr: 7 }]);
    const rec_chunks_ms = { data: Float64Array.of(0, 50, 50, 100), shape: [2, 2] };
    expect(new SpikeData([[60]], { length: 100, metadata: { rec_chunks_ms } }).splitEpochs()[1].train[0][0]).toBe(10);
  });

  it('gives each unit the template that it had in the epoch', async () => {
    const metadata = {
      rec_chunks_ms: [
        [0, 50],
        [50, 100],
      ],
    };
    const neuronAttributes = [
      {
        template: [9, 9],
        epoch_templates: [
          [1, 2],
          [3, 4],
        ],
      },
      { template: [9, 9], epoch_templates: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] } },
      { template: [9, 9], epoch_templates: { data: Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 2, 2] } },
      { template: [9, 9], epoch_templates: [[1, 2]] },
      { template: [9, 9] },
    ];
    const sd = new SpikeData([[5], [], [], [], []], { length: 100, metadata, neuronAttributes });
    expect(sd.splitEpochs().map((part) => part.neuronAttributes)).toEqual([
      [
        { template: [1, 2] },
        { template: Float32Array.of(1, 2) },
        { template: { data: Int8Array.of(1, 2, 3, 4), shape: [2, 2] } },
        { template: [1, 2] },
        { template: [9, 9] },
      ],
      [
        { template: [3, 4] },
        { template: Float32Array.of(3, 4) },
        { template: { data: Int8Array.of(5, 6, 7, 8), shape: [2, 2] } },
        {},
        { template: [9, 9] },
      ],
    ]);
    expect(sd.neuronAttributes?.[0].template).toEqual([9, 9]);
    expect(codes()).toEqual(['epoch-template-missing']);
  });

  it.each([[[]], [undefined], [[[1]]], [[['a', 2]]], ['x']])('refuses chunks %j', (rec_chunks_ms) => {
    const sd = new SpikeData([[5]], { length: 100, metadata: { rec_chunks_ms } });
    expect(() => sd.splitEpochs()).toThrow(OptionError);
  });
});
