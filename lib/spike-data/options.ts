/** The options of the SpikeData constructor: their types, and their checks against the trains. */

import type { NdArray, NumericArray, Traces } from '../core/arrays.js';
import { finite, integer, nonNegative } from '../core/checks.js';
import { LimitError, OptionError } from '../core/errors.js';
import type { CheckedTrains } from '../core/flat-trains.js';
import type { OptionNames } from '../core/known-options.js';
import { defaultLimits } from '../core/limits.js';

export interface NeuronAttributes {
  unit_id?: number | string;
  electrode?: number | string;
  /** Position of the unit: [x, y] or [x, y, z], in the file's own length unit (micrometres for probes). */
  location?: number[];
  [key: string]: unknown;
}

export interface SpikeDataOptions {
  /** Number of units; trains are padded with empty ones up to it. */
  N?: number;
  /** Duration in ms. Default: from startTime to the last spike. */
  length?: number;
  /** Time of the first bin in ms; negative for event-centred data. Default 0. */
  startTime?: number;
  neuronAttributes?: NeuronAttributes[] | null;
  metadata?: Record<string, unknown>;
  /** Raw traces (channels, samples); goes with rawTime. */
  rawData?: NdArray | Traces | null;
  /** Time of each sample in ms, or one number: the sample rate in kHz. */
  rawTime?: NumericArray | number | null;
}

export const spikeDataOptionNames: OptionNames<SpikeDataOptions> = {
  N: true,
  length: true,
  startTime: true,
  neuronAttributes: true,
  metadata: true,
  rawData: true,
  rawTime: true,
};

export function resolveCount(N: unknown, trains: number): number {
  if (N === undefined || N === null) return trains;
  const count = integer(N, 'N', 0);
  if (count < trains) throw new OptionError('N', `at least the number of trains (${trains})`, N);
  if (count > defaultLimits.maxUnits) throw new LimitError('maxUnits', defaultLimits.maxUnits, count, 'N');
  return count;
}

export function resolveStartTime(startTime: unknown): number {
  return startTime === undefined || startTime === null ? 0 : finite(startTime, 'startTime');
}

/** The given length, or the one that ends with the last spike; either way all spikes lie inside. */
export function resolveLength(length: unknown, startTime: number, trains: CheckedTrains): number {
  const given = length === undefined || length === null ? undefined : finite(nonNegative(length, 'length'), 'length');
  const { times, offsets } = trains;
  let last = Number.NEGATIVE_INFINITY;
  for (let u = 0; u < trains.count; u++) {
    const from = offsets[u];
    const to = offsets[u + 1];
    if (from === to) continue;
    checkStart(u, times[from], startTime);
    last = Math.max(last, times[to - 1]);
  }
  if (given === undefined) return last === Number.NEGATIVE_INFINITY ? 0 : last - startTime;
  if (last > endWithRounding(startTime, given)) throw beyondEnd(trains, startTime, given);
  return given;
}

function checkStart(unit: number, time: number, startTime: number): void {
  if (time >= startTime) return;
  const expected = `at or after startTime (${startTime} ms)`;
  throw new OptionError(`train[${unit}]`, expected, time, 'For spikes before an event give a negative startTime');
}

/** startTime + length, with room for the rounding of the sum: a shifted train must not lose its last spike to it. */
function endWithRounding(startTime: number, length: number): number {
  const end = startTime + length;
  return end + 4 * Number.EPSILON * Math.max(Math.abs(startTime), Math.abs(end));
}

function beyondEnd(trains: CheckedTrains, startTime: number, length: number): OptionError {
  const limit = endWithRounding(startTime, length);
  for (let u = 0; u < trains.count; u++) {
    const last = trains.times[trains.offsets[u + 1] - 1];
    if (trains.offsets[u] === trains.offsets[u + 1] || last <= limit) continue;
    const expected = `no later than startTime + length (${startTime + length} ms)`;
    const hint = 'Give a longer length, subtract the start from absolute times, or cut the result with subtime()';
    return new OptionError(`train[${u}]`, expected, last, hint);
  }
  return new OptionError('length', 'long enough for the last spike', length);
}

/** A copy, one object a unit, so that changing it changes no one else's. */
export function copyNeuronAttributes(value: unknown, count: number): NeuronAttributes[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new OptionError('neuronAttributes', 'an array with one object a unit', value);
  if (value.length !== count) {
    throw new OptionError('neuronAttributes', `as long as there are units (${count})`, `${value.length} objects`);
  }
  return value.map((attributes, u) => copyObject(attributes, `neuronAttributes[${u}]`));
}

export function copyMetadata(value: unknown): Record<string, unknown> {
  return value === undefined || value === null ? {} : copyObject(value, 'metadata');
}

function copyObject(value: unknown, option: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new OptionError(option, 'an object', value);
  }
  return { ...value };
}
