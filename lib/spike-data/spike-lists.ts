/** Lists that have a value for each spike: numbers, rows of numbers, or anything. */
import { isNdArray, isNumericArray, type NdArray, type NumericArray, sizeOf } from '../core/arrays.js';

export type List = NumericArray | NdArray | readonly unknown[];

export function reordered(list: List, order: Uint32Array): List {
  if (Array.isArray(list)) return Array.from(order, (i) => list[i]);
  const { data, shape } = matrix(list as NumericArray | NdArray);
  const width = sizeOf(shape.slice(1));
  const out = data.slice() as NumericArray;
  order.forEach(
    (from, to) =>
      void (out as Float64Array).set(data.subarray(from * width, (from + 1) * width) as Float64Array, to * width),
  );
  return isNdArray(list) ? { data: out, shape } : out;
}

export const isList = (value: unknown): value is List => countOf(value) !== undefined;

/** The value as numbers, one a spike; undefined where it is something else. */
export function numbersOf(value: unknown): ArrayLike<number> | undefined {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number') ? value : undefined;
  const bigints = value instanceof BigInt64Array || value instanceof BigUint64Array;
  return isNumericArray(value) && !bigints ? (value as Float64Array) : undefined;
}

/** How many spikes a value would be of. */
export function countOf(value: unknown): number | undefined {
  if (Array.isArray(value) || isNumericArray(value)) return value.length;
  return isNdArray(value) && !value.stride && value.shape.length > 0 ? value.shape[0] : undefined;
}

function matrix(list: NumericArray | NdArray): { data: NumericArray; shape: readonly number[] } {
  return isNdArray(list) ? list : { data: list, shape: [list.length] };
}

export function part(list: List, from: number, to: number): List {
  if (!isNdArray(list)) return list.slice(from, to) as List;
  const { data, shape } = list;
  const width = sizeOf(shape.slice(1));
  return { data: data.slice(from * width, to * width) as NumericArray, shape: [to - from, ...shape.slice(1)] };
}

export function chained(a: List, b: List): List {
  if (Array.isArray(a) || Array.isArray(b)) {
    return [...valuesOf(a), ...valuesOf(b)];
  }
  const [first, second] = [a, b].map((list) => matrix(list as NumericArray | NdArray));
  const same = first.data.constructor === second.data.constructor;
  const Type = (same ? first.data.constructor : Float64Array) as Float64ArrayConstructor;
  const data = new Type(first.data.length + second.data.length);
  const numbers = (values: NumericArray) =>
    same ? (values as Float64Array) : Float64Array.from(values as Float64Array, Number);
  data.set(numbers(first.data));
  data.set(numbers(second.data), first.data.length);
  return isNdArray(a) ? { data, shape: [first.shape[0] + second.shape[0], ...first.shape.slice(1)] } : data;
}

const valuesOf = (list: List) =>
  isNdArray(list) ? Array.from(list.data as Float64Array) : Array.from(list as Float64Array);
