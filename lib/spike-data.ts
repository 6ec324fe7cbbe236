/** The one type that every loader returns: spike trains in milliseconds with what is known about their units. */
import type { NdArray, NumericArray, Traces } from './arrays.js';
import { asMatrix, numbersOf } from './arrays.js';
import { OptionError } from './errors.js';
import { finite } from './options.js';
import type { LoadReport, ReportBuilder } from './report.js';

export interface NeuronAttributes {
  unit_id?: number | string;
  electrode?: number | string;
  /** Position of the unit: [x, y] or [x, y, z], in the file's own length unit (micrometres for probes). */
  location?: number[];
  [key: string]: unknown;
}

export interface SpikeDataOptions {
  /** Number of units; trains are padded with empty ones up to it. */
  N?: number;
  /** Duration in ms. Default: from startTime to the last spike. */
  length?: number;
  /** Time of the first bin in ms; negative for event-centred data. Default 0. */
  startTime?: number;
  neuronAttributes?: NeuronAttributes[] | null;
  metadata?: Record<string, unknown>;
  /** Raw traces (channels, samples); goes with rawTime. */
  rawData?: NdArray | Traces | null;
  /** Time of each sample in ms, or one number: the sample rate in kHz. */
  rawTime?: NumericArray | number | null;
}

/** Trains back to back: unit u has times[offsets[u]] … times[offsets[u + 1] - 1], sorted, finite, in ms. */
export interface FlatTrains {
  times: Float64Array;
  /** N + 1 entries, from 0 to times.length. */
  offsets: Float64Array;
}

const reports = new WeakMap<SpikeData, LoadReport>();

export class SpikeData {
  readonly train: readonly Float64Array[];
  readonly N: number;
  readonly length: number;
  readonly startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  readonly rawData: NdArray | null;

  constructor(train: readonly (NumericArray | readonly number[])[], options: SpikeDataOptions = {}) {
    this.train = train.map((t, u) => numbersOf(t as number[], `train[${u}]`).sort());
    this.N = options.N ?? train.length;
    this.startTime = finite(options.startTime ?? 0, 'startTime');
    this.length = options.length ?? 0;
    this.neuronAttributes = options.neuronAttributes ?? null;
    this.metadata = { ...options.metadata };
    this.rawData = options.rawData ? asMatrix(options.rawData, 'rawData') : null;
    if (this.N < train.length) throw new OptionError('N', `at least the number of trains (${train.length})`, this.N);
  }

  /** How this object came to be, when a loader made it. */
  get report(): LoadReport | null {
    return reports.get(this) ?? null;
  }
}

/** For loaders: trains that are already split, sorted, checked and in ms; nothing is copied. */
export function spikeDataFromFlat(flat: FlatTrains, options: SpikeDataOptions = {}): SpikeData {
  const count = flat.offsets.length - 1;
  const train = Array.from({ length: count }, (_, u) => flat.times.subarray(flat.offsets[u], flat.offsets[u + 1]));
  return new SpikeData(train, options);
}

/** For loaders: hangs the finished report on the object. */
export function attachReport(sd: SpikeData, builder: ReportBuilder): SpikeData {
  builder.units.kept = sd.N;
  builder.spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  reports.set(sd, builder.finish());
  return sd;
}
