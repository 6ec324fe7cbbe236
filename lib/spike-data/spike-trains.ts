/** Spikes of units within a window of time, and what follows from the times alone: rates, bins, intervals. */

import type { NdArray, SparseRaster } from '../core/arrays.js';
import { OptionError } from '../core/errors.js';
import type { CheckedTrains, FlatTrains } from '../core/flat-trains.js';
import { knownOptions } from '../core/known-options.js';
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
import { resolveCount, resolveLength, resolveStartTime, type SpikeDataOptions } from './options.js';

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
  /** How many spikes there are, wherever they went. */
  readonly #spikes: number;
  #views: readonly Float64Array[] | undefined;

  static {
    trainsOf = (of) => of.#present();
  }

  constructor(trains: CheckedTrains, options: Pick<SpikeDataOptions, 'N' | 'length' | 'startTime'>) {
    this.N = resolveCount(options.N, trains.count);
    this.startTime = resolveStartTime(options.startTime);
    this.length = resolveLength(options.length, this.startTime, trains);
    this.#trains = trains.padded(this.N);
    this.#spikes = trains.times.length;
    ownForClones(this, SpikeTrains.prototype, ['train']);
  }

  /** Sorted spike times in ms, one array a unit: views into one buffer. */
  get train(): readonly Float64Array[] {
    const { times, offsets, count } = this.#present();
    this.#views ??= Object.freeze(Array.from({ length: count }, (_, u) => times.subarray(offsets[u], offsets[u + 1])));
    return this.#views;
  }

  /** All spikes in time order, in ms. */
  get times(): IterableIterator<number> {
    return timesOf(this.#present());
  }

  /** Number of spikes of all units. */
  protected get spikeCount(): number {
    return this.#spikes;
  }

  /** [unit, timeMs] of all spikes in time order; at equal times the lower unit first. */
  get events(): IterableIterator<[unit: number, timeMs: number]> {
    return eventsOf(this.#present());
  }

  /** Unit index and time in ms of each spike, unit after unit. */
  idcesTimes(): { idces: Int32Array; times: Float64Array } {
    const { times, offsets, count } = this.#present();
    const idces = new Int32Array(times.length);
    for (let u = 0; u < count; u++) idces.fill(u, offsets[u], offsets[u + 1]);
    return { idces, times: times.slice() };
  }

  /** Mean rate of each unit over the whole length: spikes per ms ('kHz', the default) or per second ('Hz'). */
  rates(options: { unit?: RateUnit } = {}): Float64Array {
    const { unit = 'kHz' } = knownOptions(options, { unit: true }, 'rates');
    return meanRates(binnedTrains(this), unit);
  }

  /** Spikes of all units per bin of `binSize` ms. Bins are open on the left and closed on the right. */
  binned(binSize = 40): Uint32Array {
    return binnedCounts(binnedTrains(this), binSize ?? 40);
  }

  /** Mean rate of a unit in each bin. */
  binnedMeanrate(binSize = 40, options: { unit?: RateUnit } = {}): Float64Array {
    const { unit = 'kHz' } = knownOptions(options, { unit: true }, 'binnedMeanrate');
    return binnedMeanRate(binnedTrains(this), binSize ?? 40, unit);
  }

  /**
   * Spikes per unit and bin of `binSize` ms, as CSR. Bins are open on the left and closed on the right; a spike at the very
   * start belongs to the first. `timeOffset` ms of empty bins come first, or are cut off where it is negative.
   */
  sparseRaster(binSize = 1, options: { timeOffset?: number } = {}): SparseRaster {
    const { timeOffset } = knownOptions(options, { timeOffset: true }, 'sparseRaster');
    return sparseRaster(binnedTrains(this), binSize ?? 1, timeOffset);
  }

  /** The same as a dense (units, bins) array. @throws LimitError where that is more than any machine should hold. */
  raster(binSize = 1, options: { timeOffset?: number } = {}): NdArray<Uint32Array> {
    const { timeOffset } = knownOptions(options, { timeOffset: true }, 'raster');
    return denseRaster(binnedTrains(this), binSize ?? 1, timeOffset);
  }

  /** The trains, unless their memory went to another thread: then there are no spikes here, and none must not look like few. */
  #present(): CheckedTrains {
    if (this.#trains.times.length === this.#spikes) return this.#trains;
    const hint = 'The thread that it was sent to has them';
    throw new OptionError('SpikeData', 'one that has its spikes', 'one whose memory was transferred', hint);
  }

  /** ms between consecutive spikes, one array a unit. */
  interspikeIntervals(): Float64Array[] {
    return this.train.map((t) => Float64Array.from({ length: Math.max(0, t.length - 1) }, (_, i) => t[i + 1] - t[i]));
  }
}

/**
 * Makes getters of a class the object's own, enumerable properties: a structured clone (postMessage, v8.serialize) keeps no
 * others, and would be a SpikeData without spikes.
 */
export function ownForClones(object: object, prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const getter = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(object, name, { ...getter, enumerable: true });
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
