/** What neuronAttributes say about the units: any key, places, electrodes, channels. */
import { isNdArray, type NdArray, sizeOf } from '../arrays.js';
import { OptionError } from '../errors.js';
import { integer } from '../options.js';
import type { NeuronAttributes } from './options.js';

type Attributes = readonly NeuronAttributes[] | null;

/** Names under which loaders and users keep a unit's channel, the most usual first. */
const channelKeys = ['channel', 'channel_id', 'channel_index', 'ch', 'channel_idx'];
const electrodeKeys = ['electrode', 'electrode_id', ...channelKeys];

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

function placeOf(attributes: NeuronAttributes): number[] | null {
  const { location, position, x, y, z } = attributes;
  for (const place of [location, position]) {
    const list = listOf(place);
    if (list && list.length > 0) return Array.from(list, Number);
  }
  if (x === undefined || y === undefined) return null;
  return z === undefined ? [Number(x), Number(y)] : [Number(x), Number(y), Number(z)];
}

/** The electrode of each unit, else its channel; nothing where a unit has none. */
export function electrodesOf(attributes: Attributes): (number | string)[] | null {
  if (attributes === null || attributes.length === 0) return null;
  const key = electrodeKeys.find((name) => attributes.every((a) => isPlain(a[name])));
  return key === undefined ? null : attributes.map((a) => toNumberOrText(a[key]));
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
