/** How many spikes two detectors have in common. */
import { nonNegative, text } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions } from '../core/known-options.js';
import type { SpikeData } from './spike-data.js';

export interface CoincidenceOptions {
  /** Spikes that lie at most this far from each other are the same. Default 0.5. */
  toleranceMs?: number;
  /** The neuronAttribute that says which units belong together. Default electrode; unit_id where one side has no electrodes. */
  by?: string;
}

/** Of two units: spikes of both, of one alone, and how much later those of B are. NaN where they have none in common. */
export interface Coincidence {
  unitA: number;
  unitB: number;
  both: number;
  onlyA: number;
  onlyB: number;
  medianLagMs: number;
}

/**
 * Sets the spikes of units with the same electrode beside each other, such as a chip's own (loadSpikeDataFromMaxwell) and those of
 * detectPeaks: one to one, in the order of time.
 *
 * @throws OptionError where units have no such attribute, or two of one side have the same
 */
export function coincidences(
  a: SpikeData,
  b: SpikeData,
  options: CoincidenceOptions = {},
): { pairs: Coincidence[]; unmatchedA: number[]; unmatchedB: number[] } {
  const given = knownOptions(options, { toleranceMs: true, by: true }, 'coincidences');
  const tolerance = nonNegative(given.toleranceMs ?? 0.5, 'toleranceMs');
  const by = given.by === undefined ? commonAttribute(a, b) : text(given.by, 'by');
  const [unitsA, unitsB] = [unitsBy(a, by, 'a'), unitsBy(b, by, 'b')];
  const pairs: Coincidence[] = [];
  for (const [key, unitA] of unitsA) {
    const unitB = unitsB.get(key);
    if (unitB !== undefined) pairs.push({ unitA, unitB, ...compare(a.train[unitA], b.train[unitB], tolerance) });
  }
  const unmatched = (mine: Map<unknown, number>, others: Map<unknown, number>) =>
    Array.from(mine).flatMap(([key, unit]) => (others.has(key) ? [] : [unit]));
  return { pairs, unmatchedA: unmatched(unitsA, unitsB), unmatchedB: unmatched(unitsB, unitsA) };
}

function commonAttribute(a: SpikeData, b: SpikeData): string {
  const has = (sd: SpikeData) => sd.neuronAttributes?.every(({ electrode }) => electrode !== undefined) ?? false;
  return has(a) && has(b) ? 'electrode' : 'unit_id';
}

function unitsBy(sd: SpikeData, by: string, option: string): Map<unknown, number> {
  const units = new Map<unknown, number>();
  for (let u = 0; u < sd.N; u++) {
    const value = sd.neuronAttributes?.[u]?.[by];
    if (value === undefined)
      throw new OptionError(option, `a SpikeData whose units all have ${by}`, `none in unit ${u}`);
    const key = typeof value === 'bigint' ? Number(value) : value;
    if (units.has(key)) {
      throw new OptionError(option, `a SpikeData whose units differ in ${by}`, `units ${units.get(key)} and ${u}`);
    }
    units.set(key, u);
  }
  return units;
}

function compare(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): Omit<Coincidence, 'unitA' | 'unitB'> {
  const lags: number[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const lag = b[k] - a[i];
    if (Math.abs(lag) <= tolerance) {
      lags.push(lag);
      i++;
      k++;
    } else if (lag > 0) i++;
    else k++;
  }
  const both = lags.length;
  const sorted = Float64Array.from(lags).sort();
  const medianLagMs = both ? (sorted[(both - 1) >> 1] + sorted[both >> 1]) / 2 : Number.NaN;
  return { both, onlyA: a.length - both, onlyB: b.length - both, medianLagMs };
}
