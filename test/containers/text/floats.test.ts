import { describe, expect, it } from 'vitest';
import { copyFloats } from '../../../lib/containers/text/floats.js';
import { Slices } from '../../../lib/core/slices.js';

describe('copyFloats', () => {
  it.each([BigInt64Array, BigUint64Array])('rounds %o as Number() does', async (type) => {
    const edges = [
      0n,
      1n,
      2n ** 31n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 53n + 1n,
      2n ** 53n + 3n,
      2n ** 63n - 1n,
      -1n,
      -(2n ** 53n) - 3n,
      -(2n ** 63n),
    ];
    const values = new type(300_000);
    for (let i = 0; i < values.length; i++) values[i] = edges[i % edges.length] ^ BigInt(i);
    const out = new Float64Array(values.length + 2);
    await copyFloats(values, out, 1, new Slices());
    expect(out[0]).toBe(0);
    expect(out.subarray(1, -1).findIndex((value, i) => value !== Number(values[i]))).toBe(-1);
  });

  it('takes any other numbers', async () => {
    const out = new Float64Array(6);
    await copyFloats([1.5, 2], out, 0, new Slices());
    await copyFloats(Int16Array.of(-3, 4), out, 2, new Slices());
    expect([...out]).toEqual([1.5, 2, -3, 4, 0, 0]);
  });
});
