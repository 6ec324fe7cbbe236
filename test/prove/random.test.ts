import { expect, it } from 'vitest';
import { Random, subSeed } from './random.js';

const drawn = (seed: number) => Array.from({ length: 200 }, (_, __, random = new Random(seed)) => random.u32());

it('gives the same numbers for the same seed, others for another', () => {
  const numbers = (random: Random) => Array.from({ length: 50 }, () => random.u32());
  expect(numbers(new Random(7))).toEqual(numbers(new Random(7)));
  expect(numbers(new Random(7))).not.toEqual(numbers(new Random(8)));
  expect(new Set(drawn(7)).size).toBe(1);
});

it('has a seed of its own for each part of a run', () => {
  const seeds = ['a', 'b'].flatMap((name) => Array.from({ length: 500 }, (_, i) => subSeed('run', name, i)));
  expect(new Set(seeds).size).toBe(1000);
  expect(subSeed('a', 'bc')).not.toBe(subSeed('ab', 'c'));
});

it('draws sizes from none to the largest, each order of magnitude alike, borders of buffers among them', () => {
  const random = new Random(1);
  const sizes = Array.from({ length: 20_000 }, () => random.size(1_000_000));
  expect(sizes.every((n) => Number.isInteger(n) && n >= 0 && n <= 1_000_000)).toBe(true);
  for (let magnitude = 1; magnitude < 1_000_000; magnitude *= 10) {
    const share = sizes.filter((n) => n >= magnitude && n < 10 * magnitude).length / sizes.length;
    expect(share, `${magnitude}`).toBeGreaterThan(0.08);
  }
  for (const border of [0, 1, 255, 256, 257, 65_535, 65_536, 65_537]) expect(sizes, `${border}`).toContain(border);
});

it('draws real numbers below 1 and picks every item', () => {
  const random = new Random(3);
  const reals = Array.from({ length: 5000 }, () => random.real());
  expect(reals.every((x) => x >= 0 && x < 1)).toBe(true);
  // the mean of 5000 uniform numbers is within 0.5 ± 0.02 in all but 1 of 10^6 draws
  expect(Math.abs(reals.reduce((sum, x) => sum + x) / 5000 - 0.5)).toBeLessThan(0.02);
  expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c']))).size).toBe(3);
});
