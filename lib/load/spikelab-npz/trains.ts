/** Spike trains of SpikeLab's units: samples in any of numpy's number types. */
import { FormatError, LimitError } from '../../errors.js';
import type { NpzFile } from '../../format/npz.js';
import { type Dict, kindOf, NumpyArray, numericArray, Tuple, unwrapped } from '../../format/pickle.js';
import type { CheckedTrains } from '../../spike-data/trains.js';
import { msScale } from '../../units.js';
import type { LoadContext } from '../context.js';
import { splitRagged } from '../trains.js';

export async function spikeTrains(
  units: readonly Dict[],
  fsHz: number,
  { path }: NpzFile,
  context: LoadContext,
): Promise<CheckedTrains> {
  const { maxUnits, maxSpikes } = context.limits;
  if (units.length > maxUnits) throw new LimitError('maxUnits', maxUnits, units.length, path);
  const samples = units.map((unit, u) => samplesOf(unit, u, path));
  const offsets = new Float64Array(units.length + 1);
  samples.forEach((train, u) => {
    offsets[u + 1] = offsets[u] + train.length;
  });
  const spikes = offsets[units.length];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, path);
  const times = new Float64Array(spikes);
  samples.forEach((train, u) => {
    times.set(train, offsets[u]);
  });
  const source = { path, times: 'spike_train', limits: context.limits };
  return splitRagged(context, source, { times, offsets, scale: msScale('samples', fsHz, 'fs') });
}

function samplesOf(unit: Dict, u: number, path: string): ArrayLike<number> {
  const location = `units[${u}].spike_train`;
  const wrong = (found: string) =>
    new FormatError(`${path}: ${location} must be a 1-D array of sample numbers, found ${found}`, { path, location });
  if (!unit.has('spike_train')) throw wrong('none');
  const value = unit.get('spike_train');
  const list = value instanceof Tuple ? value.items.map(unwrapped) : value instanceof NumpyArray ? value.data : value;
  if (value instanceof NumpyArray && value.shape.length !== 1) throw wrong(`shape (${value.shape.join(', ')})`);
  if (Array.isArray(list)) {
    const odd = list.find((sample) => typeof sample !== 'number');
    if (odd !== undefined) throw wrong(`${kindOf(odd)} in it`);
    return list;
  }
  const kind = value instanceof NumpyArray ? (value.dtype?.kind ?? 'f') : '';
  const numbers = value instanceof NumpyArray && 'iuf'.includes(kind) ? numericArray(value) : null;
  if (!numbers) throw wrong(value instanceof NumpyArray ? (value.dtype?.name ?? 'nothing') : kindOf(value));
  return numbers instanceof BigInt64Array || numbers instanceof BigUint64Array
    ? Float64Array.from(numbers as BigInt64Array, Number)
    : numbers;
}
