/** The raw traces of a pickled SpikeData. */

import { NumpyArray, numericArray, Payload, type ScannedPickle } from '../../containers/pickle/pickle.js';
import type { NdArray, NumericArray } from '../../core/arrays.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';

/** raw_data (channels, samples) and raw_time; nothing where they are SpikeData's empty defaults. */
export async function pickledRaw(
  pickle: ScannedPickle,
  rawData: unknown,
  rawTime: unknown,
  path: string,
  { signal, limits, onProgress }: SourceContext,
): Promise<{ rawData?: NdArray; rawTime?: NumericArray | number }> {
  const read = async (name: string, array: NumpyArray): Promise<NumericArray> => {
    const bytes = array.count * (array.dtype?.size ?? 0);
    if (bytes > limits.maxArrayBytes)
      throw new LimitError('maxArrayBytes', limits.maxArrayBytes, bytes, `${name} in ${path}`);
    const job = { signal, onProgress, stage: 'reading raw data', total: bytes, unit: 'bytes' as const };
    const direct = await pickle.readNumbers(array, job);
    if (direct) return direct;
    if (array.data instanceof Payload) await pickle.read(array.data, signal);
    return numbers(name, array, path);
  };
  if (!(rawData instanceof NumpyArray) || rawData.count === 0) return {};
  if (rawData.shape.length !== 2) throw wrong('raw_data', '2-D (channels, samples)', rawData, path);
  const data = await read('raw_data', rawData);
  const shape = [...rawData.shape];
  if (typeof rawTime === 'number') return { rawData: { data, shape }, rawTime };
  if (!(rawTime instanceof NumpyArray) || rawTime.shape.length > 1) throw wrong('raw_time', '1-D', rawTime, path);
  const time = await read('raw_time', rawTime);
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
