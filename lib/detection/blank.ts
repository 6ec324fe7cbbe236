/** Periods of a recording that do not count: given, or found where it saturates. */
import type { PeaksRequest } from '../addon/contract.js';
import { finite, integer, nonNegative, oneOf, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';

export interface SaturationOptions {
  limitUv: number;
  /** A change to the next sample of this much or more counts too. */
  slopeUvPerSample?: number;
  /** More than this share of the channels. Default 0.2. */
  proportion?: number;
  /** Periods with at most this many samples between them are one. Default 1, as SpikeInterface has it. */
  mergeGapSamples?: number;
}

export interface BlankOptions {
  /** Half-open, ms from the first sample of the recording: artefacts, stimuli. */
  periodsMs?: readonly (readonly [start: number, end: number])[];
  /** And where the stored traces saturate. Needs gains. */
  saturation?: SaturationOptions;
  /** Widens every period on both sides. Default 0. */
  marginMs?: number;
  /** Zero after filter and reference (default), or before the filter too, so that an artefact cannot ring. */
  apply?: 'after-filter' | 'before-filter';
  /** Peaks of this size and more, in µV, are left out, after they have excluded others. */
  maxAmplitudeUv?: number;
}

/** startMs and endMs count from the first sample of the recording. */
export interface Period {
  startSample: number;
  endSample: number;
  startMs: number;
  endMs: number;
}

export const saturationNames: OptionNames<SaturationOptions> = {
  limitUv: true,
  slopeUvPerSample: true,
  proportion: true,
  mergeGapSamples: true,
};
const blankNames: OptionNames<BlankOptions> = {
  periodsMs: true,
  saturation: true,
  marginMs: true,
  apply: true,
  maxAmplitudeUv: true,
};

export type ResolvedBlank = Pick<PeaksRequest, 'blanked' | 'blankFirst' | 'margin' | 'saturation' | 'maxAmplitudeUv'>;

/** @param hasGains whether µV mean something */
export function resolveBlank(blank: unknown, fsHz: number, samples: number, hasGains: boolean): ResolvedBlank {
  const given = knownOptions(blank as BlankOptions | undefined, blankNames, 'blank', 'blank');
  const margin = toSample(nonNegative(finite(given.marginMs ?? 0, 'blank.marginMs'), 'blank.marginMs'), fsHz);
  const needsGains = given.saturation
    ? 'blank.saturation'
    : given.maxAmplitudeUv === undefined
      ? ''
      : 'blank.maxAmplitudeUv';
  if (needsGains && !hasGains) {
    throw new OptionError(needsGains, 'given only where gains are known', 'no gains', 'Give gainsToUv');
  }
  return {
    blanked: periodsOf(given.periodsMs ?? [], fsHz, samples, margin),
    blankFirst:
      oneOf(given.apply ?? 'after-filter', 'blank.apply', ['after-filter', 'before-filter']) === 'before-filter',
    margin,
    saturation: given.saturation ? resolveSaturation(given.saturation, 'blank.saturation') : null,
    maxAmplitudeUv:
      given.maxAmplitudeUv === undefined ? Infinity : positive(given.maxAmplitudeUv, 'blank.maxAmplitudeUv'),
  };
}

export function resolveSaturation(value: unknown, option: string): NonNullable<PeaksRequest['saturation']> {
  const given = knownOptions(value as SaturationOptions, saturationNames, 'saturation', option);
  const prefix = option ? `${option}.` : '';
  const proportion = nonNegative(given.proportion ?? 0.2, `${prefix}proportion`);
  if (proportion >= 1) throw new OptionError(`${prefix}proportion`, 'below 1', proportion);
  return {
    limitUv: positive(given.limitUv, `${prefix}limitUv`),
    ...(given.slopeUvPerSample === undefined
      ? {}
      : { slopeUvPerSample: positive(given.slopeUvPerSample, `${prefix}slopeUvPerSample`) }),
    proportion,
    mergeGapSamples: integer(given.mergeGapSamples ?? 1, `${prefix}mergeGapSamples`, 0),
  };
}

function periodsOf(periods: unknown, fsHz: number, samples: number, margin: number): Float64Array {
  const option = 'blank.periodsMs';
  if (!Array.isArray(periods)) throw new OptionError(option, 'a list of [start, end] in ms', periods);
  return Float64Array.from(
    periods.flatMap((period: unknown, i) => {
      if (!Array.isArray(period) || period.length !== 2)
        throw new OptionError(`${option}[${i}]`, '[start, end]', period);
      const [start, end] = period.map((ms, k) => finite(ms, `${option}[${i}][${k}]`));
      if (end < start)
        throw new OptionError(`${option}[${i}]`, 'a start that is not behind the end', `[${start}, ${end}]`);
      const [first, last] = [toSample(start, fsHz), toSample(end, fsHz)];
      if (first >= last) return [];
      const inside = (sample: number) => Math.min(samples, Math.max(0, sample));
      return [inside(first - margin), inside(last + margin)];
    }),
  );
}

/** The nearest sample; of two as near the even one, as Python rounds. */
function toSample(ms: number, fsHz: number): number {
  return roundHalfEven((ms * fsHz) / 1000);
}

export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Pairs of samples as the public interface gives them. */
export function toPeriods(flat: Float64Array, fsHz: number): Period[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => {
    const [startSample, endSample] = [flat[2 * i], flat[2 * i + 1]];
    return { startSample, endSample, startMs: (startSample * 1000) / fsHz, endMs: (endSample * 1000) / fsHz };
  });
}
