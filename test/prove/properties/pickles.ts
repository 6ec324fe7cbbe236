/** Pickles: ours read by CPython, CPython's read by us. */
import { join } from 'node:path';
import { exportSpikeDataToPickle, loadSpikeDataFromPickle, type SpikeData } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property } from '../property.js';
import { drawSpikes, makeSpikes, type SpikesSpec } from '../spikes.js';
import { inPython } from '../values.js';

type ExportSpec = { spikes: SpikesSpec; protocol: number };

/** What Python's reader tells of trains: all times, and where each unit's begin. */
export interface Flat {
  times: Float64Array;
  offsets: BigInt64Array;
}

export function trainsOf({ times, offsets }: Flat): Float64Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, u) =>
    times.subarray(Number(offsets[u]), Number(offsets[u + 1])),
  );
}

interface Unpickled extends Flat {
  N: number;
  length: number;
  start_time: number;
  raw_data: unknown;
  raw_time: Float64Array;
  metadata: unknown;
  neuron_attributes: unknown;
}

const exported: Property<ExportSpec> = {
  name: 'pickle/export',
  weight: 3,
  needs: ['numpy'],
  draw: (random) => ({
    spikes: drawSpikes(random, { rich: true, raw: true }),
    protocol: random.pick([2, 3, 4, 5]),
  }),
  async check({ spikes, protocol }, tools) {
    const sd = makeSpikes(spikes);
    const path = join(tools.folder, 'sd.pkl');
    await exportSpikeDataToPickle(sd, path, { protocol: Math.max(2, protocol) as 2 | 3 | 4 | 5 });
    const read = await tools.python.ask<Unpickled>('pickles.read', { path });
    compareUnpickled(read, sd);
    tools.count('round trips', 'pickle → CPython');
    compareLoaded(await loadSpikeDataFromPickle(path), sd);
    tools.count('round trips', 'pickle → loader');
  },
};

function compareUnpickled(read: Unpickled, sd: SpikeData): void {
  expectTrains(trainsOf(read), sd.train, 'train in Python');
  expectSame(
    [read.N, read.length, read.start_time],
    [sd.N, sd.length, sd.startTime],
    '[N, length, start_time] in Python',
  );
  expectSame(read.metadata, inPython(sd.metadata), 'metadata in Python');
  expectSame(read.neuron_attributes, inPython(sd.neuronAttributes), 'neuron_attributes in Python');
  const empty = { data: new Float64Array(), shape: [0, 0] };
  const raw = sd.rawData ? { data: sd.rawData.data, shape: [...sd.rawData.shape] } : empty;
  expectSame(read.raw_data, raw, 'raw_data in Python');
  expectSame(read.raw_time, sd.rawTime ?? new Float64Array(), 'raw_time in Python');
}

/** As docs/pickles.md says, a dict whose keys are numbers is an object. */
function asLoaded(value: unknown): unknown {
  if (value instanceof Map) {
    const keyed = [...value].map(([key, item]) => [String(key), asLoaded(item)]);
    return Object.fromEntries(keyed);
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(asLoaded);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asLoaded(item)]));
}

function compareLoaded(loaded: SpikeData, sd: SpikeData): void {
  expectTrains(loaded.train, sd.train, 'train');
  expectSame([loaded.N, loaded.length, loaded.startTime], [sd.N, sd.length, sd.startTime], '[N, length, startTime]');
  expectSame(loaded.metadata, asLoaded(inPython(sd.metadata)), 'metadata');
  expectSame(loaded.neuronAttributes, asLoaded(inPython(sd.neuronAttributes)), 'neuronAttributes');
  if (sd.rawData) expectNumbers(loaded.rawData?.data, sd.rawData.data, 'rawData');
}

type WriteSpec = {
  seed: number;
  units: number;
  spikes: number;
  lengthMs: number;
  protocol: number;
  dtypes: string[];
  longest: number;
  metadata: string[];
  attributes: string[];
};

const kinds = [
  ...[
    'int',
    'float',
    'bool',
    'none',
    'text',
    'ints',
    'floats',
    'tuple',
    'dict',
    'int-dict',
    'shared',
    'array',
    'bytes',
  ],
  ...['matrix', 'strided', 'strings', 'scalar'],
];

const written: Property<WriteSpec> = {
  name: 'pickle/cpython',
  weight: 3,
  needs: ['numpy'],
  draw: (random) => ({
    seed: random.seed(),
    units: random.size(3000),
    spikes: random.mostlySmall(5e6),
    lengthMs: random.pick([100, 1e5, 1e8]),
    protocol: random.int(0, 5),
    dtypes: random.some(['f8', 'f8', 'f4', '>f8', '>f4', 'i8', 'i4', '>i4', 'u4', 'u2', 'list'], 0.4),
    longest: random.size(50_000),
    metadata: random.some([...kinds, ...kinds], 0.3),
    attributes: random.some(kinds, random.pick([0, 0.1, 0.3])),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'sd.pkl');
    const expected = await python.ask<Flat & { metadata: unknown; neuronAttributes: unknown }>('pickles.write', {
      ...spec,
      lengthMs: Math.max(1, spec.lengthMs),
      path,
    });
    const sd = await loadSpikeDataFromPickle(path);
    expectTrains(sd.train, trainsOf(expected), 'train');
    expectSame(sd.metadata, asLoaded(expected.metadata), 'metadata');
    expectSame(sd.neuronAttributes, asLoaded(expected.neuronAttributes), 'neuronAttributes');
    count('files of strangers', 'pickle of CPython');
  },
};

export const pickles = [exported, written];
