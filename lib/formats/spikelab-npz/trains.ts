/** Spike trains of SpikeLab's units: samples in any of numpy's number types. */

import { type Dict, kindOf, NumpyArray, numericArray, Tuple, unwrapped } from '../../containers/pickle/pickle.js';
import { copyFloats } from '../../containers/text/floats.js';
import type { NpzFile } from '../../containers/zip/npz.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import { Slices } from '../../core/slices.js';
import { msScale } from '../../core/units.js';
import type { SourceContext } from '../../io/context.js';
import { splitRagged } from '../../loading/trains.js';

export async function spikeTrains(
  units: readonly Dict[],
  fsHz: number,
  { path }: NpzFile,
  context: SourceContext,
): Promise<CheckedTrains> {
  const { maxUnits, maxSpikes } = context.limits;
  if (units.length > maxUnits) throw new LimitError('maxUnits', maxUnits, units.length, path);
  const stored = units.map((unit, u) => storedTrain(unit, u, path));
  const offsets = new Float64Array(units.length + 1);
  stored.forEach((train, u) => {
    offsets[u + 1] = offsets[u] + (train instanceof NumpyArray ? train.count : train.length);
  });
  const spikes = offsets[units.length];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, path);
  const times = new Float64Array(spikes);
  const slices = new Slices(context.signal);
  for (const [u, train] of stored.entries()) {
    // a train after the other: what an array needs beside its bytes is given back before the next
    const samples = train instanceof NumpyArray ? numericArray(train) : train;
    if (samples === null) throw wrongTrain(u, (train as NumpyArray).dtype?.name ?? 'nothing', path);
    await copyFloats(samples, times, offsets[u], slices);
  }
  const source = { path, times: 'spike_train', limits: context.limits };
  return splitRagged(context, source, { times, offsets, scale: msScale('samples', fsHz, 'fs') });
}

function storedTrain(unit: Dict, u: number, path: string): number[] | NumpyArray {
  if (!unit.has('spike_train')) throw wrongTrain(u, 'none', path);
  const value = unit.get('spike_train');
  const list = value instanceof Tuple ? value.items.map(unwrapped) : value instanceof NumpyArray ? value.data : value;
  if (value instanceof NumpyArray && value.shape.length !== 1) {
    throw wrongTrain(u, `shape (${value.shape.join(', ')})`, path);
  }
  if (Array.isArray(list)) {
    const odd = list.find((sample) => typeof sample !== 'number');
    if (odd !== undefined) throw wrongTrain(u, `${kindOf(odd)} in it`, path);
    return list;
  }
  if (!(value instanceof NumpyArray)) throw wrongTrain(u, kindOf(value), path);
  if ('iuf'.includes(value.dtype?.kind ?? 'f')) return value;
  throw wrongTrain(u, value.dtype?.name ?? 'nothing', path);
}

function wrongTrain(u: number, found: string, path: string): FormatError {
  const location = `units[${u}].spike_train`;
  const message = `${path}: ${location} must be a 1-D array of sample numbers, found ${found}`;
  return new FormatError(message, { path, location });
}
