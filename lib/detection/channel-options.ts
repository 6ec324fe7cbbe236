/** What is known of the channels of traces: places, gains, offsets, and which of them are no good. */
import { asMatrix, asVector, type NdArray } from '../core/arrays.js';
import { integer } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { OptionNames } from '../core/known-options.js';

/** What a recording would say about its channels: for traces in memory and files that do not, or to say otherwise. */
export interface ChannelOptions {
  /** (channels, 2 or 3) in µm. */
  channelLocations?: NdArray | readonly (readonly number[])[];
  /** µV = stored × gain + offset, one a channel. */
  gainsToUv?: ArrayLike<number>;
  offsetsToUv?: ArrayLike<number>;
  /** Rows that are no good: no peaks, in no reference set, and nobody's competitor. `'detect'`: those that channelHealth finds. */
  badChannels?: readonly number[] | 'detect';
}

export const channelOptionNames: OptionNames<ChannelOptions> = {
  channelLocations: true,
  gainsToUv: true,
  offsetsToUv: true,
  badChannels: true,
};

/** What traces say of their channels themselves. */
export interface DescribedChannels {
  readonly channels: number;
  readonly channelLocations?: NdArray | null;
  readonly gainsToUv?: ArrayLike<number> | null;
  readonly offsetsToUv?: ArrayLike<number> | null;
}

export interface Channels {
  count: number;
  /** Coordinates of each; null where they are not known. */
  places: number[][] | null;
  /** null where they are not known. */
  gains: Float64Array | null;
  offsetsUv: Float64Array | null;
  bad: Uint32Array;
}

/** @throws OptionError for what does not fit the number of channels */
export function resolveChannels(options: ChannelOptions, described: DescribedChannels): Channels {
  const count = described.channels;
  const { badChannels = [] } = options;
  if (badChannels === 'detect') {
    throw new OptionError('badChannels', 'rows of the traces here', badChannels, 'Give what channelHealth finds');
  }
  const gains = oneEach(options.gainsToUv ?? described.gainsToUv, count, 'gainsToUv');
  const zero = gains?.findIndex((gain) => !(Math.abs(gain) > 0)) ?? -1;
  if (options.gainsToUv !== undefined && zero >= 0) {
    throw new OptionError(`gainsToUv[${zero}]`, 'a finite number other than 0', gains?.[zero]);
  }
  return {
    count,
    places: placesOf(options.channelLocations ?? described.channelLocations, count),
    gains,
    offsetsUv: oneEach(options.offsetsToUv ?? described.offsetsToUv, count, 'offsetsToUv'),
    bad: rowsOf(badChannels, count, 'badChannels'),
  };
}

/** Rows of the traces, each once, in order. @throws OptionError for what is none */
export function rowsOf(rows: unknown, count: number, option: string): Uint32Array {
  if (!Array.isArray(rows) && !ArrayBuffer.isView(rows)) throw new OptionError(option, 'an array of rows', rows);
  const list = Array.from(rows as ArrayLike<number>, (row, i) => integer(row, `${option}[${i}]`, 0, count - 1));
  return Uint32Array.from(new Set(list)).sort();
}

/** One finite number a channel; null where none are given. */
function oneEach(values: ArrayLike<number> | null | undefined, count: number, option: string): Float64Array | null {
  if (values === undefined || values === null) return null;
  const numbers = Float64Array.from(asVector(values, option), Number);
  if (numbers.length !== count) {
    throw new OptionError(option, `of one number a channel (${count})`, `${numbers.length} numbers`);
  }
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new OptionError(`${option}[${bad}]`, 'a finite number', numbers[bad]);
  return numbers;
}

function placesOf(value: ChannelOptions['channelLocations'] | null, count: number): number[][] | null {
  if (value === undefined || value === null) return null;
  const { data, shape } = asMatrix(value, 'channelLocations');
  const [rows, dimensions] = shape;
  if (rows !== count || dimensions < 2 || dimensions > 3) {
    const expected = `of shape (${count}, 2) or (${count}, 3), in µm`;
    throw new OptionError('channelLocations', expected, `shape (${rows}, ${dimensions})`);
  }
  return Array.from({ length: rows }, (_, r) =>
    Array.from(data.subarray(r * dimensions, (r + 1) * dimensions), Number),
  );
}

/** In µm; NaN where a place is not known. */
export function distance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (b[i] - a[i]) ** 2;
  return Math.sqrt(sum);
}

/** Of each channel the rows within the radius, itself among them. @throws OptionError where places are not known */
export function neighboursWithin(channels: Channels, radiusUm: number, option: string): Uint32Array[] {
  const { places, count } = channels;
  if (!places) {
    const hint = 'Give channelLocations, or for detectPeaks neighbours';
    throw new OptionError(option, 'given only where the places of the channels are known', radiusUm, hint);
  }
  const all = Array.from({ length: count }, (_, c) => c);
  return places.map((place, c) =>
    Uint32Array.from(all.filter((k) => k === c || distance(place, places[k]) <= radiusUm)),
  );
}
