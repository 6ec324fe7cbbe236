import { readFileSync } from 'node:fs';
import type { NumericArray } from '../../lib/core/arrays.js';

/** What numpy made of the same input: fixtures/make/spike_data.py. */
export function expected<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../fixtures/spike_data/${name}.expected.json`, import.meta.url), 'utf8'),
  ) as T;
}

/** Numbers as a typed array of a numpy dtype. */
export function typed(dtype: string, values: number[]): NumericArray {
  switch (dtype) {
    case 'uint8':
      return Uint8Array.from(values);
    case 'int16':
      return Int16Array.from(values);
    case 'uint16':
      return Uint16Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    default:
      throw new Error(`no typed array for ${dtype}`);
  }
}

export function lists(trains: Iterable<Float64Array>): number[][] {
  return Array.from(trains, (t) => Array.from(t));
}

/** The trains of a native result, as lists. */
export function split({ times, offsets }: { times: Float64Array; offsets: Float64Array }): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, u) => Array.from(times.subarray(offsets[u], offsets[u + 1])));
}
