/** Elements of numpy arrays and scalars as JavaScript values. */
import { isUtf8 } from 'node:buffer';
import { cStrides, type NumericArray } from '../../core/arrays.js';
import type { NumpyDtype } from './numpy-dtype.js';
import { datetimeText, durationMs } from './numpy-time.js';
import { Payload } from './payload.js';
import { Complex, PickledDate, PickledDuration, type ReduceContext } from './values.js';

type NumericConstructor = {
  new (buffer: ArrayBufferLike, offset: number, length: number): NumericArray;
  BYTES_PER_ELEMENT: number;
};

const constructors: Record<string, NumericConstructor> = {
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
  m8: BigInt64Array,
  M8: BigInt64Array,
};

/** Room for `count` elements that need no decoding; null for types that do. Complex and times are left to others. */
export function emptyElements(type: NumpyDtype, count: number): NumericArray | null {
  const make = 'biuf'.includes(type.kind) && !type.fields ? constructors[`${type.kind}${type.size}`] : undefined;
  if (!make || (!type.littleEndian && type.size > 1)) return null;
  return new (make as unknown as Float64ArrayConstructor)(count);
}

/**
 * Elements as stored, in the file's order: float16 as float32, bool as uint8, complex as pairs, times as counts of their
 * unit. Where byte order and alignment allow it the result shares the bytes; null for types that are no numbers.
 */
export function numericElements(type: NumpyDtype, bytes: Uint8Array): NumericArray | null {
  if (type.fields || type.subarray) return null;
  if (type.kind === 'f' && type.size === 2) return halves(type, bytes);
  if (
    (type.kind === 'f' || type.kind === 'c') &&
    [12, 16, 24, 32].includes(type.size) &&
    `${type.kind}${type.size}` !== 'c16'
  ) {
    return longDoubles(type, bytes);
  }
  const make = constructors[`${type.kind}${type.size}`];
  if (!make) return null;
  const item = make.BYTES_PER_ELEMENT;
  const swap = !type.littleEndian && item > 1;
  const aligned = bytes.byteOffset % item === 0;
  // not bytes.slice: a Buffer's shares the memory
  const own = swap || !aligned ? new Uint8Array(bytes) : bytes;
  if (swap) swapBytes(own, item);
  return new make(own.buffer, own.byteOffset, own.length / item);
}

function swapBytes(bytes: Uint8Array, item: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (item === 2) buffer.swap16();
  else if (item === 4) buffer.swap32();
  else buffer.swap64();
}

function halves(type: NumpyDtype, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++) {
    const half = view.getUint16(2 * i, type.littleEndian);
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    const value = exponent === 31 ? (fraction ? Number.NaN : Number.POSITIVE_INFINITY) : size;
    out[i] = half & 0x8000 ? -value : value;
  }
  return out;
}

/** x86's 80-bit floats, padded to 12 or 16 bytes, rounded to doubles. */
function longDoubles(type: NumpyDtype, bytes: Uint8Array): Float64Array {
  const item = type.kind === 'c' ? type.size / 2 : type.size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float64Array(bytes.length / item);
  for (let i = 0; i < out.length; i++) {
    const mantissa = view.getBigUint64(i * item, true);
    const top = view.getUint16(i * item + 8, true);
    const exponent = top & 0x7fff;
    let value = Number(mantissa) * 2 ** -63;
    if (exponent === 0x7fff) value = BigInt.asUintN(63, mantissa) ? Number.NaN : Number.POSITIVE_INFINITY;
    // in two steps, since 2 ** e alone may leave the range of doubles
    else value = value * 2 ** Math.floor((exponent - 16383) / 2) * 2 ** Math.ceil((exponent - 16383) / 2);
    out[i] = top & 0x8000 ? -value : value;
  }
  return out;
}

/**
 * S and U elements, trailing NULs removed as numpy does: U as text, S as text where it is UTF-8 and as bytes where it is not.
 *
 * @param fail throws; called for code points that Unicode does not have, at which numpy raises too
 */
export function textElements(type: NumpyDtype, bytes: Uint8Array, fail: Fail): (string | Uint8Array)[] {
  const count = type.size ? bytes.length / type.size : 0;
  const cell = (i: number) => bytes.subarray(i * type.size, (i + 1) * type.size);
  return Array.from({ length: count }, (_, i) =>
    type.kind === 'S' ? textOrBytes(withoutTrailingNuls(cell(i))) : wideText(type, cell(i), fail),
  );
}

type Fail = (message: string) => never;

function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(buffer) ? buffer.toString('utf8') : bytes;
}

function withoutTrailingNuls(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return new Uint8Array(bytes.subarray(0, end));
}

function wideText(type: NumpyDtype, bytes: Uint8Array, fail: Fail): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length;
  while (end > 0 && view.getUint32(end - 4) === 0) end -= 4;
  let text = '';
  for (let at = 0; at < end; at += 4) {
    const point = view.getUint32(at, type.littleEndian);
    if (point > 0x10ffff)
      fail(`Unicode text was expected in a numpy array or scalar ${type.name}, found the code point ${point}`);
    text += String.fromCodePoint(point);
  }
  return text;
}

/** One element as a JavaScript value: int beyond 2^53 as bigint, bytes_ as a Payload of bytes, void as its fields. */
export function decodeScalar(type: NumpyDtype, bytes: Uint8Array, context: ReduceContext): unknown {
  if (type.kind === 'S') return Payload.of(withoutTrailingNuls(bytes));
  if (type.kind === 'U') return wideText(type, bytes, (message) => context.fail(message));
  const numbers = numericElements(type, bytes);
  if (!numbers)
    return context.unsupported(`numpy scalar ${type.name}`, `numpy scalars of type ${type.name} cannot be read`);
  if (type.kind === 'c') return new Complex(Number(numbers[0]), Number(numbers[1]));
  return elementValue(type, numbers[0]);
}

export function elementValue(type: NumpyDtype, value: number | bigint): unknown {
  if (type.kind === 'b') return value !== 0;
  if (type.kind === 'M') return new PickledDate(datetimeText(BigInt(value), type.unit));
  if (type.kind === 'm') return new PickledDuration(durationMs(BigInt(value), type.unit));
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reorders elements to C order; `width` consecutive values make one element. */
export function toCOrder<T extends NumericArray | readonly unknown[]>(
  elements: T,
  shape: readonly number[],
  strides: readonly number[],
  width = 1,
): T {
  const wanted = cStrides(shape);
  if (shape.every((n, axis) => n <= 1 || strides[axis] === wanted[axis])) return elements;
  const out = elements.slice() as unknown as unknown[];
  const source = elements as unknown as readonly unknown[];
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < elements.length; to += width) {
    for (let k = 0; k < width; k++) out[to + k] = source[from * width + k];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out as unknown as T;
}
