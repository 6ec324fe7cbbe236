/** A whole numpy array in its JavaScript form. */
import type { NdArray, NumericArray } from '../../core/arrays.js';
import { UnsupportedError } from '../../core/errors.js';
import { NumpyArray } from './numpy-array.js';
import type { NumpyDtype } from './numpy-dtype.js';
import { elementValue, numericElements, textElements, toCOrder } from './numpy-elements.js';
import { Payload } from './payload.js';
import { PickledDate, PickledDuration } from './values.js';

/** The bytes of an array that has been read. */
function arrayBytes(array: NumpyArray): Uint8Array {
  if (array.data === null) return new Uint8Array();
  if (!(array.data instanceof Payload) || !array.data.bytes) throw new Error('the array has not been read');
  return array.data.bytes;
}

/** Numbers in C order; null for arrays of anything else. */
export function numericArray(array: NumpyArray): NumericArray | null {
  const type = array.dtype;
  if (!type || type.kind === 'O') return type ? null : new Float64Array();
  const elements = numericElements(type, arrayBytes(array));
  if (!elements) return null;
  return toCOrder(elements, array.shape, array.strides, type.kind === 'c' ? 2 : 1);
}

/**
 * One number, one typed array, or an NdArray; text arrays as arrays of text; complex numbers with a last axis (real,
 * imaginary); structured arrays as an object of their columns; times as ISO 8601 text, durations in ms.
 *
 * @param fail throws; called for what is no text
 */
export function plainArray(array: NumpyArray, fail: (message: string) => never): unknown {
  const type = array.dtype;
  if (!type) return new Float64Array();
  if (type.fields) return columns(array, type, fail);
  if (type.subarray) return plainArray(withoutSubarray(array, type), fail);
  if (type.kind === 'S' || type.kind === 'U') {
    return shaped(toCOrder(textElements(type, arrayBytes(array), fail), array.shape, array.strides), array.shape);
  }
  const elements = numericArray(array);
  if (!elements) throw new UnsupportedError(`numpy ${type.name}`, `Arrays of numpy type ${type.name} cannot be read`);
  if (type.kind === 'M' || type.kind === 'm') return shaped(timesOf(type, elements), array.shape);
  if (type.kind === 'c') return { data: elements, shape: [...array.shape, 2] } satisfies NdArray;
  if (array.shape.length === 0) return elementValue(type, elements[0]);
  return array.shape.length === 1 ? elements : ({ data: elements, shape: [...array.shape] } satisfies NdArray);
}

function timesOf(type: NumpyDtype, counts: NumericArray): unknown[] {
  return Array.from(counts as BigInt64Array, (count) => {
    const value = elementValue(type, count);
    if (value instanceof PickledDate) return value.iso;
    return value instanceof PickledDuration ? value.ms : value;
  });
}

/** Nested arrays, as many deep as the shape has axes. */
function shaped(items: readonly unknown[], shape: readonly number[]): unknown {
  if (shape.length === 0) return items[0];
  if (shape.length === 1) return items;
  const rest = shape.slice(1);
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: shape[0] }, (_, i) => shaped(items.slice(i * size, (i + 1) * size), rest));
}

function columns(array: NumpyArray, type: NumpyDtype, fail: (message: string) => never): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const field of type.fields ?? [])
    out[field.name] = plainArray(fieldArray(array, type, field.type, field.offset), fail);
  return out;
}

/** One field of a structured array as an array of its own. */
function fieldArray(array: NumpyArray, type: NumpyDtype, field: NumpyDtype, offset: number): NumpyArray {
  const bytes = arrayBytes(array);
  const packed = new Uint8Array(array.count * field.size);
  for (let i = 0; i < array.count; i++) {
    const from = i * type.size + offset;
    packed.set(bytes.subarray(from, from + field.size), i * field.size);
  }
  const out = new NumpyArray();
  out.dtype = field;
  out.shape = array.shape;
  out.strides = array.strides;
  out.data = Payload.of(packed);
  return out;
}

/** Elements that are arrays become further axes. */
function withoutSubarray(array: NumpyArray, type: NumpyDtype): NumpyArray {
  const { base, shape } = type.subarray as { base: NumpyDtype; shape: readonly number[] };
  const size = shape.reduce((product, n) => product * n, 1);
  const inner = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const out = new NumpyArray();
  out.dtype = base;
  out.shape = [...array.shape, ...shape];
  out.strides = [...array.strides.map((stride) => stride * size), ...inner];
  out.data = array.data;
  return out;
}
