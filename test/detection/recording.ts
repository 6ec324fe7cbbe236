/** The recordings of fixtures/make/signal.py, made here again, and what scipy and numpy find in them. */
import { readFileSync } from 'node:fs';
import type { NdArray, NumericArray } from '../../lib/core/arrays.js';
import type { ThresholdOptions } from '../../lib/detection/threshold.js';

export interface Design {
  order: number;
  lowcut?: number;
  highcut?: number;
  fsHz: number;
}

export interface DetectionCase {
  channels: number;
  samples: number;
  offset: number;
  amplitude: number;
  scale?: number;
  nan?: [channel: number, sample: number][];
  /** Samples from here on are multiplied by this. */
  louder?: [start: number, factor: number];
  dtype: 'float64' | 'float32' | 'int16' | 'uint16' | 'int32';
  fsHz: number;
  filter: { order: number; lowcut?: number; highcut?: number } | null;
  sigma: number;
  direction: 'both' | 'up' | 'down';
  hysteresis: boolean;
  measure?: 'mad';
  noise: (number | null)[];
  spikes: number[][];
}

interface Expected {
  template: number[];
  checksum: number;
  designs: (Design & { sos: number[][]; padding: number })[];
  filtered: (Design & { float64: string })[];
  detections: DetectionCase[];
}

export const expected = JSON.parse(
  readFileSync(new URL('../../fixtures/signal/expected.json', import.meta.url), 'utf8'),
  // the generator writes 0 for a cutoff that there is not
  (key, value) => (/^(low|high)cut$/.test(key) && value === 0 ? undefined : value),
) as Expected;

function hash32(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** samples() of fixtures/make/signal.py: integers in a Float64Array, (channels, samples). */
export function makeSamples(channels: number, samples: number, offset: number, amplitude: number): Float64Array {
  const out = new Float64Array(channels * samples);
  for (let c = 0; c < channels; c++) {
    const row = out.subarray(c * samples, (c + 1) * samples);
    for (let t = 0; t < samples; t++) {
      let sum = -131070;
      for (let k = 0; k < 4; k++) sum += hash32((Math.imul(c * 4 + k, 0x9e3779b1) + t) | 0) >>> 16;
      row[t] = Math.floor(sum / 32) + offset;
    }
    for (let start = 97 + 13 * c; start < samples - expected.template.length; start += 701) {
      expected.template.forEach((value, i) => {
        row[start + i] += amplitude * value;
      });
    }
  }
  return out;
}

const arrays = {
  float64: Float64Array,
  float32: Float32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
};

export function makeTraces(of: DetectionCase): NdArray {
  const values = makeSamples(of.channels, of.samples, of.offset, of.amplitude);
  if (of.scale) for (let i = 0; i < values.length; i++) values[i] *= of.scale;
  const [start, factor] = of.louder ?? [of.samples, 1];
  for (let i = 0; i < values.length; i++) if (i % of.samples >= start) values[i] *= factor;
  for (const [channel, sample] of of.nan ?? []) values[channel * of.samples + sample] = Number.NaN;
  return { data: arrays[of.dtype].from(values) as NumericArray, shape: [of.channels, of.samples] };
}

export function optionsOf(of: DetectionCase): ThresholdOptions {
  return {
    fsHz: of.fsHz,
    thresholdSigma: of.sigma,
    filter: of.filter ?? false,
    direction: of.direction,
    hysteresis: of.hysteresis,
    noise: of.measure ?? 'std',
    onWarning: () => {},
  };
}

/** Indices of samples as the times that a detection reports. */
export function timesOf(samples: readonly number[], fsHz: number): Float64Array {
  return Float64Array.from(samples, (sample) => ((sample + 0.5) * 1000) / fsHz);
}

export function describeCase(of: DetectionCase): string {
  const { channels, samples, dtype, sigma, direction, hysteresis } = of;
  const filter = of.filter ? JSON.stringify(of.filter) : 'no filter';
  return `${channels} × ${samples} ${dtype}, ${filter}, ${sigma} sigma, ${direction}, hysteresis ${hysteresis}${of.measure ? `, ${of.measure}` : ''}${of.louder ? `, louder ${of.louder}` : ''}${of.scale ? `, times ${of.scale}` : ''}`;
}
