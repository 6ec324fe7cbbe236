/** The channel where a cluster's mean template is largest, as Phy shows it: unwhitened, weighted by the cluster's spikes. */
import type { NumericArray } from '../../core/arrays.js';

/** Templates of a folder: C-ordered (templates, samples, columns). */
export interface Templates {
  data: NumericArray;
  templates: number;
  samples: number;
  columns: number;
  /** Sparse templates: (templates, columns), the channel row of each column, -1 where it is unused. */
  rowOf?: NumericArray;
}

/** A square matrix (channels × channels) that a template is multiplied with from the right, or nothing. */
export interface Unwhitening {
  channels: number;
  data: Float64Array;
  diagonal: boolean;
}

export function unwhitening(data: Float64Array, channels: number): Unwhitening {
  let diagonal = true;
  for (let r = 0; r < channels && diagonal; r++) {
    for (let c = 0; c < channels; c++) if (r !== c && data[r * channels + c] !== 0) diagonal = false;
  }
  return { channels, data, diagonal };
}

/**
 * Row of the largest peak-to-peak amplitude of the count-weighted mean of `used` templates, or undefined where that mean
 * is zero everywhere or not a number.
 */
export function peakRow(
  templates: Templates,
  used: ReadonlyMap<number, number>,
  channels: number,
  inverse: Unwhitening | undefined,
): number | undefined {
  const mean = weightedMean(templates, used, channels);
  const unwhitened = inverse ? multiply(mean, templates.samples, channels, inverse) : mean;
  return largestPeakToPeak(unwhitened, templates.samples, channels);
}

/** (samples, channels); the weights need no common scale, as only the place of the maximum counts. */
function weightedMean(templates: Templates, used: ReadonlyMap<number, number>, channels: number): Float64Array {
  const { samples, columns, rowOf } = templates;
  const data = templates.data as Float64Array;
  const mean = new Float64Array(samples * channels);
  for (const [template, weight] of used) {
    for (let column = 0; column < columns; column++) {
      const row = rowOf ? Number(rowOf[template * columns + column]) : column;
      if (!(row >= 0 && row < channels)) continue;
      let from = template * samples * columns + column;
      for (let s = 0; s < samples; s++, from += columns) mean[s * channels + row] += weight * data[from];
    }
  }
  return mean;
}

function multiply(wave: Float64Array, samples: number, channels: number, inverse: Unwhitening): Float64Array {
  if (inverse.diagonal) return wave.map((value, i) => value * inverse.data[(i % channels) * (channels + 1)]);
  const out = new Float64Array(wave.length);
  // templates are zero on most channels
  const used = Array.from({ length: channels }, (_, c) => c).filter((c) => isUsed(wave, samples, channels, c));
  for (let s = 0; s < samples; s++) {
    for (let k = 0; k < used.length; k += 4) addRows(out, wave, s * channels, used.slice(k, k + 4), inverse);
  }
  return out;
}

function isUsed(wave: Float64Array, samples: number, channels: number, channel: number): boolean {
  for (let s = 0; s < samples; s++) if (wave[s * channels + channel] !== 0) return true;
  return false;
}

/** Adds up to four rows of the matrix, each times its factor: four at a time, as each pass over the sum costs most. */
function addRows(
  out: Float64Array,
  wave: Float64Array,
  at: number,
  rows: number[],
  { channels, data }: Unwhitening,
): void {
  const factors = [0, 1, 2, 3].map((i) => (i < rows.length ? wave[at + rows[i]] : 0));
  const starts = [0, 1, 2, 3].map((i) => (rows[i] ?? rows[0]) * channels);
  const [f0, f1, f2, f3] = factors;
  const [r0, r1, r2, r3] = starts;
  for (let c = 0; c < channels; c++) {
    out[at + c] += f0 * data[r0 + c] + f1 * data[r1 + c] + f2 * data[r2 + c] + f3 * data[r3 + c];
  }
}

function largestPeakToPeak(wave: Float64Array, samples: number, channels: number): number | undefined {
  let best = 0;
  let row: number | undefined;
  for (let c = 0; c < channels; c++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let s = 0; s < samples; s++) {
      const value = wave[s * channels + c];
      if (Number.isNaN(value)) return undefined;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > best) [best, row] = [high - low, c];
  }
  return row;
}

/** Inverse of a square matrix by Gauss-Jordan elimination with row exchange; undefined where it is singular. */
export function inverseOf(matrix: Float64Array, n: number): Float64Array | undefined {
  const a = Float64Array.from(matrix);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let r = column + 1; r < n; r++) if (Math.abs(a[r * n + column]) > Math.abs(a[pivot * n + column])) pivot = r;
    const scale = a[pivot * n + column];
    if (!Number.isFinite(1 / scale)) return undefined;
    for (const m of [a, out]) exchangeAndScale(m, n, column, pivot, scale);
    for (let r = 0; r < n; r++) {
      const factor = r === column ? 0 : a[r * n + column];
      if (factor === 0) continue;
      for (const m of [a, out]) {
        for (let c = 0; c < n; c++) m[r * n + c] -= factor * m[column * n + c];
      }
    }
  }
  return out;
}

function exchangeAndScale(m: Float64Array, n: number, to: number, from: number, scale: number): void {
  for (let c = 0; c < n; c++) {
    const value = m[from * n + c];
    m[from * n + c] = m[to * n + c];
    m[to * n + c] = value / scale;
  }
}
