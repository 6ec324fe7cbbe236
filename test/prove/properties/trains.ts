/** What the files of sorters share: specs of trains that Python draws, and what must be loaded from them. */
import type { SpikeData } from 'spikelab';
import { expectSame, expectTrains } from '../compare.js';
import type { Random } from '../random.js';
import { rates } from '../spikes.js';
import { type Flat, trainsOf } from './pickles.js';

export type TrainsSpec = {
  seed: number;
  units: number;
  spikes: number;
  emptyPercent: number;
  length: number;
  fsHz: number;
};

export const drawTrains = (random: Random, maxUnits: number): TrainsSpec => ({
  seed: random.seed(),
  units: random.size(maxUnits),
  spikes: random.mostlySmall(5e6),
  emptyPercent: random.pick([0, 0, 20, 90]),
  length: random.pick([10, 1000, 1e6, 3e9]),
  fsHz: random.pick(rates),
});

export interface Sorted extends Flat {
  ids: (number | string)[];
  electrodes: number[] | null;
  locations: number[][] | null;
}

export const shapes = ['(N,)', '(N,)', '(N, 1)', '(1, N)'];

export function checkSorted(sd: SpikeData, expected: Sorted): void {
  const units = sd.neuronAttributes ?? [];
  expectTrains(sd.train, trainsOf(expected), 'train');
  expectSame(
    units.map((unit) => unit.unit_id),
    expected.ids,
    'unit_id',
  );
  if (expected.electrodes)
    expectSame(
      units.map((unit) => unit.electrode),
      expected.electrodes,
      'electrode',
    );
  if (expected.locations)
    expectSame(
      units.map((unit) => unit.location),
      expected.locations,
      'location',
    );
}
