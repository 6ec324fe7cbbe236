/** What the addon says of HDF5 objects, and is asked to write: plain objects that cross between the languages. */
import type { NumericArray } from '../core/arrays.js';

export interface Hdf5Dtype {
  class:
    | 'integer'
    | 'float'
    | 'bool'
    | 'enum'
    | 'string'
    | 'compound'
    | 'reference'
    | 'region-reference'
    | 'vlen'
    | 'array'
    | 'bitfield'
    | 'opaque'
    | 'time';
  /** 'int16', 'float64', 'string' …: for messages. */
  name: string;
  /** Bytes of one element as stored. */
  size: number;
  /** Of numbers. */
  signed?: boolean;
  order?: 'little' | 'big';
  /** Of strings: whether their length varies. */
  variable?: boolean;
  /** Of enumerations. */
  members?: Record<string, number>;
  /** Of compounds. */
  fields?: { name: string; dtype: Hdf5Dtype }[];
  /** Of vlen and array types. */
  base?: Hdf5Dtype;
  shape?: number[];
}

export interface Hdf5DatasetDescription {
  kind: 'dataset';
  path: string;
  /** [] for a scalar, null for a dataset that holds nothing at all. */
  shape: number[] | null;
  /** Number of elements. */
  size: number;
  dtype: Hdf5Dtype;
  layout: 'compact' | 'contiguous' | 'chunked';
  chunk: number[] | null;
  filters: { id: number; name: string; parameters: number[] }[];
}

export type Hdf5Description = Hdf5DatasetDescription | { kind: 'group' | 'type'; path: string };

/**
 * An attribute's value: scalars as number (bigint where a 64-bit integer is no exact number), boolean or string; arrays
 * flattened in C order; an object reference as the path of its object ('' where it points at nothing); null for attributes
 * that hold nothing and for types that are not decoded (compounds, opaque bytes).
 */
export type Hdf5AttributeValue = number | bigint | boolean | string | string[] | NumericArray | null;

/** What a region reference selects: rows [start, end) of the first dimension of the dataset at `path`; '' for null. */
export interface Hdf5Region {
  path: string;
  rows: [start: number, end: number][];
}

export type Hdf5NumberType =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64';

/**
 * What a dataset or an attribute holds. A shape of null is a scalar. Numbers come as pieces that follow one another in C
 * order: typed arrays of the stored type, or Float64Arrays with a `conversion` (value × factor ÷ divisor, rounded half to
 * even where int64 is stored). `runLengths` stands for 0 repeated runLengths[0] times, then 1, and so on.
 */
export interface Hdf5Values {
  type: Hdf5NumberType | 'bool' | 'text' | 'reference';
  shape: readonly number[] | null;
  pieces?: readonly NumericArray[];
  conversion?: { factor: number; divisor: number };
  /** The pieces are Uint32Arrays, to be stored as int64. */
  widen?: boolean;
  runLengths?: Float64Array;
  /** type text: the strings; type reference: paths of the objects meant. */
  texts?: readonly string[];
}

export type Hdf5WriteEntry =
  | { kind: 'group'; path: string }
  | { kind: 'softLink'; path: string; target: string }
  | ({ kind: 'dataset'; path: string } & Hdf5Values)
  | ({ kind: 'attribute'; path: string; name: string } & Hdf5Values);
