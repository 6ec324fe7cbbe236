/** Spikes as recording rigs and sorters write them, written by Python after their published layouts. */
import { join } from 'node:path';
import {
  loadSpikeDataFromBlackrock,
  loadSpikeDataFromCellExplorer,
  loadSpikeDataFromKlusta,
  loadSpikeDataFromMda,
  loadSpikeDataFromNeuralynx,
  loadSpikeDataFromNeuroscope,
  loadSpikeDataFromPlexon,
  loadSpikeDataFromSpykingCircus,
  loadSpikeDataFromTridesclous,
  type SpikeData,
} from 'spikelab';
import { expectSame, expectTrains } from '../compare.js';
import type { Property } from '../property.js';
import { type Flat, trainsOf } from './pickles.js';
import { drawStorage, type StorageSpec } from './storage.js';
import { drawTrains, type TrainsSpec } from './trains.js';
import { sameAsPrinted } from './ways.js';

const loaders: Readonly<Record<string, (path: string, options: object) => Promise<SpikeData>>> = {
  blackrock: loadSpikeDataFromBlackrock,
  neuralynx: loadSpikeDataFromNeuralynx,
  plexon: loadSpikeDataFromPlexon,
  neuroscope: loadSpikeDataFromNeuroscope,
  klusta: loadSpikeDataFromKlusta,
  spykingcircus: loadSpikeDataFromSpykingCircus,
  mda: loadSpikeDataFromMda,
  tridesclous: loadSpikeDataFromTridesclous,
  cellexplorer: loadSpikeDataFromCellExplorer,
};
/** One case of so many is asked of the command line too: it takes a process. */
const printedOneIn = 16;

type Spec = TrainsSpec & { format: string; cut: number; version: string; storage: StorageSpec | null };

interface Truth extends Flat {
  path: string;
  options: Record<string, unknown>;
  ids: (string | number)[];
  electrodes?: (number | null)[];
}

const spikes: Property<Spec> = {
  name: 'rigs/spikes',
  weight: 2,
  needs: ['numpy', 'scipy', 'h5py'],
  draw: (random) => ({
    ...drawTrains(random, 300),
    spikes: random.mostlySmall(1e6),
    format: random.pick(Object.keys(loaders)),
    cut: random.pick([0, 0, 1, 7, 1000]),
    version: random.pick(['5', '7.3']),
    storage: drawStorage(random),
  }),
  async check(spec, { folder, python, count }) {
    const request = { ...spec, fsHz: spec.fsHz || 1000, folder };
    const { path, options, ids, electrodes, ...expected } = await python.ask<Truth>('rig_spikes.write', request);
    const source = join(folder, path);
    const sd = await loaders[spec.format](source, { ...options, onWarning() {} });
    const units = sd.neuronAttributes ?? [];
    expectTrains(sd.train, trainsOf(expected), 'train');
    expectSame(
      units.map((unit) => unit.unit_id),
      ids,
      'unit_id',
    );
    if (electrodes)
      expectSame(
        units.map((unit) => unit.electrode ?? null),
        electrodes,
        'electrode',
      );
    const version = spec.format === 'cellexplorer' ? ` ${spec.version}` : '';
    count('files of strangers', `spikes of ${spec.format}${version}`);
    if (spec.seed % printedOneIn) return;
    const flags = Object.entries(options).flatMap(([name, value]) => ['--load', `${name}=${String(value)}`]);
    await sameAsPrinted(source, sd, ['--from', spec.format, ...flags]);
    count('two ways', `spikes of ${spec.format}: library and command line`);
  },
};

export const rigSpikes = [spikes];
