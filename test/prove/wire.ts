/** Values as Python's side sends them (python/values.py): what JSON has no form of is an object with one key that begins with $. */
type Constructor = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

const types: Record<string, Constructor> = {
  f8: Float64Array,
  f4: Float32Array,
  i1: Int8Array,
  u1: Uint8Array,
  b1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
};
const floats: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN };

interface Marked {
  $f?: string;
  $i?: string;
  $b?: string;
  $a?: string;
  $d?: [unknown, unknown][];
  shape?: number[];
  at?: number;
}

/** One-dimensional arrays are typed arrays, others `{ data, shape }`; dicts are objects, or Maps where a key is no text. */
export function decode(value: unknown, bytes: Buffer): unknown {
  if (Array.isArray(value)) return value.map((item) => decode(item, bytes));
  if (typeof value !== 'object' || value === null) return value;
  const marked = value as Marked;
  if (marked.$f !== undefined) return floats[marked.$f] ?? Number(marked.$f);
  if (marked.$i !== undefined) return BigInt(marked.$i);
  if (marked.$b !== undefined) return Uint8Array.from(Buffer.from(marked.$b, 'base64'));
  if (marked.$a !== undefined) return decodeArray(marked, bytes);
  return decodeDict((marked.$d ?? []).map(([key, item]) => [decode(key, bytes), decode(item, bytes)]));
}

function decodeArray({ $a: dtype = '', shape = [], at = 0 }: Marked, bytes: Buffer): unknown {
  const count = shape.reduce((product, n) => product * n, 1);
  const size = Number(dtype.slice(1));
  const own = new Uint8Array(count * size);
  own.set(bytes.subarray(at, at + count * size));
  const data = new types[dtype](own.buffer, 0, count);
  return shape.length === 1 ? data : { data, shape };
}

function decodeDict(entries: [unknown, unknown][]): unknown {
  if (entries.some(([key]) => typeof key !== 'string')) return new Map(entries);
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of entries) object[key as string] = item;
  return object;
}
