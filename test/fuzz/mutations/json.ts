/** Keys and values of JSON: sidecars, Zarr metadata, .oebin. */
import type { Random } from '../../prove/random.js';
import { type Mutation, otherInteger } from './mutation.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Place {
  readonly within: Json[] | { [key: string]: Json };
  readonly key: string;
}

function placesOf(value: Json, out: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return out;
  for (const key of Object.keys(value)) {
    out.push({ within: value, key });
    placesOf((value as { [key: string]: Json })[key], out);
  }
  return out;
}

const nested = (depth: number): Json => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const values: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    1e308,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e15,
    -1e15,
    '',
    'a',
    '0',
    '-1',
    'NaN',
    'Infinity',
  ],
  ...[
    '../../../etc/passwd',
    '/etc/passwd',
    'a\u0000b',
    'zstd',
    'gzip',
    'blosc',
    'delta',
    '<f8',
    '|O',
    '<U99999999',
    '>i2',
  ],
  ...[
    [],
    {},
    [0],
    [[]],
    [1e9, 1e9],
    [-1, 5],
    { id: 'gzip', level: 9 },
    nested(50),
    Array(1000).fill(1),
    'x'.repeat(10_000),
  ],
];

function put({ within, key }: Place, value: Json): void {
  (within as { [key: string]: Json })[key] = value;
}

function drop({ within, key }: Place): void {
  if (Array.isArray(within)) within.splice(Number(key), 1);
  else delete within[key];
}

function change(places: readonly Place[], random: Random): void {
  const place = random.pick(places);
  const old = (place.within as { [key: string]: Json })[place.key];
  const way = random.real();
  if (way < 0.15) drop(place);
  else if (way < 0.4 && typeof old === 'number') put(place, Number(otherInteger(BigInt(Math.trunc(old) || 0), random)));
  else if (way < 0.55) {
    const other = random.pick(places);
    put(place, structuredClone((other.within as { [key: string]: Json })[other.key]));
  } else if (way < 0.65 && Array.isArray(old)) old.push(...structuredClone(old), random.pick(values));
  else if (way < 0.7 && !Array.isArray(place.within)) place.within[`${place.key}_`] = old;
  else put(place, structuredClone(random.pick(values)));
}

/** What no serialiser writes. */
const inText: readonly ((text: string, random: Random) => string)[] = [
  (text) => text.replace('{', '{"__proto__": {"polluted": true}, '),
  (text) => text.replace(/("[^"]+"): ?([^,{}[\]]+)/, '$1: $2, $1: 7'),
  (text, random) => text.replace(/-?\d+(\.\d+)?/, random.pick(['NaN', '-Infinity', '1e999', '-0', '00', '1.', '0x1'])),
  (text, random) => random.pick(['[', '{"a":']).repeat(random.pick([100, 20_000])) + text,
  (text) => `\ufeff${text}`,
  (text) => `${text}${text}`,
  (text, random) => text.replace('"', random.pick(['\\', '"\\ud800', "'", ''])),
];

export const json: Mutation = {
  name: 'json',
  fits: (path, bytes) => bytes.length > 1 && (/json|oebin|zattrs|zarray|zgroup|zmetadata/.test(path) || isJson(bytes)),
  mutate(bytes, random) {
    const text = bytes.toString('utf8');
    if (random.chance(0.12)) return Buffer.from(random.pick(inText)(text, random));
    try {
      const root: { root: Json } = { root: JSON.parse(text) };
      for (let left = random.int(1, 3); left > 0; left--)
        change(placesOf(root.root).concat(placesOf(root).slice(0, 1)), random);
      return Buffer.from(JSON.stringify(root.root ?? null));
    } catch {
      return Buffer.from(random.pick(inText)(text, random));
    }
  },
};

const isJson = (bytes: Buffer) => bytes[0] === 0x7b && bytes.subarray(0, 200).toString('latin1').includes('":');
