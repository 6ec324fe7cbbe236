/** Spike trains back to back in one buffer: how they are made, checked, and how what is wrong with them is worded. */

import { native } from '../addon/binding.js';
import type { NativeTrains, TrainFindings, TrainProblem } from '../addon/contract.js';
import { callNative } from '../addon/job.js';
import { asMatrix, asVector, isNdArray, type NumericArray } from '../core/arrays.js';
import { FormatError, LimitError, OptionError } from '../core/errors.js';
import { CheckedTrains } from '../core/flat-trains.js';
import { defaultLimits, type Limits } from '../core/limits.js';

/** What the values were called where they came from. */
export interface TrainNames {
  times: string;
  units?: string;
  counts?: string;
  /** Bins of a row, to turn a position into a row and a column. */
  bins?: number;
  limits?: Limits;
}

/** The trains, or the OptionError (for arguments) or FormatError (where `path` is given, for files) that says why not. */
export function checkedTrains(
  result: NativeTrains,
  names: TrainNames,
  path?: string,
): { trains: CheckedTrains; findings: TrainFindings } {
  if (result.problem) throw problemError(result.problem, names, path);
  return { trains: new CheckedTrains(result.times, result.offsets), findings: result.findings };
}

/** The public error for a problem that the native side found. */
export function problemError(problem: TrainProblem, names: TrainNames, path?: string): Error {
  const { maxUnits, maxSpikes } = names.limits ?? defaultLimits;
  const { kind, value } = problem;
  if (kind === 'too-many-spikes') {
    return new LimitError('maxSpikes', maxSpikes, value, names.counts ?? names.times);
  }
  const { where, expected } = wording(problem, names);
  if (kind === 'unit-too-large' && value >= maxUnits) return new LimitError('maxUnits', maxUnits, value + 1, where);
  if (path === undefined) return new OptionError(where, expected, value);
  return new FormatError(`${where} of ${path} must be ${expected}, got ${value}`, { path, location: where });
}

function wording({ kind, position }: TrainProblem, names: TrainNames): { where: string; expected: string } {
  const { times, units = 'units', counts = 'counts', bins } = names;
  const cell = bins ? `${counts}[${Math.floor(position / bins)}][${position % bins}]` : `${counts}[${position}]`;
  switch (kind) {
    case 'non-finite-time':
      return { where: `${times}[${position}]`, expected: 'a finite time' };
    case 'inexact-time':
      return { where: `${times}[${position}]`, expected: 'a whole number of at most 2^53' };
    case 'non-finite-unit':
    case 'fractional-unit':
      return { where: `${units}[${position}]`, expected: 'a whole number (the index of a unit)' };
    case 'negative-unit':
      return { where: `${units}[${position}]`, expected: 'the index of a unit, at least 0' };
    case 'unit-too-large':
      return { where: `${units}[${position}]`, expected: 'an index below the number of units' };
    case 'non-finite-count':
    case 'negative-count':
      return { where: cell, expected: 'a number of spikes, at least 0' };
    default:
      return { where: `offsets[${position}]`, expected: 'the start of a train, rising from 0 to the number of times' };
  }
}

/** Sorted copies of trains of any accepted form. */
export function copyTrains(train: unknown, option = 'train'): CheckedTrains {
  const vectors = rowsOf(train, option).map((times, u) => asVector(times, `${option}[${u}]`));
  const offsets = new Float64Array(vectors.length + 1);
  vectors.forEach((times, u) => {
    offsets[u + 1] = offsets[u] + times.length;
  });
  const times = new Float64Array(offsets[vectors.length]);
  vectors.forEach((vector, u) => {
    times.set(asFloat64(vector, `${option}[${u}]`), offsets[u]);
  });
  const result = callNative(() => native().splitRagged({ times, offsets, inPlace: true }));
  if (result.problem) throw badTime(result.problem, offsets, option);
  return new CheckedTrains(times, result.offsets);
}

/** One array a unit; the rows of a 2-D array are that too. */
function rowsOf(train: unknown, option: string): unknown[] {
  if (Array.isArray(train)) return train;
  if (!isNdArray(train)) throw new OptionError(option, 'an array with one array of spike times a unit', train);
  const { data, shape } = asMatrix(train, option);
  return Array.from({ length: shape[0] }, (_, u) => data.subarray(u * shape[1], (u + 1) * shape[1]));
}

function asFloat64(vector: NumericArray, option: string): ArrayLike<number> {
  if (!(vector instanceof BigInt64Array || vector instanceof BigUint64Array)) return vector;
  return Float64Array.from(vector as BigInt64Array, (value, i) => {
    const time = Number(value);
    if (!Number.isSafeInteger(time))
      throw new OptionError(`${option}[${i}]`, 'a time that a double holds exactly', value);
    return time;
  });
}

/** Names the train and the spike in it, not the position in the buffer that the user never saw. */
function badTime(problem: TrainProblem, offsets: Float64Array, option: string): Error {
  const unit = unitAt(offsets, problem.position);
  const where = `${option}[${unit}][${problem.position - offsets[unit]}]`;
  return new OptionError(where, 'a finite time in ms', problem.value);
}

/** The train that holds the spike at this position. */
function unitAt(offsets: Float64Array, position: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
