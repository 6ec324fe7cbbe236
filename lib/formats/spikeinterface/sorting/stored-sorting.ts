/** A sorting as SpikeInterface stores it, whatever the container. One file a container; the table in open.ts lists them. */

import type { JsonObject } from '../../../containers/text/json.js';
import { type NdArray, type NumericArray, sizeOf } from '../../../core/arrays.js';
import { FormatError } from '../../../core/errors.js';
import type { Limits } from '../../../core/limits.js';
import type { FollowLinks } from '../../../io/members.js';

export interface StoredSpikes {
  /** Sample index of each spike, counted from the start of its segment. */
  samples: NumericArray;
  /** For each spike the position of its unit in `unitIds`. */
  rows: NumericArray;
}

/** Channels of the recording that an analyzer was made from. */
export interface StoredChannels {
  ids: (number | string)[];
  /** [x, y] or [x, y, z] in micrometres, one a channel. */
  locations: number[][] | null;
  /** Hardware electrode of each channel, where the recording has that property. */
  electrodes: unknown[] | null;
  /** For each unit the row of the channel where its template is largest. */
  peakRows: number[] | null;
  /** Length of each segment in samples. */
  samples: number[] | null;
}

export interface StoredSorting {
  container: string;
  unitIds: (number | string)[];
  fsHz: number;
  segments: number;
  spikes(segment: number): Promise<StoredSpikes>;
  /** One value a unit, by name. */
  properties: Record<string, unknown[]>;
  /** Properties that are pickled objects: named, never read. */
  skipped: string[];
  channels: StoredChannels | null;
  /** Of an analyzer. */
  extensions?: UnitExtensions;
}

/** What extensions of an analyzer say of its units, in their order. */
export interface UnitExtensions {
  /** Quality and template metrics: NaN and '' where a unit has none. */
  columns: Record<string, unknown[]>;
  /** Estimated places, µm. */
  locations: number[][] | null;
  /** Mean waveforms, (units, samples, channels). */
  average: NdArray | null;
  /** What could not be read. */
  skipped: string[];
}

export interface StoredSortingOptions {
  readonly followLinks: FollowLinks;
  limits: Limits;
  signal?: AbortSignal;
  onBytes?: (bytes: number) => void;
}

/** A field of a JSON sidecar that must be a positive number. */
export function positiveField(object: JsonObject, key: string, path: string): number {
  const value = object[key];
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
    throw new FormatError(`${path}: ${key} must be a positive number, found ${JSON.stringify(value)}`, {
      path,
      location: key,
    });
  }
  return value;
}

/** Unit or channel ids: whole numbers or texts, each once. */
export function idsField(value: unknown, key: string, path: string): (number | string)[] {
  const valid = Array.isArray(value) && value.every((id) => typeof id === 'string' || Number.isSafeInteger(id));
  if (!valid)
    throw new FormatError(`${path}: ${key} must be a list of whole numbers or texts`, { path, location: key });
  const repeated = value.find((id, i) => value.indexOf(id) !== i);
  if (value.length < 5000 && repeated !== undefined) {
    throw new FormatError(`${path}: ${key} must hold each id once, found ${repeated} again`, { path, location: key });
  }
  return value;
}

/** Values that a property may have in all: a template a unit is far less, and a shape may promise any number in a sparse file. */
const maxPropertyValues = 2 ** 24;

/** Whether an array of this shape can be a property: values, or rows of values, one a unit. */
export function isProperty(shape: readonly number[]): boolean {
  return (shape.length === 1 || shape.length === 2) && sizeOf(shape) <= maxPropertyValues;
}

/** Rows of a (units, …) array: numbers for 1-D, arrays for 2-D; wider ones are no attribute of a unit. */
export function rowsOf(data: ArrayLike<number | bigint>, shape: readonly number[]): unknown[] | null {
  if (shape.length === 1) return Array.from(data, Number);
  if (shape.length !== 2) return null;
  const width = shape[1];
  return Array.from({ length: shape[0] }, (_, r) =>
    Array.from({ length: width }, (_, c) => Number(data[r * width + c])),
  );
}
