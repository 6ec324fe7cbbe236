/** HDF5 spike trains that h5py writes, read by the package. */
import { join } from 'node:path';
import { type Hdf5Options, loadSpikeDataFromHdf5, type SpikeData } from 'spikelab';
import { expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import { rates } from '../spikes.js';
import { timeUnits } from './hdf5-export.js';
import { type Flat, trainsOf } from './pickles.js';
import { drawStorage, indexDtypes, type StorageSpec, timeDtypes } from './storage.js';

type WriteSpec = {
  seed: number;
  units: number;
  spikes: number;
  emptyPercent: number;
  length: number;
  style: string;
  unit: string;
  fsHz: number;
  dtype: string;
  indexDtype: string;
  storage: StorageSpec | null;
  indexStorage: StorageSpec | null;
  index: string;
  unitAttribute: boolean;
  plainNames: boolean;
  mixed: boolean;
  group: string;
  libver: string;
};

const written: Property<WriteSpec> = {
  name: 'hdf5/h5py',
  weight: 2,
  needs: ['h5py'],
  draw(random) {
    const storage = drawStorage(random);
    return {
      seed: random.seed(),
      units: random.size(1000),
      spikes: random.mostlySmall(5e6),
      emptyPercent: random.pick([0, 0, 20, 90]),
      length: random.pick([10, 1000, 1e6, 3e9]),
      style: random.pick(['ragged', 'group', 'paired']),
      unit: random.pick(timeUnits),
      fsHz: random.pick(rates),
      dtype: random.pick(timeDtypes),
      indexDtype: random.pick(indexDtypes),
      storage,
      indexStorage: { ...drawStorage(random), column: storage.column },
      index: random.pick(['ends', 'zero', 'counts']),
      unitAttribute: random.chance(0.5),
      plainNames: random.chance(0.5),
      mixed: random.chance(0.5),
      group: random.pick(['', '', 'a/b c']),
      libver: random.pick(['earliest', 'latest']),
    };
  },
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'their.h5');
    // each unit's dataset has its own storage, so many of them only take time
    const units = spec.style === 'group' ? Math.min(spec.units, 200) : spec.units;
    const fsHz = spec.fsHz || 1000;
    const expected = await python.ask<Flat>('hdf5s.write', { ...spec, units, fsHz, path });
    const name = (dataset: string) => (spec.group ? `${spec.group}/${dataset}` : dataset);
    const unit = (option: string) => (spec.unitAttribute ? {} : { [option]: spec.unit });
    const options = {
      ragged: {
        ...{ spikeTimesDataset: name('times'), spikeTimesIndexDataset: name('times_index'), ...unit('spikeTimesUnit') },
        ...(spec.index === 'counts' ? { spikeTimesIndex: 'counts' } : {}),
        // only this says that a first 0 is an empty first unit
        ...(spec.index === 'ends' ? { spikeTimesIndex: 'ends' } : {}),
      },
      group: { groupPerUnit: name('units'), ...unit('groupTimeUnit') },
      paired: { idcesDataset: name('idces'), timesDataset: name('times'), ...unit('timesUnit') },
    }[spec.style] as Hdf5Options;
    const trains = trainsOf(expected);
    const sd = await loadSpikeDataFromHdf5(path, { ...options, fsHz });
    if (spec.style === 'ragged' && spec.index === 'zero') return checkZero(sd, trains, count);
    const kept = spec.style === 'paired' ? trains.slice(0, Math.max(sd.N, lastWithSpikes(trains))) : trains;
    expectTrains(sd.train, kept, 'train');
    count('files of strangers', `HDF5 ${spec.style} of h5py`);
  },
};

const lastWithSpikes = (trains: readonly Float64Array[]) => trains.findLastIndex(({ length }) => length) + 1;

/** A leading zero before data is no unit, as docs/hdf5.md says; without data nothing tells. */
function checkZero(sd: SpikeData, trains: readonly Float64Array[], count: Tools['count']): void {
  if (trains.some(({ length }) => length)) expectTrains(sd.train, trains, 'train');
  count('files of strangers', 'HDF5 ragged of h5py');
}

type RasterSpec = {
  seed: number;
  units: number;
  bins: number;
  mean: number;
  dtype: string;
  binMs: number;
  storage: StorageSpec | null;
};

const raster: Property<RasterSpec> = {
  name: 'hdf5/raster-h5py',
  weight: 0.5,
  needs: ['h5py'],
  draw: (random) => ({
    seed: random.seed(),
    units: random.size(300),
    bins: random.size(20_000),
    mean: random.pick([0, 0.01, 0.5, 5]),
    dtype: random.pick(['<i8', '>i8', 'u1', '<u2', '<f4', '>f8', '?', '<f2']),
    binMs: random.pick([1, 5, 0.1, 50 / 3]),
    storage: { ...drawStorage(random), column: '(N,)' },
  }),
  async check({ binMs: asked, ...spec }, { folder, python, count }) {
    const binMs = asked || 1;
    if (spec.dtype === '?') spec.dtype = 'u1';
    const path = join(folder, 'raster.h5');
    const { counts, bins } = await python.ask<{ counts: BigInt64Array; bins: number }>('hdf5s.write_raster', {
      ...spec,
      path,
    });
    const sd = await loadSpikeDataFromHdf5(path, { rasterDataset: 'raster', rasterBinSizeMs: binMs });
    expectSame(sd.N, counts.length / bins, 'N');
    const found = new BigInt64Array(counts.length);
    sd.train.forEach((train, u) => {
      for (const ms of train) found[u * bins + Math.min(bins - 1, Math.floor(ms / binMs + 1e-9))] += 1n;
    });
    expectSame(found, counts, 'spikes in the bins');
    count('files of strangers', 'HDF5 raster of h5py');
  },
};

export const hdf5Strangers = [written, raster];
