/**
 * SpikeData for postMessage: typed arrays and plain objects that another thread makes a SpikeData of, without a copy where
 * their memory can be transferred.
 */

import * as workers from 'node:worker_threads';
import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import type { NdArray, NumericArray } from '../core/arrays.js';
import { isNdArray } from '../core/arrays.js';
import { OptionError } from '../core/errors.js';
import type { LoadReport } from '../core/findings.js';
import { CheckedTrains, type FlatTrains } from '../core/flat-trains.js';
import { revived } from './json.js';
import type { NeuronAttributes, SpikeDataOptions } from './options.js';
import { problemError } from './trains.js';

const kind = 'spikelab.SpikeData';

export interface TransferableSpikeData extends FlatTrains {
  '@type': typeof kind;
  N: number;
  length: number;
  startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  rawData: NdArray | null;
  /** ms of each sample, or the sample rate in kHz. */
  rawTime: Float64Array | number | null;
  report: LoadReport | null;
}

/** A SpikeData as its class hands it over. */
export type Parts = Omit<TransferableSpikeData, '@type' | 'times' | 'offsets'> & { trains: FlatTrains };

/** Gives the parts of a SpikeData; undefined for anything else. */
export type PartsOf = (value: unknown) => Parts | undefined;

/** The arrays are borrowed: they stay with the SpikeData until their buffers are transferred. */
export function toTransferable(
  parts: Parts,
  partsOf: PartsOf,
): { value: TransferableSpikeData; transfer: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const value = packed(parts, { partsOf, buffers, seen: new Map() });
  return { value, transfer: [...buffers] };
}

interface Packing {
  readonly partsOf: PartsOf;
  readonly buffers: Set<ArrayBuffer>;
  /** What was packed already, so that what occurs twice, or within itself, still does. */
  readonly seen: Map<object, unknown>;
}

function packed({ trains, rawData, rawTime, ...parts }: Parts, packing: Packing): TransferableSpikeData {
  return {
    '@type': kind,
    ...parts,
    times: movable(trains.times, packing),
    // few, and with them the SpikeData that they come from can tell that its times are gone
    offsets: trains.offsets.slice(),
    neuronAttributes: plain(parts.neuronAttributes, 'neuronAttributes', packing) as NeuronAttributes[] | null,
    metadata: plain(parts.metadata, 'metadata', packing) as Record<string, unknown>,
    rawData: rawData && { data: movable(rawData.data, packing), shape: Array.from(rawData.shape) },
    rawTime: typeof rawTime === 'object' && rawTime ? movable(rawTime, packing) : rawTime,
  };
}

/** Node 20 copies what it cannot transfer (memory of native code) by itself; later ones refuse it, and can say so before. */
const isFixed: (buffer: object) => boolean =
  (workers as { isMarkedAsUntransferable?: (buffer: object) => boolean }).isMarkedAsUntransferable ?? (() => false);

/** A part of a larger buffer is copied: transferring that would take away what else lies in it. */
function movable<T extends NumericArray>(array: T, { buffers }: Packing): T {
  const { buffer } = array;
  if (!(buffer instanceof ArrayBuffer)) return array;
  const own = array.byteLength === buffer.byteLength ? array : (array.slice() as T);
  if (own.byteLength > 0 && !isFixed(own.buffer)) buffers.add(own.buffer as ArrayBuffer);
  return own;
}

/** Copies of lists, objects, maps and sets, in which a SpikeData is packed too: a clone would lose it. */
function plain(value: unknown, path: string, packing: Packing): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new OptionError(path, 'a value that can be cloned', value);
  }
  if (typeof value !== 'object' || value === null) return value;
  const before = packing.seen.get(value);
  if (before !== undefined) return before;
  const keep = <T>(copy: T): T => {
    packing.seen.set(value, copy);
    return copy;
  };
  const parts = packing.partsOf(value);
  if (parts) return keep(packed(parts, packing));
  const inner = (item: unknown, key: unknown) => plain(item, `${path}.${String(key)}`, packing);
  if (Array.isArray(value)) {
    const list: unknown[] = keep([]);
    for (const [i, item] of value.entries()) list.push(inner(item, i));
    return list;
  }
  if (value instanceof Map) {
    const map = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) map.set(inner(key, 'key'), inner(item, key));
    return map;
  }
  if (value instanceof Set) {
    const set = keep(new Set<unknown>());
    for (const item of value) set.add(inner(item, 'item'));
    return set;
  }
  return isPlainObject(value) ? filled(keep({}), Object.entries(value), inner) : value;
}

/** Of other classes a clone keeps what it can: dates, typed arrays, errors. */
function isPlainObject(value: object): boolean {
  return !ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Object]';
}

function filled(out: object, entries: [string, unknown][], inner: (item: unknown, key: string) => unknown): object {
  for (const [key, item] of entries) {
    Object.defineProperty(out, key, { value: inner(item, key), enumerable: true, writable: true, configurable: true });
  }
  return out;
}

export function isTransferable(value: unknown): value is TransferableSpikeData {
  return typeof value === 'object' && value !== null && (value as TransferableSpikeData)['@type'] === kind;
}

/** What the class makes of a message: trains without a copy, what its constructor takes, and the report. */
export function fromTransferable(value: unknown): {
  trains: CheckedTrains;
  options: SpikeDataOptions;
  report: LoadReport | null;
} {
  if (!isTransferable(value)) throw new OptionError('value', 'what toTransferable gave as value', value);
  const { times, offsets, N, length, startTime, neuronAttributes, metadata, rawData, rawTime, report } = value;
  for (const [name, array] of Object.entries({ times, offsets })) {
    if (!(array instanceof Float64Array)) throw new OptionError(`value.${name}`, 'a Float64Array', array);
  }
  if (offsets[offsets.length - 1] !== times.length) {
    const hint = 'Its buffers were transferred before: the other thread has the spikes';
    throw new OptionError('value.times', `of ${offsets[offsets.length - 1]} spikes`, times, times.length ? '' : hint);
  }
  // sorts in place what someone may have disordered; nothing is moved otherwise
  const checked = callNative(() => native().splitRagged({ times, offsets, inPlace: true }));
  if (checked.problem) throw problemError(checked.problem, { times: 'value.times' });
  return {
    trains: new CheckedTrains(times, checked.offsets),
    options: { N, length, startTime, neuronAttributes, metadata, rawData, rawTime },
    report: revived(report),
  };
}

/** With each SpikeData that lies within a value made again, in place. */
export function reviveWithin(value: unknown, make: (sent: unknown) => unknown, seen = new Set<object>()): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return value;
  if (isTransferable(value)) return make(value);
  seen.add(value);
  if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, reviveWithin(item, make, seen));
  } else if (!isNdArray(value)) {
    const container = value as Record<string, unknown>;
    for (const key of Object.keys(container)) container[key] = reviveWithin(container[key], make, seen);
  }
  return value;
}
