/** What neuronAttributes say about the units: any key, places, electrodes, channels. */

import { isNdArray, type NdArray, sizeOf } from '../core/arrays.js';
import { integer } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { NeuronAttributes } from './options.js';

type Attributes = readonly NeuronAttributes[] | null;

/** Names under which loaders and users keep a unit's channel, the most usual first. */
const channelKeys = ['channel', 'channel_id', 'channel_index', 'ch', 'channel_idx'];
/** As Python's SpikeLab looks for an electrode: these three in this order, of each unit for itself. The rest are other tools'. */
const electrodeKeys = ['electrode', 'channel', 'ch', 'electrode_id', 'channel_id', 'channel_index', 'channel_idx'];

export function readAttribute(attributes: Attributes, count: number, key: unknown, defaultValue: unknown): unknown[] {
  const name = checkKey(key);
  if (attributes === null) return new Array<unknown>(count).fill(defaultValue);
  return attributes.map((a) => (Object.hasOwn(a, name) ? a[name] : defaultValue));
}

/** Sets one value for all units asked for, or one of an array for each; attributes are made where there were none. */
export function writeAttribute(
  attributes: NeuronAttributes[] | null,
  count: number,
  key: unknown,
  values: unknown,
  neuronIndices: unknown,
): NeuronAttributes[] {
  const name = checkKey(key);
  const units = neuronIndices === undefined || neuronIndices === null ? undefined : indices(neuronIndices, count);
  const target = units ?? Array.from({ length: count }, (_, u) => u);
  const list = isNdArray(values) && !values.stride ? rowsOf(values) : listOf(values);
  if (list && list.length !== target.length) {
    throw new OptionError('values', `as long as there are units to set (${target.length})`, `${list.length} values`);
  }
  const out: NeuronAttributes[] = attributes ?? Array.from({ length: count }, () => ({}));
  target.forEach((unit, i) => {
    out[unit][name] = list ? list[i] : values;
  });
  return out;
}

function checkKey(key: unknown): string {
  if (typeof key !== 'string') throw new OptionError('key', 'a string', key);
  return key;
}

/** What lies along the first axis: numbers of a vector, rows of an array of more dimensions. */
function rowsOf({ data, shape }: NdArray): ArrayLike<unknown> {
  const [rows, ...rest] = shape;
  const width = sizeOf(rest);
  return rest.length === 0 ? data : Array.from({ length: rows }, (_, r) => data.slice(r * width, (r + 1) * width));
}

function listOf(values: unknown): ArrayLike<unknown> | undefined {
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  return isList ? (values as ArrayLike<unknown>) : undefined;
}

function indices(value: unknown, count: number): number[] {
  const list = listOf(value);
  if (!list) throw new OptionError('neuronIndices', 'an array of unit indices', value);
  return Array.from(list, (unit, i) => integer(unit, `neuronIndices[${i}]`, 0, count - 1));
}

/** (units, 2 or 3), or nothing where a unit has no place or not all have as many coordinates. */
export function locationsOf(attributes: Attributes): NdArray<Float64Array> | null {
  if (attributes === null || attributes.length === 0) return null;
  const places = attributes.map(placeOf);
  const width = places[0]?.length ?? 0;
  if (width === 0 || places.some((place) => place?.length !== width)) return null;
  return { data: Float64Array.from(places.flatMap((place) => place ?? [])), shape: [places.length, width] };
}

/** Of one unit, in Python's order: location, else x, y and where there is one z, else position. */
function placeOf({ location, x, y, z, position }: NeuronAttributes): number[] | null {
  const axes = z === undefined || z === null ? [x, y] : [x, y, z];
  return coordinates(location) ?? coordinates(axes) ?? coordinates(position);
}

/** Nothing where one of them is no number: 0 or NaN in its place would be a wrong one. */
function coordinates(value: unknown): number[] | null {
  const list = isNdArray(value) && value.shape.length === 1 && !value.stride ? value.data : listOf(value);
  if (!list || list.length === 0) return null;
  const numbers = Array.from(list, (item) =>
    typeof item === 'number' || typeof item === 'bigint' ? Number(item) : null,
  );
  return numbers.includes(null) ? null : (numbers as number[]);
}

/** The electrode of each unit, else its channel; nothing where a unit has none. */
export function electrodesOf(attributes: Attributes): (number | string)[] | null {
  if (attributes === null || attributes.length === 0) return null;
  const found = attributes.map((unit) => {
    const key = electrodeKeys.find((name) => isPlain(unit[name]));
    return key === undefined ? null : toNumberOrText(unit[key]);
  });
  return found.includes(null) ? null : (found as (number | string)[]);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint';
}

function toNumberOrText(value: unknown): number | string {
  return typeof value === 'bigint' ? Number(value) : (value as number | string);
}

/** Channel of each unit that has one. Without `channelAttr` the most usual name that any unit carries is taken. */
export function channelMap(attributes: Attributes, channelAttr: unknown): Map<number, number> {
  const out = new Map<number, number>();
  if (channelAttr !== undefined && channelAttr !== null && typeof channelAttr !== 'string') {
    throw new OptionError('channelAttr', 'the name of an attribute', channelAttr);
  }
  const key = channelAttr ?? channelKeys.find((name) => attributes?.some((a) => Object.hasOwn(a, name)));
  if (key === undefined || attributes === null) return out;
  attributes.forEach((a, unit) => {
    const value = a[key as string];
    if (value === undefined || value === null) return;
    const channel = isPlain(value) && value !== '' ? Number(value) : Number.NaN;
    if (!Number.isFinite(channel)) throw new OptionError(`neuronAttributes[${unit}].${key}`, 'a channel number', value);
    out.set(unit, channel);
  });
  return out;
}

/** Row of each unit in a raster with one row a channel, channels in ascending order; -1 for units without one. */
export function channelRows(
  attributes: Attributes,
  count: number,
  channelAttr: unknown,
): { rowOf: Int32Array; rows: number } {
  const channels = channelMap(attributes, channelAttr);
  if (channels.size === 0) {
    const expected = `an attribute that says the channel of units (${channelKeys.join(', ')}, or another by channelAttr)`;
    throw new OptionError('neuronAttributes', expected, attributes);
  }
  const rows = new Map([...new Set(channels.values())].sort((a, b) => a - b).map((channel, row) => [channel, row]));
  const rowOf = Int32Array.from({ length: count }, (_, u) => rows.get(channels.get(u) ?? Number.NaN) ?? -1);
  return { rowOf, rows: rows.size };
}
