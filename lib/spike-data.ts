/** The one type that every loader returns: spike trains in milliseconds with what is known about their units. */
import type { NdArray, NumericArray, Traces } from './arrays.js';
import type { LoadReport, ReportBuilder } from './report.js';
import { expandCounts, groupEvents, groupPairs } from './spike-data/make.js';
import { mergeTrains } from './spike-data/merge.js';
import {
  copyMetadata,
  copyNeuronAttributes,
  type NeuronAttributes,
  resolveCount,
  resolveLength,
  resolveStartTime,
  type SpikeDataOptions,
} from './spike-data/options.js';
import { RawTraces } from './spike-data/raw.js';
import { CheckedTrains, copyTrains, type FlatTrains } from './spike-data/trains.js';

export type { NeuronAttributes, SpikeDataOptions } from './spike-data/options.js';
export type { FlatTrains } from './spike-data/trains.js';

const reports = new WeakMap<SpikeData, LoadReport>();

export class SpikeData {
  readonly N: number;
  /** Duration in ms. */
  readonly length: number;
  /** Time of the first bin in ms. */
  readonly startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  readonly #trains: CheckedTrains;
  #views: readonly Float64Array[] | undefined;
  readonly #raw: RawTraces | null;

  /**
   * Spike trains in ms, one a unit, in any order: they are copied and sorted. Spikes must be finite and inside
   * [startTime, startTime + length].
   *
   * @throws OptionError where an argument does not fit, naming the unit or the option.
   */
  constructor(train: readonly (NumericArray | readonly number[])[], options?: SpikeDataOptions);
  /** @internal For spikeDataFromFlat. */
  constructor(train: CheckedTrains, options?: SpikeDataOptions);
  constructor(train: unknown, options: SpikeDataOptions = {}) {
    const trains = train instanceof CheckedTrains ? train : copyTrains(train);
    this.N = resolveCount(options.N, trains.count);
    this.startTime = resolveStartTime(options.startTime);
    this.length = resolveLength(options.length, this.startTime, trains);
    this.#trains = trains.padded(this.N);
    this.neuronAttributes = copyNeuronAttributes(options.neuronAttributes, this.N);
    this.metadata = copyMetadata(options.metadata);
    this.#raw = RawTraces.from(options.rawData, options.rawTime);
  }

  /** From one unit index and one time in ms a spike, in any order. Units without spikes become empty trains. */
  static fromIdcesTimes(idces: ArrayLike<number>, times: ArrayLike<number>, options: SpikeDataOptions = {}): SpikeData {
    return new SpikeData(groupPairs(idces, times, options), options);
  }

  /**
   * From spike counts (units, bins): the n spikes of a bin divide it into n + 1 equal parts. Length, where not given: all
   * bins. A count with a fraction loses it, with a warning.
   */
  static fromRaster(raster: Traces, binSizeMs: number, options: SpikeDataOptions = {}): SpikeData {
    const { trains, lengthMs } = expandCounts(raster, binSizeMs, options);
    return new SpikeData(trains, { ...options, length: options.length ?? lengthMs });
  }

  /** From [unit, timeMs] pairs in any order. */
  static fromEvents(
    events: Iterable<readonly [unit: number, timeMs: number]>,
    options: SpikeDataOptions = {},
  ): SpikeData {
    return new SpikeData(groupEvents(events, options), options);
  }

  /** Sorted spike times in ms, one array a unit: views into one buffer. */
  get train(): readonly Float64Array[] {
    const { times, offsets, count } = this.#trains;
    this.#views ??= Array.from({ length: count }, (_, u) => times.subarray(offsets[u], offsets[u + 1]));
    return this.#views;
  }

  /** Raw traces (channels, samples). */
  get rawData(): NdArray | null {
    return this.#raw?.data ?? null;
  }

  /** ms of each sample of rawData; made when first asked for where only a rate is known. */
  get rawTime(): Float64Array | null {
    return this.#raw?.time ?? null;
  }

  /** How this object came to be, when a loader made it. */
  get report(): LoadReport | null {
    return reports.get(this) ?? null;
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
}

function* timesOf(trains: FlatTrains): Generator<number> {
  for (const [, position] of mergeTrains(trains)) yield trains.times[position];
}

function* eventsOf(trains: FlatTrains): Generator<[number, number]> {
  for (const [unit, position] of mergeTrains(trains)) yield [unit, trains.times[position]];
}

/** For loaders: trains that are already split, sorted, checked and in ms; nothing is copied. */
export function spikeDataFromFlat(flat: FlatTrains, options: SpikeDataOptions = {}): SpikeData {
  return new SpikeData(new CheckedTrains(flat.times, flat.offsets), options);
}

/** For loaders: hangs the finished report on the object. */
export function attachReport(sd: SpikeData, builder: ReportBuilder): SpikeData {
  builder.units.kept = sd.N;
  builder.spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  reports.set(sd, builder.finish());
  return sd;
}
