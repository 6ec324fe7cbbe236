/** Element types of Zarr: numpy's spelling in v2, names in v3. */

import { type NpyType, typeFromDescr, typeName } from '../npy/dtype.js';
import type { Literal } from '../npy/literal.js';

export type ZarrKind = 'number' | 'bool' | 'text' | 'object' | 'other';

export interface ZarrType {
  /** int64, float32, bool, v2:U8, v2:S8, v2:object, string; anything else in its own spelling. */
  name: string;
  kind: ZarrKind;
  /** Bytes of a stored element; 0 where they have no fixed size. */
  size: number;
  /** As stored; null where elements have no fixed size or no values that this reader knows. */
  npy: NpyType | null;
}

/** The type that a v2 `dtype` names, or a text saying why it names none. */
export function typeFromV2(dtype: unknown): ZarrType | string {
  const type = typeFromDescr(dtype as Literal);
  if (typeof type === 'string') return type;
  if (type.kind === 'object') return { name: 'v2:object', kind: 'object', size: 0, npy: null };
  return fromNpy(type);
}

function fromNpy(type: NpyType): ZarrType {
  const real = (type.kind === 'number' && type.size <= 8) || type.kind === 'bool';
  if (real) return { name: typeName(type), kind: type.kind === 'bool' ? 'bool' : 'number', size: type.size, npy: type };
  if (type.kind === 'text') return { name: `v2:U${type.size / 4}`, kind: 'text', size: type.size, npy: type };
  if (type.kind === 'bytes') return { name: `v2:S${type.size}`, kind: 'text', size: type.size, npy: type };
  return { name: typeName(type), kind: 'other', size: type.size, npy: null };
}

const v3Names: Record<string, string> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: 'i2',
  uint16: 'u2',
  int32: 'i4',
  uint32: 'u4',
  int64: 'i8',
  uint64: 'u8',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  complex64: 'c8',
  complex128: 'c16',
};

/** The type that a v3 `data_type` names; `endian` is the bytes codec's. */
export function typeFromV3(dataType: unknown, endian: 'little' | 'big'): ZarrType | string {
  const order = endian === 'big' ? '>' : '<';
  const named = typeof dataType === 'string' ? { name: dataType } : (dataType as { name?: unknown } | null);
  const name = named?.name;
  if (typeof name !== 'string') return 'it has no name';
  if (name === 'string') return { name: 'string', kind: 'object', size: 0, npy: null };
  if (name === 'variable_length_bytes' || name === 'bytes')
    return { name: 'v2:object', kind: 'object', size: 0, npy: null };
  const configuration = (named as { configuration?: Record<string, unknown> }).configuration;
  const lengthBytes = Number(configuration?.length_bytes);
  if (name === 'fixed_length_utf32') return typeFromV2(`${order}U${lengthBytes / 4}`);
  if (name === 'null_terminated_bytes') return typeFromV2(`|S${lengthBytes}`);
  const known = Object.hasOwn(v3Names, name) ? v3Names[name] : undefined;
  if (known === undefined) return { name, kind: 'other', size: 0, npy: null };
  return typeFromV2(known.startsWith('|') ? known : order + known);
}
