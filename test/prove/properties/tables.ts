/** Tables of spikes: CSV from and to Python's csv module, and the tables that MaxWell's chips write. */
import { join } from 'node:path';
import { exportSpikeDataToCsv, loadSpikeDataFromCsv, loadSpikeDataFromMaxwell } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property } from '../property.js';
import { drawSpikes, makeSpikes, type SpikesSpec } from '../spikes.js';
import { type Flat, trainsOf } from './pickles.js';
import { drawStorage, type StorageSpec } from './storage.js';
import { drawTrains, type TrainsSpec } from './trains.js';
import { sameAsPrinted } from './ways.js';

/** One case of so many is asked of the command line too: it takes a process. */
const printedOneIn = 8;
/** Python takes a second for so many lines. */
const mostLines = 100_000;

type CsvSpec = TrainsSpec & {
  ids: string;
  timeUnit: 'ms' | 's' | 'samples';
  delimiter: string;
  newline: string;
  note: boolean;
  mixed: boolean;
  quoted: boolean;
  bom: boolean;
};

const csvOfStrangers: Property<CsvSpec> = {
  name: 'csv/strangers',
  weight: 0.5,
  needs: ['numpy'],
  draw: (random) => ({
    ...drawTrains(random, 300),
    spikes: random.mostlySmall(mostLines),
    ids: random.pick(['numbers', 'texts']),
    timeUnit: random.pick(['ms', 's', 'samples']),
    delimiter: random.pick([',', ';', '\t']),
    newline: random.pick(['\n', '\r\n']),
    note: random.chance(0.5),
    mixed: random.chance(0.7),
    quoted: random.chance(0.3),
    bom: random.chance(0.2),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'spikes.csv');
    const fsHz = spec.fsHz || 1000;
    const expected = await python.ask<Flat & { ids: (number | string)[] }>('tables.write_csv', { ...spec, fsHz, path });
    const rate = spec.timeUnit === 'samples' ? { fsHz } : {};
    const sd = await loadSpikeDataFromCsv(path, rate);
    expectTrains(sd.train, trainsOf(expected), 'train');
    expectSame(sd.neuronAttributes?.map((unit) => unit.unit_id) ?? [], expected.ids, 'unit_id');
    count('files of strangers', 'CSV of csv');
    if (spec.seed % printedOneIn) return;
    await sameAsPrinted(path, sd, ['--from', 'csv', ...(rate.fsHz ? ['--fs', String(fsHz)] : [])]);
    count('two ways', 'CSV: library and command line');
  },
};

interface Tables {
  units: BigInt64Array;
  times: Float64Array;
  /** The text of each unit's id in the table of spikes, as JSON. */
  ids: string | null;
  /** Columns of the table of units, as JSON. */
  table: string;
}

const csvExports: Property<SpikesSpec> = {
  name: 'csv/export',
  weight: 0.5,
  needs: ['numpy'],
  draw: (random) => drawSpikes(random, { maxSpikes: mostLines, maxUnits: 500 }),
  async check(spec, { folder, python, count }) {
    const sd = makeSpikes(spec);
    const path = join(folder, 'sd.csv');
    await exportSpikeDataToCsv(sd, path);
    const files = { spikes: path, units: join(folder, 'sd.units.csv'), numbers: [] };
    const found = await python.ask<Tables>('tables.read_csv', files);
    const lengths = sd.train.map(({ length }) => length);
    expectSame(
      Array.from(found.units, Number),
      lengths.flatMap((n, unit) => Array<number>(n).fill(unit)),
      'unit',
    );
    const all = new Float64Array(found.times.length);
    for (let u = 0, at = 0; u < sd.N; at += lengths[u++]) all.set(sd.train[u], at);
    expectNumbers(found.times, all, 'time_ms');
    const table = JSON.parse(found.table) as Record<string, string[]>;
    expectSame(table.unit, Array.from(lengths.keys(), String), 'unit of the units');
    expectSame(table.spikes, lengths.map(String), 'spikes of the units');
    if (found.ids !== null) {
      const ids = JSON.parse(found.ids) as Record<string, string>;
      for (const [unit, id] of Object.entries(ids))
        expectSame(id, table.unit_id[Number(unit)], `unit_id of unit ${unit}`);
      expectSame(new Set(table.unit_id).size, sd.N, 'distinct ids');
    }
    count('round trips', 'CSV to csv');
    if (found.times.length === 0) return;
    const back = await loadSpikeDataFromCsv(path, { unitColumn: 'unit' });
    expectTrains(
      back.train,
      sd.train.filter(({ length }) => length > 0),
      'train',
    );
    count('round trips', 'CSV to our loader');
  },
};

type MaxwellSpec = TrainsSpec & {
  storage: StorageSpec | null;
  frames: number;
  older: number;
  frameType: string;
  channelType: string;
};

const maxwellSpikes: Property<MaxwellSpec> = {
  name: 'maxwell/spikes',
  weight: 0.5,
  needs: ['h5py'],
  draw: (random) => ({
    ...drawTrains(random, 1000),
    spikes: random.mostlySmall(1e6),
    storage: drawStorage(random),
    frames: random.int(1, 20_000),
    older: random.pick([0, 0, 1, 500]),
    frameType: random.pick(['<i8', '<u8', '>i8']),
    channelType: random.pick(['<i4', '<u2', '<u4', '>i4']),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'chip.raw.h5');
    const request = { ...spec, fsHz: spec.fsHz || 1000, path };
    const expected = await python.ask<Maxwell>('tables.write_maxwell', request);
    const sd = await loadSpikeDataFromMaxwell(path);
    const units = sd.neuronAttributes ?? [];
    const trains = trainsOf(expected);
    expectTrains(sd.train, trains, 'train');
    const listed = (key: string) => units.map((unit) => unit[key] ?? null);
    expectSame(listed('unit_id'), expected.ids, 'unit_id');
    expectSame(listed('electrode'), expected.electrodes, 'electrode');
    expectSame(listed('location'), expected.locations, 'location');
    const heights = units.flatMap((unit) => Array.from(unit.spike_amplitudes as Float32Array));
    expectNumbers(heights, expected.amplitudes, 'spike_amplitudes');
    count('files of strangers', 'MaxWell spikes of h5py');
    if (spec.seed % printedOneIn) return;
    await sameAsPrinted(path, sd, ['--from', 'maxwell']);
    count('two ways', 'MaxWell spikes: library and command line');
  },
};

interface Maxwell extends Flat {
  ids: number[];
  electrodes: (number | null)[];
  locations: (number[] | null)[];
  amplitudes: Float32Array;
}

export const tables = [csvOfStrangers, csvExports, maxwellSpikes];
