/** numpy's array machinery under its paths in numpy 1 and numpy 2. */
import { arrayFromBuffer, makeScalar, reconstructArray } from './numpy-array.js';
import { makeDtype } from './numpy-dtype.js';
import type { GlobalTable, GlobalTraits } from './values.js';

const multiarray = { _reconstruct: { call: reconstructArray }, scalar: { call: makeScalar } };
const numeric = { _frombuffer: { call: arrayFromBuffer } };

/** Scalar types may stand in a pickle as values; making one of them by name is not how numpy pickles. */
const scalarTypes = [
  ...['bool_', 'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'],
  ...['float16', 'float32', 'float64', 'complex64', 'complex128', 'str_', 'bytes_', 'object_', 'void'],
];
const inert: GlobalTraits = {};

export const numpyGlobals: GlobalTable = {
  numpy: {
    ndarray: inert,
    dtype: { call: makeDtype },
    ...Object.fromEntries(scalarTypes.map((name) => [name, inert])),
  },
  'numpy.core.multiarray': multiarray,
  'numpy._core.multiarray': multiarray,
  'numpy.core.numeric': numeric,
  'numpy._core.numeric': numeric,
};
