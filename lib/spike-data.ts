/** The one type that every loader returns: spike trains in milliseconds with what is known about their units. */
import { inspect } from 'node:util';
import type { NdArray, NumericArray, Traces } from './arrays.js';
import { OptionError } from './errors.js';
import { fromNeo, type NeoSpikeTrainLike } from './load/neo-spike-trains.js';
import type { Recording } from './recording.js';
import { type LoadReport, warn } from './report.js';
import {
  channelMap,
  channelRows,
  electrodesOf,
  locationsOf,
  readAttribute,
  writeAttribute,
} from './spike-data/attributes.js';
import { pooledRaster } from './spike-data/binning.js';
import { type Described, inspected, oneLine } from './spike-data/describe.js';
import { epochMetadata, epochsOf } from './spike-data/epochs.js';
import {
  chainTrains,
  eitherAttributes,
  fitInto,
  resolveOffset,
  stackedAttributes,
  stackTrains,
} from './spike-data/join.js';
import { expandCounts, groupEvents, groupPairs } from './spike-data/make.js';
import {
  checkOptions,
  copyMetadata,
  copyNeuronAttributes,
  type NeuronAttributes,
  type SpikeDataOptions,
} from './spike-data/options.js';
import { chainRaw, RawTraces } from './spike-data/raw.js';
import { reportOf } from './spike-data/reports.js';
import {
  cutTrains,
  pickTrains,
  resolveShift,
  resolveUnits,
  resolveWindow,
  type SubsetOptions,
} from './spike-data/select.js';
import { binnedTrains, SpikeTrains, trainsOf } from './spike-data/spike-trains.js';
import { CheckedTrains, copyTrains, type FlatTrains } from './spike-data/trains.js';
import { type ThresholdOptions, thresholdTraces } from './threshold.js';

export type { NeoSpikeTrainLike } from './load/neo-spike-trains.js';
export type { NeuronAttributes, SpikeDataOptions } from './spike-data/options.js';
export type { FlatTrains } from './spike-data/trains.js';

export class SpikeData extends SpikeTrains {
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  readonly #raw: RawTraces | null;

  /**
   * Spike trains in ms, one a unit, in any order: they are copied and sorted. Spikes must be finite and inside
   * [startTime, startTime + length].
   *
   * @throws OptionError where an argument does not fit, naming the unit or the option.
   */
  constructor(train: readonly (NumericArray | readonly number[])[], options: SpikeDataOptions = {}) {
    checkOptions(options);
    const given: unknown = train;
    const trains = given instanceof CheckedTrains ? given : copyTrains(given);
    super(trains, options);
    this.neuronAttributes = copyNeuronAttributes(options.neuronAttributes, this.N);
    this.metadata = copyMetadata(options.metadata);
    this.#raw = RawTraces.from(options.rawData, options.rawTime);
  }

  /** From one unit index and one time in ms a spike, in any order. Units without spikes become empty trains. */
  static fromIdcesTimes(idces: ArrayLike<number>, times: ArrayLike<number>, options: SpikeDataOptions = {}): SpikeData {
    return fromTrains(groupPairs(idces, times, checkOptions(options)), options);
  }

  /**
   * From spike counts (units, bins): the n spikes of a bin divide it into n + 1 equal parts. Length, where not given: all
   * bins. A count with a fraction loses it, with a warning.
   */
  static fromRaster(raster: Traces, binSizeMs: number, options: SpikeDataOptions = {}): SpikeData {
    const { trains, lengthMs } = expandCounts(raster, binSizeMs, checkOptions(options));
    return fromTrains(trains, { ...options, length: options.length ?? lengthMs });
  }

  /** From [unit, timeMs] pairs in any order. */
  static fromEvents(
    events: Iterable<readonly [unit: number, timeMs: number]>,
    options: SpikeDataOptions = {},
  ): SpikeData {
    return fromTrains(groupEvents(events, checkOptions(options)), options);
  }

  /** From spike trains in the shape of Neo's. Where all say when they stop, that is the end of the result. */
  static fromNeoSpikeTrains(spikeTrains: readonly NeoSpikeTrainLike[], options: SpikeDataOptions = {}): SpikeData {
    const { trains, options: resolved } = fromNeo(spikeTrains, checkOptions(options));
    return new SpikeData(trains, resolved);
  }

  /**
   * Spikes where traces (channels, samples) cross a threshold: band-pass, standard deviation of each channel, first sample
   * above. The spikes are those of scipy and numpy. Off the main thread; the traces must not change until it is done. An
   * open recording is read in pieces.
   *
   * @throws OptionError where an option or the traces do not fit.
   */
  static async fromThresholding(traces: Traces | Recording, options: ThresholdOptions = {}): Promise<SpikeData> {
    if (typeof (traces as Recording | null | undefined)?.read === 'function') {
      // here, because recordings know loaders, and loaders know this class
      const { detectSpikes } = await import('./detect-spikes.js');
      return detectSpikes(traces as Recording, options);
    }
    const { detected, options: resolved } = await thresholdTraces(traces as Traces, options);
    for (const finding of detected.findings) warn(finding, options.onWarning);
    return spikeDataFromFlat(detected, resolved);
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
    return reportOf(this);
  }

  /** (units, 2 or 3) from location, position or x, y, z; null unless every unit has a place of as many coordinates. */
  get unitLocations(): NdArray<Float64Array> | null {
    return locationsOf(this.neuronAttributes);
  }

  /** The electrode (else the channel) of each unit; null unless every unit has one. */
  get electrodes(): readonly (number | string)[] | null {
    return electrodesOf(this.neuronAttributes);
  }

  /** (channels, bins): the units of a channel added up, channels in ascending order. */
  channelRaster(binSize = 1, options: { channelAttr?: string } = {}): NdArray<Uint32Array> {
    const { rowOf, rows } = channelRows(this.neuronAttributes, this.N, checkOptions(options).channelAttr);
    return pooledRaster(binnedTrains(this), binSize, rowOf, rows);
  }

  /** Channel of each unit that has one, by `channelAttr` or the first of the usual names that any unit carries. */
  neuronToChannelMap(channelAttr?: string): Map<number, number> {
    return channelMap(this.neuronAttributes, channelAttr);
  }

  /** Some units, by index or by the value of an attribute (`by`), in their own order unless `preserveOrder`. */
  subset(units: number | string | readonly (number | string)[], options: SubsetOptions = {}): SpikeData {
    const picked = resolveUnits(units, this.N, this.neuronAttributes, checkOptions(options));
    const neuronAttributes = this.neuronAttributes && picked.map((u) => this.neuronAttributes?.[u] ?? {});
    return this.#like(pickTrains(trainsOf(this), picked), { neuronAttributes });
  }

  /**
   * The spikes with start <= t < end, moved so that `shiftTo` (default: start) is 0 ms. Negative times count from the end of
   * the recording, unless it is event-centred (startTime < 0). An open end keeps a spike at the very end.
   */
  subtime(start?: number | null, end?: number | null, options: { shiftTo?: number } = {}): SpikeData {
    const window = resolveWindow(start, end, this.startTime, this.length);
    const shift = resolveShift(checkOptions(options).shiftTo, window.start);
    const raw = this.#raw?.cut(window, shift) ?? { rawData: null, rawTime: null };
    const [startTime, length] = [window.start - shift, window.end - window.start];
    return this.#like(cutTrains(trainsOf(this), window, shift), { ...raw, startTime, length });
  }

  /** The same units again, `offset` ms behind the end of this one. Metadata of the appended one wins. */
  append(spikeData: SpikeData, options: { offset?: number; dropNeuronAttributes?: boolean } = {}): SpikeData {
    const other = checkSpikeData(spikeData, 'spikeData');
    if (other.N !== this.N) throw new OptionError('spikeData.N', `the same as here (${this.N})`, other.N);
    const offset = resolveOffset(checkOptions(options).offset);
    const shift = this.startTime + this.length + offset - other.startTime;
    return this.#like(chainTrains(trainsOf(this), trainsOf(other), shift), {
      length: this.length + offset + other.length,
      metadata: { ...this.metadata, ...other.metadata },
      neuronAttributes: eitherAttributes(
        this.neuronAttributes,
        other.neuronAttributes,
        checkOptions(options).dropNeuronAttributes ?? false,
      ),
      ...chainRaw(this.#raw, other.#raw, shift),
    });
  }

  /**
   * The units of both, recorded at the same time. The result has this one's window: a longer other is cut, with a warning.
   * Metadata of the other wins; raw data of this one is kept.
   */
  concatenateSpikeData(sd: SpikeData): SpikeData {
    const other = fitInto(checkSpikeData(sd, 'sd'), this.startTime, this.length);
    const raw = this.#raw ?? other.#raw;
    return this.#like(stackTrains(trainsOf(this), trainsOf(other)), {
      metadata: { ...this.metadata, ...other.metadata },
      neuronAttributes: stackedAttributes(this.neuronAttributes, this.N, other.neuronAttributes, other.N),
      rawData: raw?.data ?? null,
      rawTime: raw?.time ?? null,
    });
  }

  /** The recordings that this one was concatenated from, by metadata.rec_chunks_ms, each starting at 0 ms. */
  splitEpochs(): SpikeData[] {
    return epochsOf(this.metadata).map((epoch, i) => {
      const part = this.subtime(epoch.start, epoch.end);
      part.metadata = epochMetadata(this.metadata, i, epoch);
      return part;
    });
  }

  /** One attribute of all units; `defaultValue` (null) for units without it. */
  getNeuronAttribute(key: string, defaultValue: unknown = null): unknown[] {
    return readAttribute(this.neuronAttributes, this.N, key, defaultValue);
  }

  /** Sets an attribute to one value, or to one of an array for each unit, for all units or those at `neuronIndices`. */
  setNeuronAttribute(key: string, values: unknown, options: { neuronIndices?: readonly number[] } = {}): void {
    this.neuronAttributes = writeAttribute(
      this.neuronAttributes,
      this.N,
      key,
      values,
      checkOptions(options).neuronIndices,
    );
  }

  override toString(): string {
    return oneLine(this.#described());
  }

  [inspect.custom](): string {
    return inspected(this.#described());
  }

  /** Other trains with everything else as it is here, but for `changes`. */
  #like(trains: CheckedTrains, changes: SpikeDataOptions): SpikeData {
    const { length, startTime, neuronAttributes, metadata, rawData } = this;
    const rawTime = rawData && !('rawTime' in changes) ? this.rawTime : null;
    return fromTrains(trains, { length, startTime, neuronAttributes, metadata, rawData, rawTime, ...changes });
  }

  #described(): Described {
    return { ...this, rawData: this.rawData, report: this.report, spikes: trainsOf(this).times.length };
  }
}

/** Trains that need no copy and no check: the constructor knows them by their class, which is not public. */
function fromTrains(trains: CheckedTrains, options: SpikeDataOptions): SpikeData {
  return new SpikeData(trains as unknown as Float64Array[], options);
}

function checkSpikeData(value: unknown, option: string): SpikeData {
  if (!(value instanceof SpikeData)) throw new OptionError(option, 'a SpikeData', value);
  return value;
}

/** For loaders: trains that are already split, sorted, checked and in ms; nothing is copied. */
export function spikeDataFromFlat(flat: FlatTrains, options: SpikeDataOptions = {}): SpikeData {
  return fromTrains(new CheckedTrains(flat.times, flat.offsets), options);
}
