/** The one type that every loader returns: spike trains in milliseconds with what is known about their units. */

import type { NumericArray, Traces } from '../core/arrays.js';
import { boolean } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { LoadReport } from '../core/findings.js';
import { CheckedTrains, type FlatTrains } from '../core/flat-trains.js';
import { type IsolateOptions, resolveIsolation } from '../core/isolation.js';
import { knownOptions } from '../core/known-options.js';
import { warn } from '../core/report.js';
import { type Detected, detectOpen } from '../detection/recording.js';
import { type ThresholdOptions, thresholdOptionNames, thresholdTraces } from '../detection/threshold.js';
import type { Recording } from '../recordings/recording.js';
import { AttributedTrains, rawOf } from './attributed-trains.js';
import { epochAttributes, epochMetadata, epochsOf } from './epochs.js';
import { fromNeo, type NeoSpikeTrainLike } from './from-neo.js';
import { chainTrains, fitInto, joinedMetadata, resolveOffset, stackTrains } from './join.js';
import { fromJson, type SpikeDataJson, toJson } from './json.js';
import { expandCounts, groupEvents, groupPairs } from './make.js';
import { type SpikeDataOptions, spikeDataOptionNames } from './options.js';
import { besideSorted, cutSpikes, joinAttributes, stackAttributes } from './per-spike.js';
import { chainRaw } from './raw.js';
import { adoptReport, attachReport } from './reports.js';
import { pickTrains, resolveShift, resolveUnits, resolveWindow, type SubsetOptions } from './select.js';
import { trainsOf } from './spike-trains.js';
import { copyTrains } from './trains.js';
import {
  fromTransferable,
  isTransferable,
  type Parts,
  reviveWithin,
  type TransferableSpikeData,
  toTransferable,
} from './transferable.js';

export type { NeoSpikeTrainLike } from './from-neo.js';
export type { NeuronAttributes, SpikeDataOptions } from './options.js';

export class SpikeData extends AttributedTrains {
  /**
   * Spike trains in ms, one a unit, in any order: they are copied and sorted. Spikes must be finite and inside
   * [startTime, startTime + length].
   *
   * @throws OptionError where an argument does not fit, naming the unit or the option.
   */
  constructor(train: readonly (NumericArray | readonly number[])[], options: SpikeDataOptions = {}) {
    options = knownOptions(options, spikeDataOptionNames, 'SpikeData');
    const given: unknown = train;
    const trains = given instanceof CheckedTrains ? given : copyTrains(given);
    super(trains, given === trains ? options : besideSorted(options, given));
  }

  /** From one unit index and one time in ms a spike, in any order. Units without spikes become empty trains. */
  static fromIdcesTimes(idces: ArrayLike<number>, times: ArrayLike<number>, options: SpikeDataOptions = {}): SpikeData {
    const given = knownOptions(options, spikeDataOptionNames, 'SpikeData.fromIdcesTimes');
    return fromTrains(groupPairs(idces, times, given), given);
  }

  /**
   * From spike counts (units, bins): the n spikes of a bin divide it into n + 1 equal parts. Length, where not given: all
   * bins. A count with a fraction loses it, with a warning.
   */
  static fromRaster(raster: Traces, binSizeMs: number, options: SpikeDataOptions = {}): SpikeData {
    const given = knownOptions(options, spikeDataOptionNames, 'SpikeData.fromRaster');
    const { trains, lengthMs } = expandCounts(raster, binSizeMs, given);
    return fromTrains(trains, { ...given, length: given.length ?? lengthMs });
  }

  /** From [unit, timeMs] pairs in any order. */
  static fromEvents(
    events: Iterable<readonly [unit: number, timeMs: number]>,
    options: SpikeDataOptions = {},
  ): SpikeData {
    const given = knownOptions(options, spikeDataOptionNames, 'SpikeData.fromEvents');
    return fromTrains(groupEvents(events, given), given);
  }

  /** From spike trains in the shape of Neo's. Where all say when they stop, that is the end of the result. */
  static fromNeoSpikeTrains(spikeTrains: readonly NeoSpikeTrainLike[], options: SpikeDataOptions = {}): SpikeData {
    const given = knownOptions(options, spikeDataOptionNames, 'SpikeData.fromNeoSpikeTrains');
    const { trains, options: resolved } = fromNeo(spikeTrains, given);
    return new SpikeData(trains, resolved);
  }

  /**
   * Spikes where traces (channels, samples) cross a threshold: band-pass, standard deviation of each channel, first sample
   * above. The spikes are those of scipy and numpy. Off the main thread; the traces must not change until it is done. An
   * open recording is read in pieces. `isolate` changes nothing here, as no file is parsed: it is known, so that the options of
   * `detectSpikes` can be given; a recording that was opened with it is read by its child.
   *
   * @throws OptionError where an option or the traces do not fit.
   */
  static async fromThresholding(
    traces: Traces | Recording,
    options: ThresholdOptions & { isolate?: boolean | IsolateOptions } = {},
  ): Promise<SpikeData> {
    const { isolate, ...given } = knownOptions(
      options,
      { ...thresholdOptionNames, isolate: true },
      'SpikeData.fromThresholding',
    );
    resolveIsolation(isolate);
    options = given;
    if (typeof (traces as Recording | null | undefined)?.read === 'function') {
      return detectedSpikeData(await detectOpen(traces as Recording, options, (traces as Recording).format));
    }
    const { detected, options: resolved } = await thresholdTraces(traces as Traces, options);
    for (const finding of detected.findings) warn(finding, options.onWarning);
    return spikeDataFromFlat(detected, resolved);
  }

  /** Some units, by index or by the value of an attribute (`by`), in their own order unless `preserveOrder`. */
  subset(units: number | string | readonly (number | string)[], options: SubsetOptions = {}): SpikeData {
    const given = knownOptions(options, { by: true, preserveOrder: true }, 'subset');
    const picked = resolveUnits(units, this.N, this.neuronAttributes, given);
    const neuronAttributes = this.neuronAttributes && picked.map((u) => this.neuronAttributes?.[u] ?? {});
    return this.#like(pickTrains(trainsOf(this), picked), { neuronAttributes });
  }

  /**
   * The spikes with start <= t < end, moved so that `shiftTo` (default: start) is 0 ms. Negative times count from the end of
   * the recording, unless it is event-centred (startTime < 0). An open end keeps a spike at the very end.
   * Attributes with a value a spike are cut too.
   */
  subtime(start?: number | null, end?: number | null, options: { shiftTo?: number } = {}): SpikeData {
    const { shiftTo } = knownOptions(options, { shiftTo: true }, 'subtime');
    const window = resolveWindow(start, end, this.startTime, this.length);
    const shift = resolveShift(shiftTo, window.start);
    const raw = rawOf(this)?.cut(window, shift);
    const [startTime, length] = [window.start - shift, window.end - window.start];
    const { trains, neuronAttributes } = cutSpikes(this, window, shift);
    return this.#like(trains, { ...raw, startTime, length, neuronAttributes });
  }

  /**
   * The same units again, `offset` ms behind the end of this one. Metadata of this one wins, as do its neuronAttributes; those with
   * a value a spike are joined where both have them, and left out (with a warning) where not.
   */
  append(spikeData: SpikeData, options: { offset?: number; dropNeuronAttributes?: boolean } = {}): SpikeData {
    const other = checkSpikeData(spikeData, 'spikeData');
    if (other.N !== this.N) throw new OptionError('spikeData.N', `the same as here (${this.N})`, other.N);
    const given = knownOptions(options, { offset: true, dropNeuronAttributes: true }, 'append');
    const offset = resolveOffset(given.offset);
    const drop = boolean(given.dropNeuronAttributes ?? false, 'dropNeuronAttributes');
    const shift = this.startTime + this.length + offset - other.startTime;
    return this.#like(chainTrains(trainsOf(this), trainsOf(other), shift), {
      length: this.length + offset + other.length,
      metadata: { ...other.metadata, ...this.metadata },
      neuronAttributes: joinAttributes(this, other, drop),
      ...chainRaw(rawOf(this), rawOf(other), shift),
    });
  }

  /**
   * The units of both, recorded at the same time. The result has this one's window: a longer other is cut, with a warning.
   * Metadata of the other wins; raw data of this one is kept.
   */
  concatenateSpikeData(sd: SpikeData): SpikeData {
    const other = fitInto(checkSpikeData(sd, 'sd'), this.startTime, this.length);
    const raw = rawOf(this) ?? rawOf(other);
    return this.#like(stackTrains(trainsOf(this), trainsOf(other)), {
      metadata: joinedMetadata(this.metadata, other.metadata),
      neuronAttributes: stackAttributes(this, other),
      rawData: raw?.data,
      rawTime: raw?.timeOrRate,
    });
  }

  /** The recordings that this one was concatenated from, by metadata.rec_chunks_ms, each starting at 0 ms. */
  splitEpochs(): SpikeData[] {
    return epochsOf(this.metadata).map((epoch, i) => {
      const part = this.subtime(epoch.start, epoch.end);
      part.metadata = epochMetadata(this.metadata, i, epoch);
      part.neuronAttributes = epochAttributes(part.neuronAttributes, i);
      return part;
    });
  }

  /**
   * What JSON.stringify writes: spike times as numbers, attributes and metadata, the report. Raw traces are left out. Arrays
   * become lists, bigints numbers (text beyond 2^53), NaN and infinities null. JSON.stringify makes texts of up to 512 MB, about
   * 25 million spikes: for more, an exporter.
   */
  toJSON(): SpikeDataJson {
    return toJson(this);
  }

  /** @throws OptionError for what is not of toJSON's form (or a structured clone of a SpikeData), or breaks the constructor's rules */
  static fromJSON(value: unknown): SpikeData {
    const { train, options, report } = fromJson(value);
    return withReport(new SpikeData(train, options), report);
  }

  /**
   * For `postMessage(value, transfer)`: `fromTransferable` makes a SpikeData of `value` in the other thread. Nothing is copied
   * here; with `transfer` the memory of spikes and raw traces moves there, and this object has them no longer. Without, the
   * clone has copies. (Memory that native code allocated cannot move: Node copies it.)
   *
   * @throws OptionError for functions and symbols among the attributes
   */
  toTransferable(): { value: TransferableSpikeData; transfer: ArrayBuffer[] } {
    return toTransferable(this.#parts(), (value) => (value instanceof SpikeData ? value.#parts() : undefined));
  }

  /** @throws OptionError for what is not `value` of toTransferable, or was sent on already */
  static fromTransferable(value: unknown): SpikeData {
    if (!isTransferable(value)) return SpikeData.fromJSON(value);
    const { trains, options, report } = fromTransferable(value);
    const sd = fromTrains(trains, options);
    reviveWithin([sd.neuronAttributes, sd.metadata], SpikeData.fromTransferable);
    return withReport(sd, report);
  }

  #parts(): Parts {
    const { N, length, startTime, neuronAttributes, metadata, report, rawData } = this;
    const rawTime = rawOf(this)?.timeOrRate ?? null;
    return { N, length, startTime, neuronAttributes, metadata, report, rawData, rawTime, trains: trainsOf(this) };
  }

  /** Other trains with everything else as it is here, but for `changes`. */
  #like(trains: CheckedTrains, changes: SpikeDataOptions): SpikeData {
    const { length, startTime, neuronAttributes, metadata, rawData } = this;
    const rawTime = rawOf(this)?.timeOrRate;
    return fromTrains(trains, { length, startTime, neuronAttributes, metadata, rawData, rawTime, ...changes });
  }
}

/** Trains that need no copy and no check: the constructor knows them by their class, which is not public. */
function fromTrains(trains: CheckedTrains, options: SpikeDataOptions): SpikeData {
  return new SpikeData(trains as unknown as Float64Array[], options);
}

function withReport(sd: SpikeData, report: LoadReport | null): SpikeData {
  return report ? adoptReport(sd, report) : sd;
}

function checkSpikeData(value: unknown, option: string): SpikeData {
  if (!(value instanceof SpikeData)) throw new OptionError(option, 'a SpikeData', value);
  return value;
}

/** For loaders: trains that are already split, sorted, checked and in ms; nothing is copied. */
export function spikeDataFromFlat(flat: FlatTrains, options: SpikeDataOptions = {}): SpikeData {
  return fromTrains(new CheckedTrains(flat.times, flat.offsets), options);
}

/** What detection in a recording came to, with its report. */
export function detectedSpikeData({ trains, options, report }: Detected): SpikeData {
  return attachReport(spikeDataFromFlat(trains, options), report);
}
