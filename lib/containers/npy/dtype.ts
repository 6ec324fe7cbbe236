/** Element types of numpy, as an .npy header spells them. */
import type { NumericArray } from '../../core/arrays.js';
import type { Literal } from './literal.js';

/** What an element is to a reader: a real number, or one of the things that are none. */
export type NpyKind = 'number' | 'bool' | 'complex' | 'time' | 'text' | 'bytes' | 'object' | 'void' | 'struct';

export interface NpyField {
  name: string;
  offset: number;
  type: NpyType;
}

export interface NpyType {
  kind: NpyKind;
  /** numpy's own spelling, e.g. '<i8', '|S5'; fields of a structured type are listed. */
  descr: string;
  /** Bytes of one element. */
  size: number;
  bigEndian: boolean;
  /** 'i', 'u', 'f' or 'b' for numbers and booleans: the letter in numpy's spelling. */
  letter: string;
  /** Of structured types. */
  fields: NpyField[];
  /** Shape of a sub-array field; empty for single values. */
  inner: number[];
}

const kinds: Record<string, NpyKind> = {
  b: 'bool',
  i: 'number',
  u: 'number',
  f: 'number',
  c: 'complex',
  m: 'time',
  M: 'time',
  U: 'text',
  S: 'bytes',
  a: 'bytes',
  V: 'void',
  O: 'object',
};
/** Bytes that an element of each kind of numpy's may have; text, bytes and void may have any. */
export const sizesOfKind: Partial<Record<string, readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
  m: [8],
  M: [8],
  // as the machine that wrote it has pointers
  O: [4, 8],
};
/** Of a structured type: tables of spikes have some ten; more are an attempt on time. */
const maxFields = 1000;
const maxItemSize = 2 ** 31 - 1;

/** The type a header's `descr` names, or a text saying why it names none. */
export function typeFromDescr(descr: Literal): NpyType | string {
  if (typeof descr === 'string') return simpleType(descr);
  if (Array.isArray(descr)) return structType(descr);
  return 'it is neither a string nor a list of fields';
}

function simpleType(descr: string): NpyType | string {
  const match = /^([<>|=]?)([biufcmMUSaVO])(\d{0,10})(\[\d{0,6}[a-zA-Zμ]{1,2}(?:\/\d+)?\])?$/.exec(descr);
  if (!match) return `${JSON.stringify(descr.slice(0, 40))} is no element type of numpy`;
  const [, order, letter, digits, unit] = match;
  if (unit && kinds[letter] !== 'time') return `${JSON.stringify(descr)} is no element type of numpy`;
  const count = Number(digits);
  const size = letter === 'O' ? 8 : letter === 'U' ? 4 * count : count;
  const allowed = sizesOfKind[letter];
  if (allowed && !allowed.includes(size)) return `there is no element type ${JSON.stringify(descr)}`;
  if (size > maxItemSize) return `elements of ${size} bytes are too large`;
  return { kind: kinds[letter], descr, size, bigEndian: order === '>', letter, fields: [], inner: [] };
}

function structType(list: Literal[]): NpyType | string {
  if (list.length > maxFields) return `it has ${list.length} fields, more than ${maxFields}`;
  const fields: NpyField[] = [];
  let offset = 0;
  for (const entry of list) {
    const field = fieldFrom(entry, offset);
    if (typeof field === 'string') return field;
    if (field.name && fields.some((f) => f.name === field.name)) return `it has two fields named '${field.name}'`;
    fields.push(field);
    offset += field.type.size * field.type.inner.reduce((n, m) => n * m, 1);
    if (!(offset <= maxItemSize)) return 'its elements are too large';
  }
  const names = fields.map((f) => `${f.name || 'padding'} ${f.type.descr}`).join(', ');
  return { kind: 'struct', descr: `[${names}]`, size: offset, bigEndian: false, letter: 'V', fields, inner: [] };
}

/** ('name', descr) or ('name', descr, shape); the name may be a (title, name) pair, and is '' for padding. */
function fieldFrom(entry: Literal, offset: number): NpyField | string {
  if (!Array.isArray(entry) || entry.length < 2 || entry.length > 3) return 'a field of it is no (name, type) pair';
  const [named, descr, shape = []] = entry;
  const name = Array.isArray(named) ? named[1] : named;
  if (typeof name !== 'string') return 'a field of it has no name';
  const inner = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(inner) || !inner.every((n) => typeof n === 'number' && n >= 0)) {
    return `the shape of its field '${name}' is no tuple of sizes`;
  }
  const type = typeFromDescr(descr);
  if (typeof type === 'string') return type;
  return { name, offset, type: { ...type, inner: inner as number[] } };
}

type ArrayType = {
  new (length: number): NumericArray;
  new (buffer: ArrayBufferLike, offset: number, length: number): NumericArray;
  readonly BYTES_PER_ELEMENT: number;
};
const arrays: Record<string, ArrayType> = {
  b1: Uint8Array,
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
};

/** The typed array whose elements have the same bytes, or undefined where there is none (float16, extended floats). */
export function arrayTypeOf(type: NpyType): ArrayType | undefined {
  return type.fields.length ? undefined : arrays[`${type.letter}${type.size}`];
}

/** numpy's name of the type, for messages: int64, float32, complex128, '<U3' … */
export function typeName(type: NpyType): string {
  const words: Record<string, string> = { i: 'int', u: 'uint', f: 'float', c: 'complex' };
  if (type.kind === 'bool') return 'bool';
  if (type.kind === 'object') return 'Python objects (a pickle)';
  if (type.kind === 'struct') return `a structured type ${type.descr}`;
  return words[type.letter] ? `${words[type.letter]}${type.size * 8}` : type.descr;
}
