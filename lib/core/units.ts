/** Time units of files, and milliseconds, which is what everything else here uses. */
import { oneOf, positive } from './checks.js';
import { describe, OptionError } from './errors.js';
import { type TimeUnit, timeUnits } from './options.js';

/** ms = value × multiply ÷ divide. */
export interface MsScale {
  multiply: number;
  divide: number;
}

/**
 * How times of a unit become milliseconds. The product comes first: a sample number times 1000 is exact, so the result is
 * the nearest double to the true time.
 *
 * @throws OptionError for an unknown unit, and for samples without a positive finite sampling rate
 */
export function msScale(unit: unknown, fsHz: unknown, option = 'unit', fsOption = 'fsHz'): MsScale {
  switch (oneOf<TimeUnit>(unit, option, timeUnits)) {
    case 'ms':
      return { multiply: 1, divide: 1 };
    case 's':
      return { multiply: 1000, divide: 1 };
    case 'samples':
      return { multiply: 1000, divide: positive(fsHz, fsOption, `Needed where ${option} is 'samples'`) };
  }
}

/**
 * Times in seconds, milliseconds or samples as milliseconds. NaN and infinities stay what they are.
 *
 * @param fsHz samples per second, for unit 'samples'
 */
export function toMs(values: ArrayLike<number>, unit: TimeUnit, fsHz?: number): Float64Array {
  const { multiply, divide } = msScale(unit, fsHz);
  return mapped(values, 'values', (value) => (value * multiply) / divide);
}

/**
 * Milliseconds as seconds, milliseconds or sample numbers; the latter are rounded, halves to the even one.
 *
 * @param fsHz samples per second, for unit 'samples'
 */
export function timesFromMs(timesMs: ArrayLike<number>, unit: TimeUnit, fsHz?: number): Float64Array {
  const { multiply, divide } = msScale(unit, fsHz);
  if (unit === 'samples') return mapped(timesMs, 'timesMs', (ms) => roundHalfEven((ms * divide) / multiply));
  return mapped(timesMs, 'timesMs', (ms) => ms / multiply);
}

function mapped(values: ArrayLike<number>, option: string, convert: (value: number) => number): Float64Array {
  if (typeof values !== 'object' || values === null || typeof values.length !== 'number') {
    throw new OptionError(option, 'an array of numbers', describe(values));
  }
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw new OptionError(`${option}[${i}]`, 'a number', value);
    out[i] = convert(Number(value));
  }
  return out;
}

/** As numpy.rint: 0.5 → 0, 1.5 → 2, 2.5 → 2. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
