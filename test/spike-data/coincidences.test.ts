import { expect, it } from 'vitest';
import { coincidences, SpikeData } from '../../lib/index.js';

const withElectrodes = (trains: number[][], electrodes: number[]) =>
  new SpikeData(trains, {
    length: 100,
    neuronAttributes: electrodes.map((electrode, unit_id) => ({ electrode, unit_id })),
  });

// by hand
it('uses each spike once, in the order of time', () => {
  const a = withElectrodes([[1, 10, 20, 30], [5], []], [7, 8, 9]);
  const b = withElectrodes([[1.2, 1.3, 10.4, 19.9, 40], [5]], [7, 11]);
  const found = coincidences(a, b);
  expect(found.pairs).toHaveLength(1);
  expect(found.pairs[0]).toMatchObject({ unitA: 0, unitB: 0, both: 3, onlyA: 1, onlyB: 2 });
  expect(found.pairs[0].medianLagMs).toBeCloseTo(0.2, 12);
  expect([found.unmatchedA, found.unmatchedB]).toEqual([[1, 2], [1]]);
  expect(coincidences(a, b, { toleranceMs: 0.15 }).pairs[0].both).toBe(1);
});

it('takes another attribute, and refuses units that cannot be told apart', () => {
  const a = withElectrodes([[1], [2]], [7, 7]);
  expect(coincidences(a, a, { by: 'unit_id' }).pairs.map(({ both }) => both)).toEqual([1, 1]);
  expect(() => coincidences(a, a)).toThrow(/units 0 and 1/);
  expect(() => coincidences(a, new SpikeData([[1]]))).toThrow(/unit_id/);
});
