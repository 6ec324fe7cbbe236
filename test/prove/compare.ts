/** Values of two readers, compared: numbers by value (NaN is NaN), typed arrays with their type, objects key by key. */
import { Difference } from './property.js';

type Numbers = Float64Array | BigInt64Array;

const isTyped = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView);
const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Whole numbers are equal whether they are bigint or not; -0 is not 0. */
export function sameNumber(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === typeof b) return Object.is(a, b);
  return Number.isInteger(Number(a)) && Number.isInteger(Number(b)) && BigInt(a) === BigInt(b);
}

export function expectSame(found: unknown, expected: unknown, place: string): void {
  if (isNumber(found) && isNumber(expected)) {
    if (!sameNumber(found, expected)) throw new Difference(place, found, expected);
  } else if (isTyped(expected)) expectSameArray(found, expected, place);
  else if (Array.isArray(expected)) expectSameList(found, expected, place);
  else if (expected instanceof Map) expectSameMap(found, expected, place);
  else if (typeof expected === 'object' && expected !== null) expectSameObject(found, expected, place);
  else if (found !== expected) throw new Difference(place, found, expected);
}

/** The same type, length and elements. */
export function expectSameArray(found: unknown, expected: Numbers, place: string): void {
  if (!isTyped(found) || found.constructor.name !== expected.constructor.name || found.length !== expected.length) {
    throw new Difference(place, found, expected);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(found[i], expected[i])) throw new Difference(`${place}[${i}]`, found[i], expected[i]);
  }
}

function expectSameList(found: unknown, expected: readonly unknown[], place: string): void {
  if (!Array.isArray(found) || found.length !== expected.length) throw new Difference(place, found, expected);
  expected.forEach((value, i) => {
    expectSame(found[i], value, `${place}[${i}]`);
  });
}

function expectSameMap(found: unknown, expected: ReadonlyMap<unknown, unknown>, place: string): void {
  if (!(found instanceof Map)) throw new Difference(place, found, expected);
  expectSameList([...found.keys()], [...expected.keys()], `keys of ${place}`);
  for (const [key, value] of expected) expectSame(found.get(key), value, `${place}.${String(key)}`);
}

function expectSameObject(found: unknown, expected: object, place: string): void {
  if (typeof found !== 'object' || found === null || isTyped(found) || Array.isArray(found) || found instanceof Map) {
    throw new Difference(place, found, expected);
  }
  const keys = Object.keys(expected).sort();
  expectSameList(Object.keys(found).sort(), keys, `keys of ${place}`);
  for (const key of keys) {
    expectSame((found as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], `${place}.${key}`);
  }
}

/** Numbers one by one, whatever arrays they lie in; within `tolerance` of each other, relative to their size. */
export function expectNumbers(
  found: ArrayLike<number | bigint> | null | undefined,
  expected: ArrayLike<number | bigint>,
  place: string,
  tolerance = 0,
): void {
  if (found?.length !== expected.length) throw new Difference(`length of ${place}`, found?.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(found[i]), Number(expected[i])];
    if (Object.is(a, b) || a === b) continue;
    if (Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))) continue;
    throw new Difference(`${place}[${i}]`, found[i], expected[i]);
  }
}

/** Trains unit by unit. */
export function expectTrains(
  found: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  place: string,
  tolerance = 0,
): void {
  if (found.length !== expected.length) throw new Difference(`units of ${place}`, found.length, expected.length);
  expected.forEach((train, unit) => {
    expectNumbers(found[unit], train, `${place}[${unit}]`, tolerance);
  });
}
