/** Axes: steps that people read at a glance (1, 2, 5 × 10ⁿ), labels without noise, and units of time that fit a recording. */

/** A linear map from data to pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  (value: number): number;
}

export function linearScale(from: number, to: number, pixelFrom: number, pixelTo: number): Scale {
  const perUnit = (pixelTo - pixelFrom) / (to - from || 1);
  return Object.assign((value: number) => pixelFrom + (value - from) * perUnit, { from, to });
}

/** The smallest of 1, 2, 5 × 10ⁿ that is at least `step`. */
export function niceStep(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 1;
  const exponent = Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((f) => f * 10 ** exponent >= step * (1 - 1e-9)) ?? 10;
  // dividing by a power of ten is exact where multiplying by its inverse is not: 5 / 10, not 5 × 0.1
  return exponent < 0 ? factor / 10 ** -exponent : factor * 10 ** exponent;
}

/** Multiples of a nice step within [from, to], at most about `count` of them. */
export function ticks(from: number, to: number, count: number, minStep = 0): number[] {
  const step = Math.max(niceStep((to - from) / Math.max(count, 1)), minStep);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  const perUnit = step < 1 ? Math.round(1 / step) : 0;
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const k = first + i;
    return k === 0 ? 0 : perUnit ? k / perUnit : k * step;
  });
}

/** 1200 → '1200', 15000 → '15,000', 0.30000000000000004 → '0.3'; minus as the typographic sign. */
export function label(value: number): string {
  const useGrouping = Math.abs(value) >= 10_000;
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6, useGrouping }).replace('-', '−');
}

/** As `label`, but 15000 → '15k': rates reach figures that no axis has room for. */
export function shortLabel(value: number): string {
  return Math.abs(value) < 10_000 ? label(value) : `${label(value / 1_000)}k`;
}

export interface TimeUnitOnAxis {
  readonly name: 'ms' | 's' | 'min' | 'h';
  readonly ms: number;
}

/** The unit in which a recording of this length has an axis of one to four digits. */
export function timeUnitFor(lengthMs: number): TimeUnitOnAxis {
  if (lengthMs < 2_000) return { name: 'ms', ms: 1 };
  if (lengthMs < 600_000) return { name: 's', ms: 1_000 };
  if (lengthMs < 4 * 3_600_000) return { name: 'min', ms: 60_000 };
  return { name: 'h', ms: 3_600_000 };
}

/** 50 → '50 ms', 2000 → '2 s', 7901.2 → '7.9 s', 90000 → '1.5 min'. */
export function duration(ms: number, digits = 3): string {
  const [size, name] =
    ms < 1_000 ? [1, 'ms'] : ms < 120_000 ? [1_000, 's'] : ms < 7_200_000 ? [60_000, 'min'] : [3_600_000, 'h'];
  return `${(ms / Number(size)).toLocaleString('en-US', { maximumSignificantDigits: digits })} ${name}`;
}
