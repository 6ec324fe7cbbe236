import { describe, expect, it } from 'vitest';
import { duration, label, linearScale, niceStep, shortLabel, ticks, timeUnitFor } from '../../lib/picture/scale.js';

describe('steps of axes', () => {
  it.each([
    [0.003, 0.005],
    [0.7, 1],
    [1, 1],
    [1.2, 2],
    [2.1, 5],
    [37, 50],
    [6001, 10000],
  ])('rounds a step of %d up to %d', (step, expected) => expect(niceStep(step)).toBe(expected));

  it('gives ticks that are the exact decimal numbers of their labels', () => {
    expect(ticks(0, 1, 10)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(ticks(-50, 50, 5)).toEqual([-40, -20, 0, 20, 40]);
    expect(ticks(0, 383, 11, 1)).toEqual([0, 50, 100, 150, 200, 250, 300, 350]);
  });

  it('never steps between whole channels', () => {
    expect(ticks(0, 3, 10, 1)).toEqual([0, 1, 2, 3]);
  });

  it('maps the ends of a scale to its pixels, and an empty range to its start', () => {
    const scale = linearScale(10, 20, 100, 0);
    expect([scale(10), scale(15), scale(20)]).toEqual([100, 50, 0]);
    expect(linearScale(5, 5, 7, 9)(5)).toBe(7);
  });
});

describe('labels', () => {
  it('writes numbers as people do', () => {
    expect([0.30000000000000004, 1200, 15000, -40].map(label)).toEqual(['0.3', '1200', '15,000', '−40']);
    expect([1200, 15000, 100000].map(shortLabel)).toEqual(['1200', '15k', '100k']);
  });

  it('gives durations in the unit that suits them', () => {
    expect([0.5, 50, 1000, 7901.2, 150_000, 36_000_000].map((ms) => duration(ms))).toEqual([
      '0.5 ms',
      '50 ms',
      '1 s',
      '7.9 s',
      '2.5 min',
      '10 h',
    ]);
  });

  it('chooses the unit of a time axis by the length of the recording', () => {
    expect([100, 7900, 1_200_000, 86_400_000].map((ms) => timeUnitFor(ms).name)).toEqual(['ms', 's', 'min', 'h']);
  });
});
