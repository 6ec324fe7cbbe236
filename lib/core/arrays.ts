/** Array types of the public interface, and the few functions that read them. */
import { OptionError } from './errors.js';

export type NumericArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** C-ordered n-d array; the same shape as a zarrita chunk or a scijs ndarray, so those can be passed as they are. */
export interface NdArray<T extends NumericArray = NumericArray> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
}

/** (channels, samples): an NdArray, or one typed array (or plain array) a row. */
export type Traces = NdArray | readonly (NumericArray | readonly number[])[];

/** CSR, as `scipy.sparse.csr_matrix`. */
export interface SparseRaster {
  readonly shape: readonly [units: number, bins: number];
  readonly indptr: Uint32Array | Float64Array;
  readonly indices: Uint32Array;
  readonly data: Uint32Array;
}

export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8ClampedArray);
}

export function isNdArray(value: unknown): value is NdArray {
  return (
    typeof value === 'object' &&
    value !== null &&
    isNumericArray((value as NdArray).data) &&
    isShape((value as NdArray).shape)
  );
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Strides of a C-ordered array of this shape, in elements. */
export function cStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/** Number of elements of a shape; NaN-safe and exact up to 2^53. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Any accepted form of traces as one C-ordered (rows, columns) array. The data of a C-ordered NdArray is borrowed, not
 * copied; rows of equal type are copied into one buffer of that type; plain numbers become float64.
 *
 * @throws OptionError where the value is not 2-D, rows differ in length, or the shape does not fit the data.
 */
export function asMatrix(value: unknown, option: string): NdArray & { shape: readonly [number, number] } {
  if (isNdArray(value)) return matrixFromNdArray(value, option);
  if (!Array.isArray(value)) throw new OptionError(option, 'a 2-D array (channels, samples)', value);
  return matrixFromRows(value, option);
}

function matrixFromNdArray(value: NdArray, option: string): NdArray & { shape: readonly [number, number] } {
  const shape = Array.from(value.shape, Number);
  const valid = shape.length === 2 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!valid) throw new OptionError(option, 'a 2-D array (channels, samples)', `shape (${shape.join(', ')})`);
  const [rows, columns] = shape;
  const stride = value.stride ? Array.from(value.stride, Number) : cStrides(shape);
  const last = rows && columns ? (rows - 1) * stride[0] + (columns - 1) * stride[1] : -1;
  if (!(last < value.data.length) || stride.some((s) => !Number.isSafeInteger(s) || s < 0)) {
    const expected = `as long as its shape (${shape.join(', ')}) and strides (${stride.join(', ')}) need`;
    throw new OptionError(`${option}.data`, expected, value.data);
  }
  if (stride[1] === 1 && stride[0] === columns) {
    const size = rows * columns;
    return { data: value.data.length === size ? value.data : value.data.subarray(0, size), shape: [rows, columns] };
  }
  const data = new (value.data.constructor as Float64ArrayConstructor)(rows * columns);
  const source = value.data as Float64Array;
  for (let r = 0, k = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) data[k++] = source[r * stride[0] + c * stride[1]];
  }
  return { data, shape: [rows, columns] };
}

function matrixFromRows(rows: unknown[], option: string): NdArray & { shape: readonly [number, number] } {
  const columns = rows.length ? rowLength(rows[0], `${option}[0]`) : 0;
  const constructors = new Set<unknown>();
  rows.forEach((row, r) => {
    const length = rowLength(row, `${option}[${r}]`);
    if (length !== columns) {
      throw new OptionError(`${option}[${r}]`, `as long as ${option}[0] (${columns} samples)`, `${length} samples`);
    }
    constructors.add((row as object).constructor);
  });
  const only = constructors.size === 1 && isNumericArray(rows[0]) ? rows[0].constructor : Float64Array;
  const data = new (only as Float64ArrayConstructor)(rows.length * columns);
  rows.forEach((row, r) => {
    if (isNumericArray(row))
      data.set(
        data instanceof row.constructor ? (row as Float64Array) : Float64Array.from(row as Float64Array, Number),
        r * columns,
      );
    else data.set(numbersOf(row as unknown[], `${option}[${r}]`), r * columns);
  });
  return { data, shape: [rows.length, columns] };
}

function rowLength(row: unknown, option: string): number {
  if (isNumericArray(row) || Array.isArray(row)) return row.length;
  throw new OptionError(option, 'an array of numbers (one row of a 2-D array)', row);
}

/** A 1-D array of any accepted form as a typed array: typed arrays (and 1-D NdArrays) are borrowed, others become float64. */
export function asVector(value: unknown, option: string): NumericArray {
  if (isNumericArray(value)) return value;
  if (isNdArray(value)) {
    const [length, ...rest] = Array.from(value.shape, Number);
    const contiguous = value.stride === undefined || value.stride[0] === 1;
    if (rest.length > 0 || !(length <= value.data.length) || !contiguous) {
      throw new OptionError(option, 'a 1-D array', `shape (${value.shape.join(', ')})`);
    }
    return value.data.length === length ? value.data : value.data.subarray(0, length);
  }
  const length = (value as ArrayLike<unknown> | null | undefined)?.length;
  if (typeof value !== 'object' || typeof length !== 'number')
    throw new OptionError(option, 'an array of numbers', value);
  return numbersOf(value as ArrayLike<unknown>, option);
}

/** A plain array as float64; booleans and bigints count as their numbers, anything else is refused. */
function numbersOf(values: ArrayLike<unknown>, option: string): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number') out[i] = value;
    else if (typeof value === 'bigint' || typeof value === 'boolean') out[i] = Number(value);
    else throw new OptionError(`${option}[${i}]`, 'a number', value);
  }
  return out;
}
