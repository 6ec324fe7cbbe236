/**
 * numpy arrays and scalars as data. Source: numpy's `_reconstruct`, `scalar`, `_frombuffer` and `ndarray.__setstate__`.
 * The module paths are numpy.core in numpy 1 and numpy._core in numpy 2; their meaning is the same.
 */
import { cStrides } from '../../core/arrays.js';
import { NumpyDtype, shapeFrom } from './numpy-dtype.js';
import { decodeScalar } from './numpy-elements.js';
import { Payload } from './payload.js';
import { asText, Global, kindOf, Python2Str, type ReduceContext, Tuple } from './values.js';

export class NumpyArray {
  dtype: NumpyDtype | null = null;
  shape: readonly number[] = [0];
  /** Elements from one index to the next along each axis. */
  strides: readonly number[] = [1];
  data: Payload | readonly unknown[] | null = null;
  /** What came with a subclass: Neo's and quantities' dimensionality. */
  dimensionality: unknown = null;

  get count(): number {
    return this.shape.reduce((product, n) => product * n, 1);
  }
}

const isNumpyClass = (value: unknown, name: string): boolean =>
  value instanceof Global && value.module === 'numpy' && value.name === name;

/** _reconstruct(ndarray, (0,), b'b'): the empty array that BUILD fills. numpy would allocate any shape given here. */
export function reconstructArray(args: readonly unknown[], context: ReduceContext): NumpyArray {
  const [type, shape] = args;
  if (args.length !== 3 || !isNumpyClass(type, 'ndarray')) {
    context.fail(`numpy's _reconstruct was expected to make an ndarray, found ${kindOf(type)}`);
  }
  requireEmptyShape(shape, context);
  return new NumpyArray();
}

export function requireEmptyShape(shape: unknown, context: ReduceContext): void {
  if (!(shape instanceof Tuple) || shape.items.length !== 1 || shape.items[0] !== 0) {
    context.fail('A numpy array was expected to begin with the shape (0,)');
  }
}

/** ndarray.__setstate__((version, shape, dtype, is_fortran, data)). */
export function setArrayState(array: NumpyArray, state: unknown, context: ReduceContext): void {
  const items = state instanceof Tuple ? state.items : [];
  if (items.length < 5 || items.length > 7 || !(items[0] === 0 || items[0] === 1)) {
    context.fail(`The state of a numpy array (version 1, five parts) was expected, found ${kindOf(state)}`);
  }
  const [, shape, dtype, fortran, data, dimensionality] = items;
  if (!(dtype instanceof NumpyDtype)) context.fail(`The dtype of a numpy array was expected, found ${kindOf(dtype)}`);
  if (!(shape instanceof Tuple)) context.fail(`The shape of a numpy array was expected, found ${kindOf(shape)}`);
  if (typeof fortran !== 'boolean' && fortran !== 0 && fortran !== 1) {
    context.fail(`The order of a numpy array was expected as a bool, found ${kindOf(fortran)}`);
  }
  array.shape = shapeFrom(shape, context);
  array.dtype = dtype;
  array.strides = fortran ? fortranStrides(array.shape) : cStrides(array.shape);
  array.dimensionality = dimensionality ?? null;
  array.data = dataFor(array, dtype, data, context);
}

function dataFor(array: NumpyArray, dtype: NumpyDtype, data: unknown, context: ReduceContext) {
  if (dtype.kind === 'O' || dtype.fields?.some((field) => field.type.kind === 'O'))
    return objectsFor(array, data, context);
  const payload = data instanceof Python2Str ? data.payload : data;
  if (!(payload instanceof Payload)) {
    return context.fail(`The bytes of a numpy array were expected, found ${kindOf(data)}`);
  }
  checkByteCount(array, dtype, payload, context);
  return payload;
}

function checkByteCount(array: NumpyArray, dtype: NumpyDtype, payload: Payload, context: ReduceContext): void {
  const expected = array.count * dtype.size;
  const shape = `(${array.shape.join(', ')})`;
  // text never stands for more bytes than it has itself; its exact length is checked when it is decoded
  const fits = payload.length === null ? expected <= payload.storedLength : expected === payload.length;
  if (!fits || (dtype.size === 0 && array.count > 2 ** 20)) {
    const found = payload.length ?? payload.storedLength;
    context.fail(`${expected} bytes were expected for a numpy array ${dtype.name} of shape ${shape}, found ${found}`);
  }
}

function objectsFor(array: NumpyArray, data: unknown, context: ReduceContext): readonly unknown[] {
  if (array.dtype?.fields)
    context.unsupported('structured arrays of objects', 'Arrays with fields of objects cannot be read');
  if (!Array.isArray(data) || data.length !== array.count) {
    return context.fail(`A list of ${array.count} objects was expected for a numpy array, found ${kindOf(data)}`);
  }
  return data;
}

/** _frombuffer(buffer, dtype, shape, order[, axis_order]): protocol 5. */
export function arrayFromBuffer(args: readonly unknown[], context: ReduceContext): NumpyArray {
  const [buffer, dtype, shape, order, axes] = args;
  if (args.length < 4 || args.length > 5 || !(dtype instanceof NumpyDtype) || !(buffer instanceof Payload)) {
    return context.fail(`numpy's _frombuffer was expected to get bytes and a dtype, found ${kindOf(buffer)}`);
  }
  if (dtype.kind === 'O' || dtype.fields?.some((field) => field.type.kind === 'O')) {
    context.fail('A numpy array over a buffer cannot hold objects');
  }
  const orderText = asText(order);
  if (orderText !== 'C' && orderText !== 'F' && orderText !== 'K') {
    context.fail(`The order of a numpy array was expected, found ${kindOf(order)}`);
  }
  const array = new NumpyArray();
  array.shape = shapeFrom(shape, context);
  array.dtype = dtype;
  array.strides = orderText === 'F' ? fortranStrides(array.shape) : cStrides(array.shape);
  checkByteCount(array, dtype, buffer, context);
  array.data = buffer;
  if (orderText === 'K' && axes !== undefined && axes !== null) {
    const { shape: stored, strides } = array;
    const permutation = axesFrom(axes, stored, context);
    array.shape = permutation.map((axis) => stored[axis]);
    array.strides = permutation.map((axis) => strides[axis]);
  }
  return array;
}

function axesFrom(value: unknown, shape: readonly number[], context: ReduceContext): readonly number[] {
  const axes = value instanceof Tuple ? value.items : [];
  const valid = axes.length === shape.length && shape.every((_, axis) => axes.includes(axis));
  return valid ? (axes as number[]) : context.fail('The axis order of a numpy array must name each axis once');
}

function fortranStrides(shape: readonly number[]): number[] {
  return cStrides([...shape].reverse()).reverse();
}

/** scalar(dtype, bytes): numpy.float64(1.5) and its kin, as JavaScript values. */
export function makeScalar(args: readonly unknown[], context: ReduceContext): unknown {
  const [dtype, data] = args;
  if (!(dtype instanceof NumpyDtype) || args.length > 2) {
    return context.fail(`The dtype of a numpy scalar was expected, found ${kindOf(dtype)}`);
  }
  if (dtype.kind === 'O') return data;
  const payload = data instanceof Python2Str ? data.payload : data;
  if (!(payload instanceof Payload))
    return context.fail(`The bytes of a numpy scalar were expected, found ${kindOf(data)}`);
  const bytes = context.readNow(payload);
  if (bytes.length !== dtype.size) {
    context.fail(`${dtype.size} bytes were expected for a numpy scalar ${dtype.name}, found ${bytes.length}`);
  }
  return decodeScalar(dtype, bytes, context);
}
