/** Parts of a SpikeData: some of its units, some of its time. */

import { finite } from '../core/checks.js';
import { describe, OptionError } from '../core/errors.js';
import { CheckedTrains } from '../core/flat-trains.js';
import { warn } from '../core/report.js';
import type { NeuronAttributes } from './options.js';

export interface SubsetOptions {
  /** Attribute whose values `units` are, instead of indices. */
  by?: string;
  /** Units in the order given, instead of their own. */
  preserveOrder?: boolean;
}

/** Indices of the units asked for, each once. */
export function resolveUnits(
  units: unknown,
  count: number,
  attributes: readonly NeuronAttributes[] | null,
  { by, preserveOrder = false }: SubsetOptions,
): number[] {
  const wanted = new Set(unitList(units));
  if (by !== undefined && by !== null) {
    if (preserveOrder) {
      const message = 'subset: preserveOrder has no effect together with by; units keep their own order';
      warn({ code: 'option-without-effect', severity: 'warning', message });
    }
    return matchingUnits(wanted, by, attributes);
  }
  const found = [...wanted].filter((unit) => isIndex(unit, count)) as number[];
  if (found.length < wanted.size) {
    const others = [...wanted].filter((unit) => !Number.isInteger(unit));
    const message = `subset: ${others.map(describe).join(', ')} are no unit indices and select nothing; to select by an attribute give { by }`;
    warn({ code: 'no-such-unit', severity: 'warning', message, count: others.length });
  }
  return preserveOrder ? found : found.sort((a, b) => a - b);
}

function unitList(units: unknown): unknown[] {
  if (typeof units === 'number' || typeof units === 'string' || typeof units === 'bigint') return [toValue(units)];
  if (typeof (units as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw new OptionError('units', 'a unit or an array of units', units);
  }
  return Array.from(units as Iterable<unknown>, toValue);
}

/** 64-bit integers of a file and the numbers that people type are the same ids. */
function toValue(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function isIndex(unit: unknown, count: number): boolean {
  if (!Number.isInteger(unit)) return false;
  if ((unit as number) < 0 || (unit as number) >= count) {
    throw new OptionError('units', `made of unit indices from 0 to ${count - 1}`, unit);
  }
  return true;
}

function matchingUnits(wanted: Set<unknown>, by: unknown, attributes: readonly NeuronAttributes[] | null): number[] {
  if (typeof by !== 'string') throw new OptionError('by', 'the name of an attribute', by);
  if (attributes === null) {
    throw new OptionError('by', 'left out where there are no neuronAttributes', by);
  }
  if (!attributes.some((a) => Object.hasOwn(a, by))) {
    const known = [...new Set(attributes.flatMap((a) => Object.keys(a)))].join(', ');
    const message = `subset: no unit has the attribute ${describe(by)}, so none is selected; there are ${known || 'none'}`;
    warn({ code: 'no-such-attribute', severity: 'warning', message });
  }
  return attributes.flatMap((a, u) => (Object.hasOwn(a, by) && wanted.has(toValue(a[by])) ? [u] : []));
}

/** The trains of these units, in this order. */
export function pickTrains(trains: CheckedTrains, units: readonly number[]): CheckedTrains {
  const offsets = new Float64Array(units.length + 1);
  units.forEach((u, i) => {
    offsets[i + 1] = offsets[i] + trains.offsets[u + 1] - trains.offsets[u];
  });
  const times = new Float64Array(offsets[units.length]);
  units.forEach((u, i) => {
    times.set(trains.times.subarray(trains.offsets[u], trains.offsets[u + 1]), offsets[i]);
  });
  return new CheckedTrains(times, offsets);
}

export interface Window {
  start: number;
  end: number;
  /** An open end keeps a spike at the very end of the recording. */
  openEnd: boolean;
}

/**
 * The window that start and end mean. Negative ones count from the end of the recording, unless it is event-centred (its
 * startTime is negative): then they are times.
 */
export function resolveWindow(start: unknown, end: unknown, startTime: number, length: number): Window {
  const recordingEnd = startTime + length;
  const resolve = (value: unknown, name: string, open: number) => {
    if (value === undefined || value === null) return open;
    const time = finite(value, name);
    return time < 0 && startTime >= 0 ? time + recordingEnd : time;
  };
  const from = resolve(start, 'start', startTime);
  const to = resolve(end, 'end', recordingEnd);
  const openEnd = end === undefined || end === null;
  const range = `the recording is from ${startTime} to ${recordingEnd} ms`;
  const slack = 1e-9 * Math.max(1, Math.abs(startTime), Math.abs(recordingEnd));
  if (from < startTime - slack) throw new OptionError('start', `inside the recording (${range})`, start);
  if (to > recordingEnd + slack) throw new OptionError('end', `inside the recording (${range})`, end);
  if (!(from < to) && !(openEnd && from === to && length === 0)) {
    throw new OptionError('start', `less than end (${to} ms)`, from);
  }
  return { start: Math.max(from, startTime), end: Math.min(to, recordingEnd), openEnd };
}

/** Positions [from, to) of each unit's spikes with start <= t < end. */
export function rangesIn({ times, offsets, count }: CheckedTrains, window: Window): [from: number, to: number][] {
  return Array.from({ length: count }, (_, u) => {
    const from = lowerBound(times, window.start, offsets[u], offsets[u + 1]);
    return [from, window.openEnd ? offsets[u + 1] : lowerBound(times, window.end, from, offsets[u + 1])];
  });
}

/** These spikes, moved by -shift. */
export function cutTrains(
  { times, count }: CheckedTrains,
  ranges: readonly (readonly [from: number, to: number])[],
  shift: number,
): CheckedTrains {
  const cut = new Float64Array(count + 1);
  ranges.forEach(([from, to], u) => {
    cut[u + 1] = cut[u] + to - from;
  });
  const out = new Float64Array(cut[count]);
  ranges.forEach(([from, to], u) => {
    for (let i = from, k = cut[u]; i < to; i++) out[k++] = times[i] - shift;
  });
  return new CheckedTrains(out, cut);
}

/** First position in [from, to) of a sorted array whose value is at least `value`, else `to`. */
function lowerBound(sorted: Float64Array, value: number, from = 0, to = sorted.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The time that becomes 0 ms: the start of the window, unless another is asked for. */
export function resolveShift(shiftTo: number | null | undefined, start: number): number {
  return shiftTo === undefined || shiftTo === null ? start : finite(shiftTo, 'shiftTo');
}
