/** SpikeData as JSON, as a structured clone, and sent to another thread. */
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { loadSpikeDataFromHdf5, SpikeData } from '../../lib/index.js';
import { lists } from './expected.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/hdf5/${name}`, import.meta.url));
const through = (sd: unknown) => JSON.parse(JSON.stringify(sd));
const make = (more: Record<string, unknown> = {}) =>
  new SpikeData([[3.25, 1], [], [2]], {
    length: 20,
    startTime: -5,
    neuronAttributes: [{ unit_id: 5 }, { unit_id: 'b' }, {}],
    metadata: { a: 1, ...more },
  });

/** What arrives in another thread: the sender's memory is moved where `transfer` lists it. */
function sent(message: { value: unknown; transfer?: ArrayBuffer[] }): unknown {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(message.value, message.transfer ?? []);
    return receiveMessageOnPort(port2)?.message;
  } finally {
    port1.close();
  }
}

describe('JSON of a SpikeData', () => {
  it('has the spikes and what is known about them', () => {
    expect(through(make())).toEqual({
      N: 3,
      length: 20,
      startTime: -5,
      train: [[1, 3.25], [], [2]],
      neuronAttributes: [{ unit_id: 5 }, { unit_id: 'b' }, {}],
      metadata: { a: 1 },
      report: null,
      rawData: null,
    });
    expect(through({ result: [make()] }).result[0].train).toEqual([[1, 3.25], [], [2]]);
  });

  it('keeps of each kind of value what JSON can hold', () => {
    const shared = { x: 1 };
    const metadata = {
      big: 12345678901234567890n,
      small: 7n,
      ids: BigInt64Array.of(1n, 2n ** 60n),
      wave: Float32Array.of(0.5, Number.NaN),
      matrix: { data: Int16Array.of(1, 2, 3, 4), shape: [2, 2] },
      nan: Number.NaN,
      map: new Map<unknown, unknown>([
        ['k', Int8Array.of(1)],
        [5, 'five'],
      ]),
      pairs: new Map([[[0, 1], 'edge']]),
      set: new Set([1n, 2n]),
      date: new Date(0),
      bytes: new Uint8Array([1, 2]).buffer,
      part: make(),
      // the same object twice is no circle
      twice: [shared, shared],
      nothing: undefined,
      ['__proto__']: { polluted: true },
    };
    const json = through(new SpikeData([[1]], { metadata }));
    expect(json.metadata).toMatchObject({
      big: '12345678901234567890',
      small: 7,
      ids: [1, '1152921504606846976'],
      wave: [0.5, null],
      matrix: { data: [1, 2, 3, 4], shape: [2, 2] },
      nan: null,
      map: { k: [1], 5: 'five' },
      pairs: [[[0, 1], 'edge']],
      set: [1, 2],
      date: '1970-01-01T00:00:00.000Z',
      bytes: [1, 2],
      twice: [{ x: 1 }, { x: 1 }],
    });
    expect(json.metadata.part.train).toEqual([[1, 3.25], [], [2]]);
    expect(json.metadata.polluted).toBeUndefined();
  });

  it('says that there were raw traces, without them', () => {
    const sd = new SpikeData([[1]], { rawData: [Int16Array.of(1, 2)], rawTime: 1 });
    expect(through(sd).rawData).toEqual({ shape: [1, 2], dtype: 'Int16Array' });
    expect(SpikeData.fromJSON(through(sd)).rawData).toBeNull();
  });

  it('refuses what holds itself', () => {
    const sd = make();
    sd.metadata.self = sd;
    expect(() => JSON.stringify(sd)).toThrow(/metadata must be free of the SpikeData that it belongs to/);
    const circle: Record<string, unknown> = {};
    circle.inner = [circle];
    expect(() => JSON.stringify(make({ circle }))).toThrow(
      /metadata\.circle\.inner\[0\] must be a value that does not/,
    );
    delete sd.metadata.self;
    expect(through(sd).N).toBe(3);
  });

  it('comes back the same, report and all', async () => {
    const loaded = await loadSpikeDataFromHdf5(fixture('group.h5'), { groupPerUnit: 'units', onWarning() {} });
    for (const sd of [make(), loaded, new SpikeData([]), new SpikeData([[], []], { length: 3 })]) {
      const back = SpikeData.fromJSON(through(sd));
      expect([back.N, back.length, back.startTime]).toEqual([sd.N, sd.length, sd.startTime]);
      expect(lists(back.train)).toEqual(lists(sd.train));
      expect([back.neuronAttributes, back.metadata]).toEqual([sd.neuronAttributes, sd.metadata]);
      expect(back.report).toEqual(sd.report);
    }
  });

  it.each([
    [JSON.stringify(make()), /value must be an object with train, .*JSON\.parse/],
    [null, /value must be an object with train/],
    [{}, /value must be an object with train/],
    [{ train: [[1, null]] }, /train\[0\]\[1\] must be a number/],
    [{ train: [['1']] }, /train\[0\]\[0\] must be a number/],
    [{ train: [[5]], length: 1 }, /train\[0\] must be no later/],
    [{ train: [[5]], neuronAttributes: [{}, {}] }, /neuronAttributes/],
  ])('is not made of %j', (value, message) => {
    expect(() => SpikeData.fromJSON(value)).toThrow(message);
  });
});

describe('a structured clone of a SpikeData', () => {
  it('has the spikes, and makes a SpikeData again', () => {
    const sd = new SpikeData([[1, 2.5], [3]], {
      length: 10,
      rawData: [[1, 2]],
      rawTime: 0.5,
      metadata: { part: make() },
    });
    const clone = structuredClone(sd) as unknown as SpikeData;
    expect(lists(clone.train)).toEqual([[1, 2.5], [3]]);
    expect([...clone.rawData!.data, ...clone.rawTime!]).toEqual([1, 2, 0, 2]);
    expect(lists((clone.metadata.part as SpikeData).train)).toEqual([[1, 3.25], [], [2]]);
    const back = SpikeData.fromTransferable(clone);
    expect([back.subset([1]).train[0][0], back.length, back.rawData?.shape]).toEqual([3, 10, [1, 2]]);
    expect({ ...sd }).toHaveProperty('train');
  });
});

describe('a SpikeData in a message', () => {
  it('arrives whole, and its memory moves without a copy', () => {
    const raw = Int16Array.of(1, 2, 3, 4);
    const sd = new SpikeData([[1, 2.5], [3]], {
      length: 10,
      rawData: [raw],
      rawTime: 0.5,
      metadata: { m: new Map([['k', 1n]]) },
    });
    const { value, transfer } = sd.toTransferable();
    expect(transfer).toContain(sd.train[0].buffer);
    expect(transfer).toContain(sd.rawData?.data.buffer);
    const there = SpikeData.fromTransferable(sent({ value, transfer }));
    expect(transfer.map(({ byteLength }) => byteLength)).toEqual(transfer.map(() => 0));
    expect(lists(there.train)).toEqual([[1, 2.5], [3]]);
    expect([there.length, there.rawData?.data, [...there.rawTime!]]).toEqual([10, raw, [0, 2, 4, 6]]);
    expect(there.metadata).toEqual({ m: new Map([['k', 1n]]) });
  });

  it('leaves behind one that says where its spikes are', () => {
    const sd = new SpikeData([[1, 2]], { rawData: [[1, 2]], rawTime: 1 });
    const before = sd.train;
    expect(before[0].length).toBe(2);
    sent(sd.toTransferable());
    for (const use of [
      () => sd.train,
      () => [...sd.times],
      () => sd.raster(),
      () => sd.subset(0),
      () => sd.toJSON(),
      () => sd.idcesTimes(),
      () => sd.rates(),
    ])
      expect(use).toThrow(/SpikeData must be one that has its spikes, got "one whose memory was transferred"/);
    expect(() => sd.rawData).toThrow(/rawData must be still here/);
    expect(String(sd)).toMatch(/2 spikes/);
  });

  it('stays where only its form is asked for', () => {
    const sd = make();
    const clone = SpikeData.fromTransferable(sent({ value: sd.toTransferable().value }));
    expect(lists(clone.train)).toEqual(lists(sd.train));
    expect(clone.neuronAttributes).toEqual(sd.neuronAttributes);
  });

  it('works for spikes in memory of native code, and for none', async () => {
    const count = 100_000;
    const many = SpikeData.fromIdcesTimes(
      new Uint8Array(count),
      Float64Array.from({ length: count }, (_, i) => i),
    );
    const loaded = await loadSpikeDataFromHdf5(fixture('group.h5'), { groupPerUnit: 'units', onWarning() {} });
    for (const sd of [many, loaded, new SpikeData([]), new SpikeData([[]])]) {
      const [trains, report] = [lists(sd.train), sd.report];
      const there = SpikeData.fromTransferable(sent(sd.toTransferable()));
      expect(lists(there.train)).toEqual(trains);
      expect(there.report).toEqual(report);
    }
  });

  it('takes along a SpikeData among its attributes, and what occurs twice or within itself', () => {
    const circle: Record<string, unknown> = { name: 'o' };
    circle.self = circle;
    const part = make();
    const parts = new Map([['first', part]]);
    const sd = make({ part, parts, list: [part], circle });
    const { metadata } = SpikeData.fromTransferable(sent(sd.toTransferable()));
    for (const found of [
      metadata.part,
      (metadata.parts as Map<string, unknown>).get('first'),
      (metadata.list as unknown[])[0],
    ]) {
      expect(found).toBeInstanceOf(SpikeData);
      expect(lists((found as SpikeData).train)).toEqual([[1, 3.25], [], [2]]);
    }
    expect((metadata.circle as typeof circle).self).toBe(metadata.circle);
  });

  it('moves nothing that another array lies in', () => {
    const all = Float64Array.of(9, 1, 2, 9);
    const sd = new SpikeData([[1]], { rawData: { data: all.subarray(1, 3), shape: [1, 2] }, rawTime: 1 });
    const there = SpikeData.fromTransferable(sent(sd.toTransferable()));
    expect(all).toEqual(Float64Array.of(9, 1, 2, 9));
    expect(there.rawData?.data).toEqual(Float64Array.of(1, 2));
  });

  it('refuses what cannot be sent, and what was not', () => {
    expect(() => make({ run: () => {} }).toTransferable()).toThrow(/metadata\.run must be a value that can be cloned/);
    const { value } = make().toTransferable();
    const changed = (more: object) => () => SpikeData.fromTransferable({ ...value, ...more });
    expect(changed({ times: [1] })).toThrow(/value\.times must be a Float64Array/);
    expect(changed({ times: Float64Array.of(1, 2) })).toThrow(/value\.times must be of 3 spikes/);
    expect(changed({ times: new Float64Array() })).toThrow(/transferred before/);
    expect(changed({ times: Float64Array.of(1, Number.NaN, 2) })).toThrow(/value\.times/);
    expect(changed({ offsets: Float64Array.of(0, 5, 2, 3) })).toThrow(/offsets/);
    expect(changed({ length: 1 })).toThrow(/train\[0\]/);
    expect(() => SpikeData.fromTransferable(5)).toThrow(/value must be an object/);
  });
});
