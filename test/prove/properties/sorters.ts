/** SpikeLab's sorted.npz, SpikeInterface's sortings and Neo's blocks, written by numpy, zarr and Neo. */
import { join } from 'node:path';
import {
  loadSpikeDataFromNeo,
  loadSpikeDataFromSpikeInterface,
  loadSpikeDataFromSpikeLabSortedNpz,
  type SpikeData,
} from 'spikelab';
import { expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import { type Flat, trainsOf } from './pickles.js';
import { checkSorted, drawTrains, type Sorted, type TrainsSpec } from './trains.js';
import { sameAsPrinted } from './ways.js';
import { drawZarr, isUnsupported, plainZarr, type ZarrSpec } from './zarr.js';

/** One case of some is asked of the command line too: it takes a process. */
async function printed(path: string, sd: SpikeData, what: string, count: Tools['count'], flags: string[] = []) {
  await sameAsPrinted(path, sd, flags);
  count('two ways', `${what}: library and command line`);
}

type NpzSpec = TrainsSpec & { channels: number; scalars: boolean; compressed: boolean };

const npz: Property<NpzSpec> = {
  name: 'npz/numpy',
  weight: 0.7,
  needs: ['numpy'],
  draw: (random) => ({
    ...drawTrains(random, 1000),
    channels: random.int(1, 64),
    scalars: random.chance(0.5),
    compressed: random.chance(0.3),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'sorted.npz');
    const expected = await python.ask<Sorted>('sorters.write_npz', { ...spec, fsHz: spec.fsHz || 1000, path });
    const sd = await loadSpikeDataFromSpikeLabSortedNpz(path);
    checkSorted(sd, expected);
    if (spec.seed % 8 === 0) await printed(path, sd, 'SpikeLab npz', count);
    count('files of strangers', 'SpikeLab npz of numpy');
  },
};

type SortingSpec = TrainsSpec & {
  container: string;
  segments: number;
  segment: number;
  ids: string;
  compressed: boolean;
  consolidated: boolean;
  zarr: ZarrSpec | null;
};

const sorting: Property<SortingSpec> = {
  name: 'spikeinterface/sorting',
  weight: 1.5,
  needs: ['numpy', 'zarr'],
  draw: (random) => ({
    ...drawTrains(random, 500),
    container: random.pick(['npz', 'numpy', 'zarr', 'zarr']),
    segments: random.int(1, 3),
    segment: random.int(0, 2),
    ids: random.pick(['numbers', 'texts']),
    compressed: random.chance(0.5),
    consolidated: random.chance(0.5),
    zarr: drawZarr(random),
  }),
  async check(spec, { folder, python, count, skip }) {
    const path = join(folder, spec.container === 'npz' ? 'sorting.npz' : 'sorting.zarr');
    const request = { ...spec, zarr: spec.zarr ?? plainZarr, fsHz: spec.fsHz || 1000, path };
    const expected = await python.ask<Flat & { ids: (number | string)[]; segment: number }>(
      'sorters.write_sorting',
      request,
    );
    const sd = await loadSpikeDataFromSpikeInterface(path, { segmentIndex: expected.segment }).catch(
      (error: unknown) => {
        if (!isUnsupported(error)) throw error;
        skip(`Zarr codec ${request.zarr.compressor} ${request.zarr.filters.join(' ')}`, 'refused as unsupported');
        return null;
      },
    );
    if (!sd) return;
    expectTrains(sd.train, trainsOf(expected), 'train');
    expectSame(sd.neuronAttributes?.map((unit) => unit.unit_id) ?? [], expected.ids, 'unit_id');
    count('files of strangers', `SpikeInterface ${spec.container}${versionOf(spec)} sorting`);
    if (spec.seed % 8 === 0)
      await printed(path, sd, `SpikeInterface ${spec.container}`, count, [
        '--from',
        'spikeinterface',
        '--load',
        `segmentIndex=${expected.segment}`,
      ]);
  },
};

const versionOf = ({ container, zarr }: SortingSpec) =>
  container === 'zarr' ? ` v${zarr?.version === 3 ? 3 : 2}` : '';

type NeoSpec = TrainsSpec & {
  segments: number;
  segment: number;
  timeUnits: string[];
  dtype: string;
  signals: boolean;
  writer: string;
  root: string;
  protocol: number;
};

const neo: Property<NeoSpec> = {
  name: 'neo/pickle',
  weight: 1,
  needs: ['neo'],
  draw: (random) => ({
    ...drawTrains(random, 60),
    spikes: random.size(200_000),
    segments: random.int(1, 3),
    segment: random.int(0, 2),
    timeUnits: random.some(['s', 'ms', 'us', 'min'], 0.6),
    dtype: random.pick(['<f8', '<f8', '<f4']),
    signals: random.chance(0.5),
    writer: random.pick(['PickleIO', 'pickle']),
    root: random.pick(['block', 'segment']),
    protocol: random.int(0, 5),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'block.pkl');
    const request = { ...spec, fsHz: spec.fsHz || 1000, path };
    const { segment, ...expected } = await python.ask<Flat & { segment: number }>('neos.write', request);
    const sd = await loadSpikeDataFromNeo(path, { segmentIndex: segment });
    // µs and minutes are no whole multiples: one rounding may fall otherwise
    expectTrains(sd.train, trainsOf(expected), 'train', 4e-16);
    count('files of strangers', 'Neo pickle of Neo');
    if (spec.seed % 8 === 0)
      await printed(path, sd, 'Neo pickle', count, ['--from', 'neo', '--load', `segmentIndex=${segment}`]);
  },
};

type NixSpec = TrainsSpec & { segments: number; segment: number; timeUnits: string[]; dtype: string };

const nix: Property<NixSpec> = {
  name: 'neo/nix-h5py',
  weight: 0.7,
  needs: ['h5py', 'neo'],
  draw: (random) => ({
    ...drawTrains(random, 50),
    spikes: random.size(100_000),
    segments: random.int(1, 3),
    segment: random.int(0, 2),
    timeUnits: random.some(['s', 'ms', 'us', 'min'], 0.6),
    dtype: random.pick(['<f8', '<f8', '>f8', '<f4']),
  }),
  async check(spec, { folder, python, count }) {
    const path = join(folder, 'block.nix');
    // creation is told in whole seconds: up to an hour of trains
    const request = { ...spec, units: Math.min(spec.units, 3000), fsHz: spec.fsHz || 1000, path };
    const { segment, ...expected } = await python.ask<Flat & { segment: number }>('neos.write_nix', request);
    const sd = await loadSpikeDataFromNeo(path, { segmentIndex: segment });
    expectTrains(sd.train, trainsOf(expected), 'train', 4e-16);
    count('files of strangers', 'Neo NIX of h5py');
    if (spec.seed % 8 === 0)
      await printed(path, sd, 'Neo NIX', count, ['--from', 'neo', '--load', `segmentIndex=${segment}`]);
  },
};

export const sorters = [npz, sorting, neo, nix];
