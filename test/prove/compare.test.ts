import { describe, expect, it } from 'vitest';
import { expectNumbers, expectSame, expectTrains } from './compare.js';
import { Difference } from './property.js';

describe('values that are the same', () => {
  it.each<[unknown, unknown]>([
    [Number.NaN, Number.NaN],
    [5, 5n],
    [2n ** 70n, 2n ** 70n],
    [
      [1, ['a', null]],
      [1, ['a', null]],
    ],
    [{ a: Float64Array.of(Number.NaN) }, { a: Float64Array.of(Number.NaN) }],
    [new Map([[1, 'x']]), new Map([[1, 'x']])],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('case %#', (found, expected) => {
    expect(() => expectSame(found, expected, 'value')).not.toThrow();
  });
});

describe('values that differ', () => {
  it.each<[unknown, unknown, string]>([
    [0, -0, 'value'],
    [1, '1', 'value'],
    [null, undefined, 'value'],
    [2 ** 53, 2n ** 53n + 1n, 'value'],
    [[1, 2], [1, 3], 'value[1]'],
    [[1], [1, 2], 'value'],
    [{ a: 1, b: 2 }, { a: 1 }, 'keys of value'],
    [{ a: { b: 1 } }, { a: { b: 2 } }, 'value.a.b'],
    [Float32Array.of(1), Float64Array.of(1), 'value'],
    [Float64Array.of(1, 2), Float64Array.of(1, 3), 'value[1]'],
    [[1], Float64Array.of(1), 'value'],
    [{}, new Map(), 'value'],
  ])('case %#', (found, expected, place) => {
    expect(() => expectSame(found, expected, 'value')).toThrow(Difference);
    expect(() => expectSame(found, expected, 'value')).toThrow(`${place}: `);
  });

  it('names the unit and the spike of a train', () => {
    expect(() => expectTrains([[1], [2, 3]], [[1], [2, 4]], 'train')).toThrow('train[1][1]: 4 was expected, found 3');
    expect(() => expectTrains([[1]], [[1], []], 'train')).toThrow('units of train: 2 was expected, found 1');
    expect(() => expectNumbers(undefined, [1], 'times')).toThrow('length of times');
  });

  it('allows for rounding where it is told to', () => {
    expect(() => expectNumbers([1 + 1e-15], [1], 'times', 1e-14)).not.toThrow();
    expect(() => expectNumbers([1 + 1e-13], [1], 'times', 1e-14)).toThrow(Difference);
  });
});
