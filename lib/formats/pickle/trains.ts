/** The trains of a pickled SpikeData, read from the file straight into the buffer that they stay in. */

import {
  kindOf,
  NumpyArray,
  numericArray,
  Payload,
  payloadsIn,
  type ScannedPickle,
  Tuple,
  unwrapped,
} from '../../containers/pickle/pickle.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { SourceContext } from '../../io/context.js';
import { splitRagged } from '../../loading/trains.js';

/** numpy's narrowest number widens eightfold to float64; more spikes than that mean one array stands for many trains. */
const maxWidening = 8;
/** Below this, arrays that stand for several trains are harmless. */
const smallBytes = 2 ** 20;

/** `elsewhere`: payloads that somebody else reads; `needed`: those that must be in memory whoever reads them. */
export async function readPickledTrains(
  pickle: ScannedPickle,
  items: readonly unknown[],
  { elsewhere, needed }: { elsewhere: ReadonlySet<unknown>; needed: ReadonlySet<Payload> },
  path: string,
  context: SourceContext,
): Promise<CheckedTrains> {
  const offsets = offsetsOf(items, pickle, path, context);
  const times = new Float64Array(offsets[items.length]);
  const placed = placeDoubles(items, offsets);
  await pickle.readInto(times, placed, {
    ...{ signal: context.signal, onProgress: context.onProgress },
    ...{ stage: 'reading spikes', total: times.byteLength, unit: 'bytes' },
  });
  const direct = new Set(placed.map(({ unit }) => unit));
  const converted = payloadsIn(items.filter((_, unit) => !direct.has(unit)));
  const except = new Set<unknown>([...elsewhere, ...placed.map(({ payload }) => payload)]);
  // one array may be a train and stand in the metadata as well
  for (const payload of [...needed, ...converted]) except.delete(payload);
  await pickle.readRest(except, context.signal);
  items.forEach((item, unit) => {
    if (!direct.has(unit)) times.set(numbersOf(item, unit, path), offsets[unit]);
  });
  return splitRagged(context, { times: 'train', path, limits: context.limits }, { times, offsets });
}

function offsetsOf(
  items: readonly unknown[],
  pickle: ScannedPickle,
  path: string,
  context: SourceContext,
): Float64Array {
  const { maxUnits, maxSpikes, maxArrayBytes } = context.limits;
  if (items.length > maxUnits) throw new LimitError('maxUnits', maxUnits, items.length, path);
  const offsets = new Float64Array(items.length + 1);
  items.forEach((item, unit) => {
    offsets[unit + 1] = offsets[unit] + lengthOf(item, unit, path);
  });
  const spikes = offsets[items.length];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, path);
  if (spikes * 8 > maxArrayBytes) throw new LimitError('maxArrayBytes', maxArrayBytes, spikes * 8, path);
  const { size } = pickle.input.source;
  if (spikes * 8 > size * maxWidening + smallBytes) {
    const message = `${path} is ${size} bytes long and its trains would hold ${spikes} spikes: one array stands for many trains`;
    throw new FormatError(message, { path, location: 'train' });
  }
  return offsets;
}

function lengthOf(item: unknown, unit: number, path: string): number {
  if (Array.isArray(item)) return item.length;
  if (item instanceof Tuple) return item.items.length;
  const kind = item instanceof NumpyArray ? (item.dtype?.kind ?? 'f') : '';
  if (item instanceof NumpyArray && item.shape.length === 1 && 'iufO'.includes(kind)) return item.count;
  const shape = item instanceof NumpyArray ? `${item.dtype?.name} of shape (${item.shape.join(', ')})` : kindOf(item);
  throw wrongTrain(unit, shape, path);
}

function wrongTrain(unit: number, found: string, path: string): FormatError {
  const location = `train[${unit}]`;
  return new FormatError(`${location} in ${path} must be a 1-D array of numbers, found ${found}`, { path, location });
}

interface Placed {
  unit: number;
  payload: Payload;
  /** Bytes of the common buffer. */
  offset: number;
  bytes: number;
}

/** Trains that are float64 in this machine's order need no conversion: their bytes go where they stay. */
function placeDoubles(items: readonly unknown[], offsets: Float64Array): Placed[] {
  const placed: Placed[] = [];
  items.forEach((item, unit) => {
    if (!(item instanceof NumpyArray) || !(item.data instanceof Payload) || item.count === 0) return;
    const { dtype, strides } = item;
    if (dtype?.kind !== 'f' || dtype.size !== 8 || !dtype.littleEndian || strides[0] !== 1) return;
    placed.push({ unit, payload: item.data, offset: offsets[unit] * 8, bytes: item.count * 8 });
  });
  return placed;
}

function numbersOf(item: unknown, unit: number, path: string): ArrayLike<number> {
  const list = item instanceof Tuple ? item.items.map(unwrapped) : item instanceof NumpyArray ? item.data : item;
  if (Array.isArray(list)) {
    const odd = list.find((value) => typeof value !== 'number');
    if (odd !== undefined) throw wrongTrain(unit, `${kindOf(odd)} in it`, path);
    return list;
  }
  const numbers = numericArray(item as NumpyArray);
  if (!numbers) throw wrongTrain(unit, (item as NumpyArray).dtype?.name ?? 'nothing', path);
  return numbers instanceof BigInt64Array || numbers instanceof BigUint64Array
    ? Float64Array.from(numbers as BigInt64Array, Number)
    : numbers;
}
