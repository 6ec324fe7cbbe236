/** NWB files that the package writes, read by h5py after the schema. */
import { join } from 'node:path';
import { exportSpikeDataToNwb, loadSpikeDataFromNwb, type NeuronAttributes, type SpikeData } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import { Difference, type Property } from '../property.js';
import { drawSpikes, makeSpikes, type SpikesSpec } from '../spikes.js';

type ExportSpec = { spikes: SpikesSpec };

interface Read {
  datasets: Record<string, unknown>;
  attributes: Record<string, Record<string, unknown>>;
}

const electrodesPath = 'general/extracellular_ephys/electrodes';
/** Attributes whose columns must come back as they were. */
const kept = [
  'int',
  'negative',
  'large',
  'float',
  'odd-float',
  'bool',
  'ascii',
  'unicode',
  'long-text',
  'empty-text',
  'numbers',
  'texts',
];

const exported: Property<ExportSpec> = {
  name: 'nwb/export',
  weight: 2,
  needs: ['h5py'],
  draw(random) {
    const spikes = drawSpikes(random, { negativeStart: false });
    return {
      spikes: {
        ...spikes,
        attributes: spikes.attributes.filter((kind) => kept.includes(kind)),
        longest: Math.min(spikes.longest, 500),
      },
    };
  },
  async check({ spikes }, { folder, python, count }) {
    const sd = makeSpikes(spikes);
    const path = join(folder, 'sd.nwb');
    const warned: string[] = [];
    await exportSpikeDataToNwb(sd, path, { onWarning: ({ code }) => warned.push(code) });
    checkTables(await python.ask<Read>('hdf5s.read', { path }), sd);
    count('round trips', 'NWB → h5py');
    const columns = sd.neuronAttributes?.length ? Object.keys(sd.neuronAttributes[0]) : [];
    const loaded = await loadSpikeDataFromNwb(path, { columns });
    expectTrains(
      loaded.train,
      sd.train.map((train) => train.map((ms) => (ms / 1000) * 1000)),
      'train',
    );
    expectSame(loaded.startTime, sd.startTime, 'startTime');
    expectNumbers([loaded.length], [sd.length], 'length', 1e-12);
    sd.neuronAttributes?.forEach((unit, u) => {
      const withoutPlace = unit.electrode === undefined && warned.includes('locations-not-written');
      checkUnit(loaded.neuronAttributes?.[u] ?? {}, withoutPlace ? { ...unit, location: undefined } : unit, u, sd);
    });
    count('round trips', 'NWB → loader');
  },
};

/** What the schema says of a Units table, and what was put into it. */
function checkTables({ datasets, attributes }: Read, sd: SpikeData): void {
  const seconds = sd.train.map((train) => train.map((ms) => ms / 1000));
  const times = datasets['units/spike_times'] as Float64Array;
  const ends = datasets['units/spike_times_index'] as Uint32Array;
  const ids = datasets['units/id'] as BigInt64Array;
  expectSame(ids.length, sd.N, 'units in h5py');
  expectSame(new Set(ids).size, sd.N, 'different ids in h5py');
  expectTrains(
    Array.from(ends, (end, u) => times.subarray(u ? Number(ends[u - 1]) : 0, Number(end))),
    seconds,
    'spike_times in h5py',
  );
  for (const name of attributes.units.colnames as string[]) {
    if (!(`units/${name}` in datasets)) throw new Difference('colnames', name, 'a dataset of that name');
    if (attributes[`units/${name}`].neurodata_type === undefined)
      throw new Difference(name, 'no neurodata_type', 'one');
    const index = datasets[`units/${name}_index`] as ArrayLike<bigint> | undefined;
    const column = datasets[`units/${name}`] as ArrayLike<unknown> & { shape?: number[] };
    const rows = index ? Number(index[sd.N - 1] ?? 0) : sd.N;
    expectSame(column.shape?.[0] ?? column.length, rows, `rows of ${name} in h5py`);
  }
  if ('units/electrodes' in datasets) checkRegion(datasets, sd);
}

/** Each unit's row of the electrodes table has its electrode's number, unless one number stands for several places. */
function checkRegion(datasets: Record<string, unknown>, sd: SpikeData): void {
  const rows = datasets['units/electrodes'] as BigInt64Array;
  const ends = datasets['units/electrodes_index'] as Uint32Array;
  const ids = datasets[`${electrodesPath}/id`] as BigInt64Array;
  expectSame(new Set(ids).size, ids.length, 'different electrodes in h5py');
  const units = sd.neuronAttributes ?? [];
  const places = new Set(units.map(({ electrode, location }) => `${electrode} ${location}`)).size;
  const plain = units.every(({ electrode }) => electrode === undefined || typeof electrode === 'number');
  const comparable = plain && places === new Set(units.map(({ electrode }) => electrode)).size;
  units.forEach(({ electrode }, u) => {
    const row = rows[u ? Number(ends[u - 1]) : 0];
    if (row !== undefined && Number(row) >= ids.length)
      throw new Difference(`electrodes[${u}] in h5py`, row, `a row of ${ids.length}`);
    if (comparable && electrode !== undefined)
      expectSame(ids[Number(row)], electrode, `electrode of unit ${u} in h5py`);
  });
}

function checkUnit(found: NeuronAttributes, unit: NeuronAttributes, u: number, sd: SpikeData): void {
  const all = sd.neuronAttributes ?? [];
  if (unit.unit_id !== undefined) {
    const numbers = all.every(({ unit_id: id }) => Number.isSafeInteger(id));
    expectSame(found.unit_id, numbers ? unit.unit_id : String(unit.unit_id), `unit_id of ${u}`);
  }
  if (unit.electrode !== undefined) expectSame(found.electrode, unit.electrode, `electrode of ${u}`);
  if (unit.location) expectNumbers(found.location, unit.location, `location of ${u}`);
  for (const [key, value] of Object.entries(unit)) {
    if (['unit_id', 'electrode', 'location'].includes(key)) continue;
    const place = `attribute ${key} of ${u}`;
    if (typeof value === 'number') expectNumbers([found[key] as number], [value], place);
    else if (Array.isArray(value) && value.every((item) => typeof item === 'number')) {
      expectNumbers(found[key] as number[], value as number[], place);
    } else expectSame(found[key], value, place);
  }
}

export const nwbExports = [exported];
