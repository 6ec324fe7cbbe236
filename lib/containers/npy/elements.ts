/** Elements of an .npy array, out of their bytes. */
import { isUtf8 } from 'node:buffer';
import type { NumericArray } from '../../core/arrays.js';
import { type FormatError, UnsupportedError } from '../../core/errors.js';
import { arrayTypeOf, type NpyType, typeName } from './dtype.js';
import { type NpyHeader, type NpyPlace, npyError } from './header.js';

/** Of this machine. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** @throws FormatError where elements are no real numbers, UnsupportedError for extended floats */
export function requireNumbers(type: NpyType, place: NpyPlace): void {
  if (type.kind !== 'number' && type.kind !== 'bool') {
    throw npyError(place, `An array of numbers was expected, found ${typeName(type)}`);
  }
  if (type.letter === 'f' && type.size > 8) {
    const where = place.location ? `${place.location} in ${place.path}` : place.path;
    throw new UnsupportedError(
      typeName(type),
      `Numbers of at most 8 bytes can be read, found ${typeName(type)} in ${where}`,
    );
  }
}

/** An array for `count` elements of this type, as they will be after decodeInPlace. */
export function allocate(type: NpyType, count: number): NumericArray {
  const ArrayType = arrayTypeOf(type);
  return ArrayType ? new ArrayType(count) : new Uint16Array(count);
}

/** Turns raw elements (in the array `allocate` made) into values: byte order first, then float16. */
export function decodeInPlace(raw: NumericArray, type: NpyType): NumericArray {
  if (type.size > 1 && type.bigEndian === littleEndian) swapBytes(raw);
  return type.letter === 'f' && type.size === 2 ? Float32Array.from(raw as Uint16Array, halfToFloat) : raw;
}

/** The elements in `bytes`: a view of them where that is possible. */
export function decodeElements(bytes: Uint8Array, type: NpyType, count: number): NumericArray {
  const ArrayType = arrayTypeOf(type) ?? Uint16Array;
  const inPlace = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 && !(type.size > 1 && type.bigEndian);
  if (inPlace) return decodeInPlace(new ArrayType(bytes.buffer, bytes.byteOffset, count), type);
  // not bytes.slice: a Buffer's shares the memory
  return decodeInPlace(new ArrayType(new Uint8Array(bytes.subarray(0, count * type.size)).buffer, 0, count), type);
}

function swapBytes(array: NumericArray): void {
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (array.BYTES_PER_ELEMENT === 2) bytes.swap16();
  else if (array.BYTES_PER_ELEMENT === 4) bytes.swap32();
  else bytes.swap64();
}

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
}

/** A Fortran-ordered array in C order. */
export function toCOrder(data: NumericArray, { shape, fortranOrder }: NpyHeader): NumericArray {
  // a vector in any of its shapes has one order only
  if (!fortranOrder || shape.filter((n) => n !== 1).length < 2 || data.length === 0) return data;
  const out = new (data.constructor as Float64ArrayConstructor)(data.length);
  const source = data as Float64Array;
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((n, m) => n * m, 1));
  const last = shape.length - 1;
  for (let to = 0, from = 0; to < out.length; ) {
    for (let k = 0; k < shape[last]; k++) out[to++] = source[from + k * strides[last]];
    for (let d = last - 1; d >= 0; d--) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

/** Texts of a '<U…' or '|S…' array, trailing NULs cut as numpy does. */
export function decodeTexts(bytes: Uint8Array, header: NpyHeader, place: NpyPlace): string[] {
  const { type, count } = header;
  if (type.kind !== 'text' && type.kind !== 'bytes') {
    throw npyError(place, `An array of texts was expected, found ${typeName(type)}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const start = i * type.size;
    const cell = bytes.subarray(start, start + type.size);
    if (type.kind === 'bytes') return withoutNuls(utf8(cell, place));
    let text = '';
    for (let at = start; at < start + type.size; at += 4) text += character(view.getUint32(at, !type.bigEndian), place);
    return withoutNuls(text);
  });
}

function utf8(cell: Uint8Array, place: NpyPlace): string {
  const bytes = Buffer.from(cell.buffer, cell.byteOffset, cell.length);
  if (!isUtf8(bytes))
    throw npyError(place, `Text in UTF-8 was expected, found the bytes ${bytes.toString('hex', 0, 20)}`);
  return bytes.toString('utf8');
}

/** By hand: a pattern of NULs before the end looks at each run of them again and again. */
function withoutNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

function character(code: number, place: NpyPlace): string {
  if (code > 0x10ffff) throw npyError(place, `A Unicode character was expected, found the code ${code}`);
  return String.fromCodePoint(code);
}

/** Numbers as float64, exactly. @throws FormatError for 64-bit integers beyond ±2^53 */
export function toFloat64(data: NumericArray, place: NpyPlace): Float64Array {
  if (data instanceof Float64Array) return data;
  const out = new Float64Array(data.length);
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) {
    out.set(data);
    return out;
  }
  const halves = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  const signed = data instanceof BigInt64Array;
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  for (let i = 0; i < out.length; i++) {
    const top = signed ? halves[2 * i + high] | 0 : halves[2 * i + high];
    const value = top * 2 ** 32 + halves[2 * i + low];
    if (value > 2 ** 53 || value < -(2 ** 53)) throw beyondExact(data[i], i, place);
    out[i] = value;
  }
  return out;
}

function beyondExact(value: bigint, index: number, place: NpyPlace): FormatError {
  return npyError(place, `Whole numbers up to 2^53 were expected, found ${value} at index ${index}`);
}
