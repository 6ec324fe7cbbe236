/** Spikes of units within a window of time, and what follows from the times alone: rates, bins, intervals. */
import type { NdArray, SparseRaster } from '../arrays.js';
import {
  type BinnedTrains,
  binnedCounts,
  binnedMeanRate,
  denseRaster,
  meanRates,
  type RateUnit,
  sparseRaster,
} from './binning.js';
import { mergeTrains } from './merge.js';
import { checkOptions, resolveCount, resolveLength, resolveStartTime, type SpikeDataOptions } from './options.js';
import type { CheckedTrains, FlatTrains } from './trains.js';

/** The checked trains of an object, which no user sees. */
export let trainsOf: (of: SpikeTrains) => CheckedTrains;

export class SpikeTrains {
  /** Number of units. */
  readonly N: number;
  /** Duration in ms. */
  readonly length: number;
  /** Time of the first bin in ms. */
  readonly startTime: number;
  readonly #trains: CheckedTrains;
  #views: readonly Float64Array[] | undefined;

  static {
    trainsOf = (of) => of.#trains;
  }

  constructor(trains: CheckedTrains, options: Pick<SpikeDataOptions, 'N' | 'length' | 'startTime'>) {
    this.N = resolveCount(options.N, trains.count);
    this.startTime = resolveStartTime(options.startTime);
    this.length = resolveLength(options.length, this.startTime, trains);
    this.#trains = trains.padded(this.N);
  }

  /** Sorted spike times in ms, one array a unit: views into one buffer. */
  get train(): readonly Float64Array[] {
    const { times, offsets, count } = this.#trains;
    this.#views ??= Object.freeze(Array.from({ length: count }, (_, u) => times.subarray(offsets[u], offsets[u + 1])));
    return this.#views;
  }

  /** All spikes in time order, in ms. */
  get times(): IterableIterator<number> {
    return timesOf(this.#trains);
  }

  /** [unit, timeMs] of all spikes in time order; at equal times the lower unit first. */
  get events(): IterableIterator<[unit: number, timeMs: number]> {
    return eventsOf(this.#trains);
  }

  /** Unit index and time in ms of each spike, unit after unit. */
  idcesTimes(): { idces: Int32Array; times: Float64Array } {
    const { times, offsets, count } = this.#trains;
    const idces = new Int32Array(times.length);
    for (let u = 0; u < count; u++) idces.fill(u, offsets[u], offsets[u + 1]);
    return { idces, times: times.slice() };
  }

  /** Mean rate of each unit over the whole length: spikes per ms ('kHz', the default) or per second ('Hz'). */
  rates(options: { unit?: RateUnit } = {}): Float64Array {
    return meanRates(binnedTrains(this), checkOptions(options).unit ?? 'kHz');
  }

  /** Spikes of all units per bin of `binSize` ms. Bins are open on the left and closed on the right. */
  binned(binSize = 40): Uint32Array {
    return binnedCounts(binnedTrains(this), binSize);
  }

  /** Mean rate of a unit in each bin. */
  binnedMeanrate(binSize = 40, options: { unit?: RateUnit } = {}): Float64Array {
    return binnedMeanRate(binnedTrains(this), binSize, checkOptions(options).unit ?? 'kHz');
  }

  /**
   * Spikes per unit and bin of `binSize` ms, as CSR. Bins are open on the left and closed on the right; a spike at the very
   * start belongs to the first. `timeOffset` ms of empty bins come first, or are cut off where it is negative.
   */
  sparseRaster(binSize = 1, options: { timeOffset?: number } = {}): SparseRaster {
    return sparseRaster(binnedTrains(this), binSize, checkOptions(options).timeOffset);
  }

  /** The same as a dense (units, bins) array. @throws LimitError where that is more than any machine should hold. */
  raster(binSize = 1, options: { timeOffset?: number } = {}): NdArray<Uint32Array> {
    return denseRaster(binnedTrains(this), binSize, checkOptions(options).timeOffset);
  }

  /** ms between consecutive spikes, one array a unit. */
  interspikeIntervals(): Float64Array[] {
    return this.train.map((t) => Float64Array.from({ length: Math.max(0, t.length - 1) }, (_, i) => t[i + 1] - t[i]));
  }
}

export function binnedTrains(of: SpikeTrains): BinnedTrains {
  return { trains: trainsOf(of), startTime: of.startTime, length: of.length };
}

function* timesOf(trains: FlatTrains): Generator<number> {
  for (const [, position] of mergeTrains(trains)) yield trains.times[position];
}

function* eventsOf(trains: FlatTrains): Generator<[number, number]> {
  for (const [unit, position] of mergeTrains(trains)) yield [unit, trains.times[position]];
}
