/** NWB files of other writers, read whole and in parts. */
import { join } from 'node:path';
import { loadSpikeDataFromNwb, type SpikeData } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import { Random } from '../random.js';
import { rates } from '../spikes.js';
import { type Flat, trainsOf } from './pickles.js';
import { drawStorage, indexDtypes } from './storage.js';

type WriteSpec = {
  seed: number;
  units: number;
  spikes: number;
  emptyPercent: number;
  length: number;
  fsHz: number;
  dtype: string;
  indexDtype: string;
  idDtype: string;
  ids: string;
  storage: ReturnType<typeof drawStorage> | null;
  electrodes: number;
  firstId: number;
  axes: string;
  placeDtype: string;
  region: string;
  columns: string[];
  libver: string;
};

interface Written extends Flat {
  ids: BigInt64Array;
  electrodes: BigInt64Array | null;
  locations: number[][] | null;
  attributes: Record<string, unknown[]>;
}

const columnKinds = ['int', 'unsigned', 'float', 'bool', 'text', 'fixed-text', 'ragged', 'ragged-text'];

const written: Property<WriteSpec> = {
  name: 'nwb/h5py',
  weight: 2,
  needs: ['h5py'],
  draw: (random) => ({
    seed: random.seed(),
    units: random.size(1500),
    spikes: random.mostlySmall(5e6),
    emptyPercent: random.pick([0, 0, 20, 90]),
    length: random.pick([10, 1000, 1e6, 3e9]),
    fsHz: random.pick(rates),
    dtype: random.pick(['<f8', '<f8', '<f8', '>f8', '<f4']),
    indexDtype: random.pick(indexDtypes.filter((dtype) => dtype !== '<f8')),
    idDtype: random.pick(['<i8', '<i4', '>i8', '<u8', '<u2']),
    ids: random.pick(['plain', 'mixed']),
    storage: { ...drawStorage(random), column: '(N,)' },
    electrodes: random.chance(0.7) ? 1 + random.size(400) : 0,
    firstId: random.pick([0, 1, 1000]),
    axes: random.pick(['xyz', 'rel', 'none']),
    placeDtype: random.pick(['<f8', '<f4', '>f8']),
    region: random.pick(['plain', 'single', 'ragged']),
    columns: random.some([...columnKinds, ...columnKinds], 0.3),
    libver: random.pick(['earliest', 'latest']),
  }),
  async check(spec, tools) {
    const path = join(tools.folder, 'their.nwb');
    const request = { ...spec, fsHz: spec.fsHz || 1000, path };
    const expected = await tools.python.ask<Written>('nwbs.write', request);
    const whole = await loadSpikeDataFromNwb(path, { columns: Object.keys(expected.attributes) });
    const trains = trainsOf(expected);
    expectTrains(whole.train, trains, 'train');
    const units = whole.neuronAttributes ?? [];
    const column = (name: string) => units.map((unit) => unit[name]);
    expectNumbers(column('unit_id') as number[], expected.ids, 'unit_id');
    if (expected.electrodes) expectNumbers(column('electrode') as number[], expected.electrodes, 'electrode');
    if (expected.locations) expectSame(column('location'), expected.locations, 'location');
    for (const [name, values] of Object.entries(expected.attributes)) checkColumn(name, column(name), values);
    tools.count('files of strangers', 'NWB of h5py');
    await checkParts(path, whole, spec.seed, tools);
  },
};

function checkColumn(name: string, found: readonly unknown[], expected: readonly unknown[]): void {
  const numbers = expected.every((value) => typeof value === 'number');
  if (numbers) expectNumbers(found as number[], expected as number[], name);
  else expectSame(found, expected, name);
}

/** Some units and a window, against the whole. */
async function checkParts(path: string, whole: SpikeData, seed: number, { count }: Tools): Promise<void> {
  const random = new Random(seed);
  const ids = (whole.neuronAttributes ?? []).map((unit) => unit.unit_id as number);
  const rows = random
    .some(
      ids.map((_, row) => row),
      0.3,
    )
    .slice(0, 50);
  const [from, to] = [random.between(0, whole.length), random.between(0, whole.length)].sort((a, b) => a - b);
  const windowMs = [from, to] as const;
  if (to > from) {
    const cut = await loadSpikeDataFromNwb(path, { windowMs });
    expectTrains(
      cut.train,
      whole.train.map((train) => train.filter((ms) => ms >= from && ms < to)),
      'train in a window',
    );
    count('two ways', 'NWB window and whole');
  }
  if (!rows.length) return;
  const some = await loadSpikeDataFromNwb(path, { unitIds: rows.map((row) => ids[row]) });
  expectTrains(
    some.train,
    rows.map((row) => whole.train[row]),
    'train of some units',
  );
  count('two ways', 'NWB some units and all');
}

export const nwbStrangers = [written];
