/** Numeric datasets of one dimension, with the (N, 1) and (1, N) that MATLAB makes of them. */

import type { Hdf5DatasetDescription } from '../../addon/hdf5-contract.js';
import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';

export interface VectorDescription {
  path: string;
  length: number;
  /** Stored with two dimensions, as MATLAB stores every vector. */
  flattened: boolean;
  dtype: Hdf5DatasetDescription['dtype'];
}

/**
 * Looks at a dataset before it is read. Two dimensions, one of them 1, are flattened; where `beside` is given (a dataset
 * that goes with this one), only if that one has two dimensions too or MATLAB marked this one: a lone column among
 * vectors is a mistake.
 *
 * @throws FormatError for scalars, matrices and what is not numeric; LimitError for more elements than maxSpikes
 */
export async function describeVector(
  file: Hdf5File,
  path: string,
  what: string,
  context: SourceContext,
  beside?: VectorDescription,
): Promise<VectorDescription> {
  const { dtype, shape, size } = await file.describeDataset(path);
  const found = shape === null ? 'nothing (a null dataspace)' : shape.length === 0 ? 'a scalar' : `shape (${shape})`;
  if (dtype.class !== 'integer' && dtype.class !== 'float') {
    throw new FormatError(`${what} must be numbers, found ${dtype.name} at ${path} of ${file.path}`, place(file, path));
  }
  const column = shape?.length === 2 && (shape[0] === 1 || shape[1] === 1);
  const mayFlatten = !beside || beside.flattened || (column && (await isFromMatlab(file, path)));
  if (shape?.length !== 1 && !(column && mayFlatten)) {
    throw new FormatError(
      `${what} must have one dimension, found ${found} at ${path} of ${file.path}`,
      place(file, path),
    );
  }
  const { maxSpikes } = context.limits;
  if (size > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, size, `${path} of ${file.path}`);
  return { path, length: size, flattened: column, dtype };
}

async function isFromMatlab(file: Hdf5File, path: string): Promise<boolean> {
  return 'MATLAB_class' in (await file.attributes(path));
}

export function place(file: Hdf5File, location: string): { path: string; location: string } {
  return { path: file.path, location };
}

/** Whether it is where MATLAB keeps the cells of arrays, and objects: parts of others, which mean nothing by themselves. */
export const isInsideOfMatlab = (name: string) => /^\/#(refs|subsystem)#(\/|$)/.test(name);
