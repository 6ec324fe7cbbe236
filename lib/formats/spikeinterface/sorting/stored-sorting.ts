/** A sorting as SpikeInterface stores it, whatever the container. One file a container; the table in open.ts lists them. */
import type { NumericArray } from '../../arrays.js';
import { FormatError } from '../../errors.js';
import type { Limits } from '../../options.js';
import type { JsonObject } from '../json.js';

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
}

export interface StoredSortingOptions {
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

/** Rows of a (units, …) array: numbers for 1-D, arrays for 2-D; wider ones are no attribute of a unit. */
export function rowsOf(data: ArrayLike<number | bigint>, shape: readonly number[]): unknown[] | null {
  if (shape.length === 1) return Array.from(data, Number);
  if (shape.length !== 2) return null;
  const width = shape[1];
  return Array.from({ length: shape[0] }, (_, r) =>
    Array.from({ length: width }, (_, c) => Number(data[r * width + c])),
  );
}
