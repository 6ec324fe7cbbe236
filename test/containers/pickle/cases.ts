/** The fixtures of fixtures/make/pickle.py, and their tagged values as what the reader makes of them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export const fixture = (name: string): string => new URL(`../../../fixtures/pickle/${name}`, import.meta.url).pathname;

export interface PickleCase {
  name: string;
  protocol: number;
  bytes: Uint8Array;
  expected: unknown;
}

export function readCases(writer: string): PickleCase[] {
  const text = gunzipSync(readFileSync(fixture(`cases.${writer}.json.gz`))).toString('utf8');
  return (JSON.parse(text) as [string, number, string, unknown][]).map(([name, protocol, base64, value]) => ({
    name,
    protocol,
    bytes: new Uint8Array(Buffer.from(base64, 'base64')),
    expected: fromTagged(value),
  }));
}

const arrays: Record<string, { from(values: Iterable<never>): unknown }> = {
  b1: Uint8Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
  c8: Float32Array,
  c16: Float64Array,
} as never;

export function fromTagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromTagged);
  const [[tag, body]] = Object.entries(value) as [string, never][];
  switch (tag) {
    case '$int':
      return BigInt(body);
    case '$float':
      return Number(String(body).replace('inf', 'Infinity'));
    case '$bytes':
      return new Uint8Array(Buffer.from(body, 'hex'));
    case '$set':
      return new Set((body as unknown[]).map(fromTagged));
    case '$dict':
      return new Map(Object.entries(body).map(([key, item]) => [key, fromTagged(item)]));
    case '$map':
      return new Map((body as [unknown, unknown][]).map(([key, item]) => [JSON.stringify(key), fromTagged(item)]));
    default:
      return fromArray(body);
  }
}

function fromArray({ type, shape, data }: { type: string; shape: number[]; data: unknown[] }): unknown {
  const wide = type === 'i8' || type === 'u8';
  const values = data.map((item) => {
    const decoded = fromTagged(item);
    return wide ? BigInt(decoded as number) : Number(decoded);
  });
  const typed = arrays[type].from(values as never);
  return shape.length === 1 ? typed : { data: typed, shape };
}

/** What the reader made, in the same terms: dicts as Maps by text key, so that order and prototypes do not matter. */
export function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(comparable);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [JSON.stringify(key), comparable(item)]));
  const object = value as Record<string, unknown>;
  if (ArrayBuffer.isView(object.data) && Array.isArray(object.shape)) return { data: object.data, shape: object.shape };
  return new Map(Object.entries(object).map(([key, item]) => [key, comparable(item)]));
}

/** Sets come as arrays in the file's order, which Python does not fix. */
export function withSets(actual: unknown, expected: unknown): unknown {
  if (expected instanceof Set && Array.isArray(actual)) return new Set(actual);
  if (Array.isArray(expected) && Array.isArray(actual)) return actual.map((item, i) => withSets(item, expected[i]));
  return actual;
}
