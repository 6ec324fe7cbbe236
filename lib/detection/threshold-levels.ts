/** Thresholds of each channel, and the noise that they are multiples of. */
import type { PeaksRequest } from '../addon/contract.js';
import { asVector, isNumericArray } from '../core/arrays.js';
import { oneOf, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { Channels } from './channel-options.js';

/**
 * si-mad: median |y − median y| / 0.6744897501960817 (SpikeInterface, of the whole recording); mad: the same / 0.6745 (as
 * detectSpikes has it); quiroga: median |y| / 0.6745 (wave_clus); std; rms.
 */
export type NoiseKind = 'si-mad' | 'mad' | 'quiroga' | 'std' | 'rms';

interface LevelOptions {
  thresholdSigma?: number | ArrayLike<number>;
  thresholdUv?: number | ArrayLike<number>;
  noise?: NoiseKind | ArrayLike<number>;
}

/** Thresholds of each channel, and what they are multiples of. */
export function resolveLevels(
  options: LevelOptions,
  { count, gains }: Channels,
  defaultNoise: NoiseKind = 'si-mad',
): Pick<PeaksRequest, 'thresholds' | 'inNoise' | 'noise' | 'givenNoise'> {
  const { thresholdUv, noise } = options;
  const measured =
    noise === undefined ? { noise: defaultNoise, givenNoise: new Float64Array(0) } : noiseOf(noise, count);
  if (thresholdUv === undefined) {
    return { thresholds: levels(options.thresholdSigma ?? 5, count, 'thresholdSigma'), inNoise: true, ...measured };
  }
  if (options.thresholdSigma !== undefined) {
    throw new OptionError('thresholdSigma', 'left out where thresholdUv is given', options.thresholdSigma);
  }
  if (!gains) {
    throw new OptionError('thresholdUv', 'given only where gains are known', thresholdUv, 'Give gainsToUv');
  }
  const thresholds = levels(thresholdUv, count, 'thresholdUv').map((uv, c) => uv / Math.abs(gains[c]));
  const unmeasured = { noise: 'none' as const, givenNoise: new Float64Array(0) };
  return { thresholds, inNoise: false, ...(noise === undefined ? unmeasured : measured) };
}

/** One positive number for all, or one a channel. */
function levels(value: unknown, count: number, option: string): Float64Array {
  if (typeof value === 'number') return new Float64Array(count).fill(positive(value, option));
  const numbers = vector(value, count, option);
  numbers.forEach((level, c) => {
    positive(level, `${option}[${c}]`);
  });
  return numbers;
}

function noiseOf(noise: NoiseKind | ArrayLike<number>, count: number): Pick<PeaksRequest, 'noise' | 'givenNoise'> {
  if (typeof noise === 'string') {
    const kinds = ['si-mad', 'mad', 'quiroga', 'std', 'rms'] as const;
    return { noise: oneOf(noise, 'noise', kinds), givenNoise: new Float64Array(0) };
  }
  const givenNoise = vector(noise, count, 'noise');
  const bad = givenNoise.findIndex((value) => value < 0 || value === Infinity);
  if (bad >= 0) throw new OptionError(`noise[${bad}]`, 'a number of at least 0', givenNoise[bad]);
  return { noise: 'none', givenNoise };
}

function vector(value: unknown, count: number, option: string): Float64Array {
  const plain = isNumericArray(value) || Array.isArray(value);
  if (!plain) throw new OptionError(option, `a number, or one a channel (${count})`, value);
  const numbers = Float64Array.from(asVector(value, option), Number);
  if (numbers.length === count) return numbers;
  throw new OptionError(option, `a number, or one a channel (${count})`, `${numbers.length} numbers`);
}
