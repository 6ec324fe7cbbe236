/** Spikes counted in bins of time, for rates and for rasters too dense to draw one by one. */
import type { SpikeData } from '../spike-data/spike-data.js';
import { niceStep } from './scale.js';

export type Trains = Pick<SpikeData, 'train' | 'N' | 'length' | 'startTime'>;

export interface Bins {
  readonly widthMs: number;
  readonly count: number;
}

/** About `wanted` bins of a round width over the whole recording. */
export function binsFor(sd: Trains, wanted: number): Bins {
  if (!(sd.length > 0)) return { widthMs: 1, count: 1 };
  const widthMs = niceStep(sd.length / wanted);
  return { widthMs, count: Math.max(1, Math.ceil(sd.length / widthMs - 1e-9)) };
}

/** The width of bin i in ms: the last one may be shorter. */
function binWidthMs(sd: Trains, bins: Bins, i: number): number {
  const rest = sd.length - i * bins.widthMs;
  return rest > 0 ? Math.min(bins.widthMs, rest) : bins.widthMs;
}

/** Adds the spikes of one train to counts[offset …]. A spike at the very end of the recording belongs to the last bin. */
export function addCounts(train: ArrayLike<number>, sd: Trains, bins: Bins, counts: Uint32Array, offset = 0): void {
  for (let k = 0; k < train.length; k++) {
    const bin = Math.floor((train[k] - sd.startTime) / bins.widthMs);
    counts[offset + Math.min(Math.max(bin, 0), bins.count - 1)]++;
  }
}

/** Spikes per second of all channels together, one value a bin. */
export function populationRate(sd: Trains, bins: Bins): Float64Array {
  const counts = new Uint32Array(bins.count);
  for (const train of sd.train) addCounts(train, sd, bins, counts);
  return Float64Array.from(counts, (n, i) => (n * 1000) / binWidthMs(sd, bins, i));
}

/** Spikes per second of each channel over the whole recording. */
export function channelRates(sd: Trains): Float64Array {
  return Float64Array.from(sd.train, (train) => (sd.length > 0 ? (train.length * 1000) / sd.length : 0));
}
