/** Two SpikeData as one: one after the other in time, or side by side. */

import { isDeepStrictEqual } from 'node:util';
import { nonNegative } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { CheckedTrains } from '../core/flat-trains.js';
import { warn } from '../core/report.js';
import type { NeuronAttributes } from './options.js';

/** Of each unit first its spikes in `a`, then those in `b`, moved by `shift`, which puts them all behind. */
export function chainTrains(a: CheckedTrains, b: CheckedTrains, shift: number): CheckedTrains {
  const times = new Float64Array(a.times.length + b.times.length);
  const offsets = new Float64Array(a.count + 1);
  let at = 0;
  for (let u = 0; u < a.count; u++) {
    times.set(a.times.subarray(a.offsets[u], a.offsets[u + 1]), at);
    at += a.offsets[u + 1] - a.offsets[u];
    for (let i = b.offsets[u]; i < b.offsets[u + 1]; i++) times[at++] = b.times[i] + shift;
    offsets[u + 1] = at;
  }
  return new CheckedTrains(times, offsets);
}

/** All trains of `a`, then all of `b`. */
export function stackTrains(a: CheckedTrains, b: CheckedTrains): CheckedTrains {
  const times = new Float64Array(a.times.length + b.times.length);
  times.set(a.times);
  times.set(b.times, a.times.length);
  const offsets = new Float64Array(a.count + b.count + 1);
  offsets.set(a.offsets);
  b.offsets.forEach((offset, u) => {
    offsets[a.count + u] = a.times.length + offset;
  });
  return new CheckedTrains(times, offsets);
}

export function resolveOffset(offset: unknown): number {
  const ms = nonNegative(offset ?? 0, 'offset');
  if (!Number.isFinite(ms)) throw new OptionError('offset', 'a finite number of at least 0', offset);
  return ms;
}

type Attributes = NeuronAttributes[] | null;

/** The same units twice: the first object's attributes, or those of the other where it has none. */
export function eitherAttributes(mine: Attributes, others: Attributes, drop: boolean): Attributes {
  if (drop) return null;
  if ((mine === null) !== (others === null)) {
    const which = mine === null ? 'the appended' : 'the first';
    const message = `append: only ${which} SpikeData has neuronAttributes; they are kept for the result`;
    warn({ code: 'attributes-of-one-side', severity: 'warning', message });
  }
  return mine ?? others;
}

/** Different units side by side: attributes only where both have them, or where one has no units. */
export function stackedAttributes(mine: Attributes, count: number, others: Attributes, otherCount: number): Attributes {
  if (mine && others) return [...mine, ...others];
  if (mine && otherCount === 0) return mine;
  if (others && count === 0) return others;
  if (mine || others) {
    const message = 'concatenateSpikeData: only one side has neuronAttributes; they are left out';
    warn({ code: 'attributes-of-one-side', severity: 'warning', message });
  }
  return null;
}

/**
 * Metadata of units side by side: the other's win. Of two tables of electrodes both are kept; an id that stands for different
 * electrodes in them is left out, since either side's units would get the place and area of the other's.
 */
export function joinedMetadata(mine: Metadata, others: Metadata): Metadata {
  const joined = { ...mine, ...others };
  const [a, b] = [mine.electrodes_by_channel, others.electrodes_by_channel];
  if (!isTable(a) || !isTable(b)) return joined;
  const ambiguous = Object.keys(b).filter((id) => Object.hasOwn(a, id) && !isDeepStrictEqual(a[id], b[id]));
  if (ambiguous.length > 0) {
    const ids = `${ambiguous.slice(0, 8).join(', ')}${ambiguous.length > 8 ? ', …' : ''}`;
    const message = `concatenateSpikeData: both sides have electrodes ${ids}, but not the same ones: electrodes_by_channel leaves them out`;
    warn({ code: 'electrodes-ambiguous', severity: 'warning', message, count: ambiguous.length });
  }
  const left = new Set(ambiguous);
  const table = Object.entries({ ...a, ...b }).filter(([id]) => !left.has(id));
  return { ...joined, electrodes_by_channel: Object.fromEntries(table) };
}

type Metadata = Record<string, unknown>;

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is cut: a SpikeData, which this file is used by. */
interface Cuttable<T> {
  readonly startTime: number;
  readonly length: number;
  subtime(start: number, end: number, options: { shiftTo: number }): T;
}

/** Cut to a window that it reaches beyond; it must cover the window's beginning. */
export function fitInto<T extends Cuttable<T>>(sd: T, startTime: number, length: number): T {
  if (sd.startTime !== startTime)
    throw new OptionError('sd.startTime', `the same as here (${startTime} ms)`, sd.startTime);
  if (sd.length <= length) return sd;
  const message = `concatenateSpikeData: the other is ${sd.length} ms long and was cut to the ${length} ms here`;
  warn({ code: 'cut-to-length', severity: 'warning', message });
  return sd.subtime(startTime, startTime + length, { shiftTo: 0 });
}
