/** Values of every kind that attributes and metadata may have, from a seed. */
import type { Random } from './random.js';

export const plainKinds = [
  ...['int', 'negative', 'large', 'float', 'odd-float', 'bool', 'null', 'ascii', 'unicode', 'long-text', 'empty-text'],
  ...['numbers', 'texts', 'nested', 'empty-list', 'empty-object'],
] as const;
/** Those that only a pickle keeps. */
export const richKinds = ['bigint', 'typed', 'typed', 'matrix', 'date', 'map', 'set', 'bytes'] as const;
export type ValueKind = (typeof plainKinds)[number] | (typeof richKinds)[number];

const typedArrays = [
  ...[Float64Array, Float32Array, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[BigInt64Array, BigUint64Array],
];
const oddFloats = [Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, 1e300, 0.1];
const pieces = [
  'é',
  'ß',
  '中',
  '🧠',
  'e\u0301',
  '\u200d',
  '"',
  '\\',
  '\n',
  '\t',
  "'",
  '%',
  'ÿ',
  '\u2028',
  'a',
  ' ',
  '\u{10ffff}',
];

export function unicode(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick(pieces)).join('');
}

/** `max` bounds how long lists and texts are. */
export function drawValue(random: Random, kind: ValueKind, max: number): unknown {
  switch (kind) {
    case 'int':
      return random.int(0, 2 ** random.int(1, 53) - 1);
    case 'negative':
      return -random.int(1, 2 ** random.int(1, 53) - 1);
    case 'large':
      return random.pick([
        255,
        256,
        65535,
        65536,
        2 ** 31 - 1,
        2 ** 31,
        2 ** 32,
        -(2 ** 31),
        -(2 ** 31) - 1,
        2 ** 53 - 1,
      ]);
    case 'float':
      return random.between(-1e6, 1e6);
    case 'odd-float':
      return random.pick(oddFloats);
    case 'bool':
      return random.chance(0.5);
    case 'null':
      return null;
    case 'ascii':
      return `unit_${random.u32()}`;
    case 'unicode':
      return unicode(random, random.int(1, 12));
    case 'long-text':
      return unicode(random, random.size(max));
    case 'empty-text':
      return '';
    case 'numbers':
      return numbers(random, random.size(max));
    case 'texts':
      return Array.from({ length: random.size(Math.min(max, 300)) }, () => unicode(random, random.int(0, 5)));
    case 'nested':
      return { a: [1, { b: drawValue(random, 'odd-float', max) }], 'ключ ☃': [[], {}, [null, true]] };
    case 'empty-list':
      return [];
    case 'empty-object':
      return {};
    default:
      return drawRich(random, kind, max);
  }
}

function numbers(random: Random, length: number): number[] {
  const whole = random.chance(0.5);
  const bits = random.int(1, 53);
  return Array.from({ length }, () =>
    whole ? random.int(-(2 ** bits) + 1, 2 ** bits - 1) : random.between(-1e9, 1e9),
  );
}

function drawRich(random: Random, kind: ValueKind, max: number): unknown {
  switch (kind) {
    case 'bigint': {
      const size = BigInt(2) ** BigInt(random.pick([7, 8, 15, 31, 32, 53, 63, 64, 127, 255, 2047]));
      return (random.chance(0.5) ? -size : size) + BigInt(random.int(-1, 1));
    }
    case 'typed':
      return typed(random, random.size(max));
    case 'matrix': {
      const shape = [random.int(0, 9), random.size(Math.ceil(max / 9))];
      return { data: typed(random, shape[0] * shape[1]), shape };
    }
    case 'date':
      return new Date(random.int(0, 4e12));
    case 'map':
      return new Map(numbers(random, random.int(1, 20)).map((key, i) => [Math.trunc(key), i % 3 ? i : `value ${i}`]));
    case 'set':
      return new Set(numbers(random, random.int(0, 20)));
    default:
      return Buffer.from(unicode(random, random.size(max)));
  }
}

function typed(random: Random, length: number) {
  const Type = random.pick(typedArrays);
  if (Type === BigInt64Array || Type === BigUint64Array) {
    return (Type as typeof BigInt64Array).from(
      { length },
      () => (BigInt(random.u32()) << BigInt(random.int(0, 31))) * 2n + 1n,
    );
  }
  const Numbers = Type as unknown as typeof Float64Array;
  return Numbers.from({ length }, () => random.between(-1e5, 1e5));
}

/** The same value as a reader in Python should give it: dates as text, Sets as lists, Maps without text as Maps. */
export function inPython(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Set) return [...value].map(inPython);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, inPython(item)]));
  if (Buffer.isBuffer(value)) return Uint8Array.from(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(inPython);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inPython(item)]));
}
