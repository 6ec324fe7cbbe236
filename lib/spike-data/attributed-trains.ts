/** Spike trains together with what is known about their units and the whole: attributes, metadata, raw traces, the report. */

import { inspect } from 'node:util';
import type { NdArray } from '../core/arrays.js';
import type { LoadReport } from '../core/findings.js';
import type { CheckedTrains } from '../core/flat-trains.js';
import { knownOptions } from '../core/known-options.js';
import { channelMap, channelRows, electrodesOf, locationsOf, readAttribute, writeAttribute } from './attributes.js';
import { pooledRaster } from './binning.js';
import { type Described, inspected, oneLine } from './describe.js';
import { copyMetadata, copyNeuronAttributes, type NeuronAttributes, type SpikeDataOptions } from './options.js';
import { RawTraces } from './raw.js';
import { reportOf } from './reports.js';
import { binnedTrains, ownForClones, SpikeTrains } from './spike-trains.js';

/** The raw traces of an object as they are kept. */
export let rawOf: (of: AttributedTrains) => RawTraces | null;

export class AttributedTrains extends SpikeTrains {
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  readonly #raw: RawTraces | null;

  static {
    rawOf = (of) => of.#raw;
  }

  constructor(trains: CheckedTrains, options: SpikeDataOptions) {
    super(trains, options);
    this.neuronAttributes = copyNeuronAttributes(options.neuronAttributes, this.N);
    this.metadata = copyMetadata(options.metadata);
    this.#raw = RawTraces.from(options.rawData, options.rawTime);
    if (this.#raw) ownForClones(this, AttributedTrains.prototype, ['rawData', 'rawTime']);
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

  /** (units, 2 or 3): of each unit its location, else x, y, z, else position; null unless every unit has as many coordinates. */
  get unitLocations(): NdArray<Float64Array> | null {
    return locationsOf(this.neuronAttributes);
  }

  /** Of each unit its electrode, else its channel; null unless every unit has one. */
  get electrodes(): readonly (number | string)[] | null {
    return electrodesOf(this.neuronAttributes);
  }

  /** (channels, bins): the units of a channel added up, channels in ascending order. */
  channelRaster(binSize = 1, options: { channelAttr?: string } = {}): NdArray<Uint32Array> {
    const { channelAttr } = knownOptions(options, { channelAttr: true }, 'channelRaster');
    const { rowOf, rows } = channelRows(this.neuronAttributes, this.N, channelAttr);
    return pooledRaster(binnedTrains(this), binSize ?? 1, rowOf, rows);
  }

  /** Channel of each unit that has one, by `channelAttr` or the first of the usual names that any unit carries. */
  neuronToChannelMap(channelAttr?: string): Map<number, number> {
    return channelMap(this.neuronAttributes, channelAttr);
  }

  /** One attribute of all units; `defaultValue` (null) for units without it. */
  getNeuronAttribute(key: string, defaultValue: unknown = null): unknown[] {
    return readAttribute(this.neuronAttributes, this.N, key, defaultValue);
  }

  /** Sets an attribute to one value, or to one of an array for each unit, for all units or those at `neuronIndices`. */
  setNeuronAttribute(key: string, values: unknown, options: { neuronIndices?: readonly number[] } = {}): void {
    const { neuronIndices } = knownOptions(options, { neuronIndices: true }, 'setNeuronAttribute');
    this.neuronAttributes = writeAttribute(this.neuronAttributes, this.N, key, values, neuronIndices);
  }

  override toString(): string {
    return oneLine(this.#described());
  }

  [inspect.custom](): string {
    return inspected(this.#described());
  }

  #described(): Described {
    const { N, length, startTime, neuronAttributes, metadata, report, spikeCount: spikes } = this;
    return { N, length, startTime, neuronAttributes, metadata, report, spikes, raw: this.#raw?.size ?? null };
  }
}
