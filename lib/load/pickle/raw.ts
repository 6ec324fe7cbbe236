/** The raw traces of a pickled SpikeData. */
import type { NdArray, NumericArray } from '../../arrays.js';
import { FormatError } from '../../errors.js';
import { NumpyArray, numericArray } from '../../format/pickle.js';

/** raw_data (channels, samples) and raw_time; nothing where they are SpikeData's empty defaults. */
export function pickledRaw(
  rawData: unknown,
  rawTime: unknown,
  path: string,
): { rawData?: NdArray; rawTime?: NumericArray | number } {
  if (!(rawData instanceof NumpyArray) || rawData.count === 0) return {};
  if (rawData.shape.length !== 2) throw wrong('raw_data', '2-D (channels, samples)', rawData, path);
  const data = numbers('raw_data', rawData, path);
  const shape = [...rawData.shape];
  if (typeof rawTime === 'number') return { rawData: { data, shape }, rawTime };
  if (!(rawTime instanceof NumpyArray) || rawTime.shape.length > 1) throw wrong('raw_time', '1-D', rawTime, path);
  const time = numbers('raw_time', rawTime, path);
  return { rawData: { data, shape }, rawTime: rawTime.shape.length === 0 ? Number(time[0]) : time };
}

function numbers(name: string, array: NumpyArray, path: string): NumericArray {
  const data = array.dtype?.kind === 'c' ? null : numericArray(array);
  if (!data) throw wrong(name, 'an array of numbers', array, path);
  return data;
}

function wrong(name: string, expected: string, found: unknown, path: string): FormatError {
  const what = found instanceof NumpyArray ? `${found.dtype?.name} of shape (${found.shape.join(', ')})` : 'none';
  return new FormatError(`${name} of the SpikeData in ${path} must be ${expected}, found ${what}`, {
    path,
    location: name,
  });
}
