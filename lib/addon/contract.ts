/**
 * The contract with the native addon, and the one place that loads it. native/addon.cpp registers the same functions in the
 * same order; a test compares the two.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NumericArray } from './arrays.js';
import { AddonLoadError } from './errors.js';
import type { Hdf5Description, Hdf5Region } from './format/hdf5.js';
import type { Hdf5WriteEntry } from './format/hdf5-writer.js';
import type { Limits } from './options.js';

/** A long native call. Its inputs are borrowed until `result` settles. */
export interface NativeJob<T> {
  result: Promise<T>;
  cancel(): void;
  /** The part that is done, from 0 to 1. */
  progress(): number;
}

/** ms = value × multiply ÷ divide + add; what is absent changes nothing. */
export interface TimeScale {
  multiply?: number;
  divide?: number;
  add?: number;
}

/** Why values cannot be spike trains: the first bad element. */
export interface TrainProblem {
  kind:
    | 'non-finite-time'
    | 'inexact-time'
    | 'non-finite-unit'
    | 'fractional-unit'
    | 'negative-unit'
    | 'unit-too-large'
    | 'non-finite-count'
    | 'negative-count'
    | 'too-many-spikes'
    | 'offsets';
  position: number;
  value: number;
}

/** What was found in trains that are otherwise fine. */
export interface TrainFindings {
  /** Trains that had to be sorted. */
  unsortedTrains: number;
  /** Spikes at exactly the time of the one before them in the same train. */
  duplicateTimes: number;
  emptyTrains: number;
  /** Spikes that `trainOf` leaves out. */
  droppedSpikes: number;
  /** Raster cells whose count was not a whole number: the fraction was cut off. */
  fractionalCounts: number;
}

/** Trains back to back, sorted, finite, in ms; or the reason why not. */
export type NativeTrains =
  | { times: Float64Array; offsets: Float64Array; findings: TrainFindings; problem?: undefined }
  | { problem: TrainProblem };

/** Little-endian values in an open file; the descriptor is duplicated, so closing it early is safe. */
export interface FileValues {
  fd: number;
  /** For messages. */
  path: string;
  /** Where the values start, in bytes. */
  offset: number;
  length: number;
  /** An empty array of the values' type. */
  like: NumericArray;
}

/** A numeric vector of an open HDF5 file. */
export interface Hdf5Values {
  hdf5: number;
  dataset: string;
}

export interface GroupRequest {
  /** Unit of each spike; as long as `times`. */
  units: NumericArray;
  times: NumericArray | FileValues | Hdf5Values;
  scale?: TimeScale;
  /** Number of trains. Default: the largest unit + 1. */
  count?: number;
  /** Without `count`: units from here on are a problem, found before anything is allocated. */
  maxUnits?: number;
  /** Train of each unit, negative to leave it out; units beyond its end are left out too. Needs `count`. */
  trainOf?: Int32Array;
}

export interface RaggedRequest {
  times: NumericArray;
  /** Trains + 1 entries, rising from 0 to times.length. */
  offsets: NumericArray;
  scale?: TimeScale;
  /** Convert and sort inside `times`, which must be a Float64Array; the result's `times` is then empty. */
  inPlace?: boolean;
}

export interface RasterRequest {
  /** C-ordered, rows × bins. */
  counts: NumericArray;
  rows: number;
  bins: number;
  binMs: number;
  startMs: number;
  maxSpikes: number;
}

/** Values of one HDF5 attribute, dataset or compound field; null where their type is not decoded. */
export interface NativeColumn {
  name: string;
  shape: number[];
  boolean: boolean;
  values: NumericArray | string[] | null;
}

export interface BinRequest {
  /** Sorted trains back to back. */
  times: Float64Array;
  offsets: Float64Array;
  /** A spike at t lies (t - startMs + offsetMs) behind the left edge of the first bin. */
  startMs: number;
  offsetMs: number;
  binMs: number;
  bins: number;
}

/** Traces (channels, samples), C-ordered. */
export interface TracesPiece {
  data: NumericArray;
  channels: number;
  samples: number;
}

/** Traces and the filter that they go through forward and backward. */
export interface TracesRequest extends TracesPiece {
  /** Six numbers a section; empty for none. */
  sos: Float64Array;
  /** 0: as many as the machine allows. */
  threads: number;
}

export interface DetectRequest extends TracesRequest {
  sigma: number;
  direction: 'both' | 'up' | 'down';
  hysteresis: boolean;
  noise: 'std' | 'mad';
  fsHz: number;
  startTimeMs: number;
  /** Spikes of a channel beyond this many are left out. */
  spikeCap: number;
  /** More in all are a LimitError. */
  maxSpikes: number;
  keepFiltered: boolean;
}

export interface StreamRequest extends Omit<DetectRequest, 'data' | 'keepFiltered'> {
  /** An empty array of the samples' type. */
  like: NumericArray;
  memoryBytes: number;
}

/** Samples that native code reads by itself: in an open file (the descriptor is duplicated), or in a dataset of an HDF5 file. */
export type NativeSource = {
  samples: number;
  /** Frame after frame, else channel after channel. */
  timeFirst: boolean;
  /** Position of each channel in a frame. */
  columns: Uint32Array;
} & (
  | {
      fd: number;
      /** For messages. */
      path: string;
      byteOffset: number;
      /** Values of a frame, among them such as are no channels. */
      width: number;
      letter: string;
      sampleBytes: number;
      bigEndian: boolean;
    }
  | { file: number; dataset: string; maxArrayBytes: number }
);

export interface SourceRequest extends Omit<DetectRequest, keyof TracesPiece | 'keepFiltered'> {
  source: NativeSource;
  memoryBytes: number;
}

/** Opaque. */
export interface StreamDetector {
  readonly stream: unique symbol;
}

/** Samples [start, end) of these channels, of all where none are named. */
export interface StreamStretch {
  start: number;
  end: number;
  channels?: number[];
  /** Share of the work that was done before it, as far as the number of sweeps is known. */
  progress: number;
  /** What will be wanted after this one, where that is certain; the two overlap. */
  following?: { start: number; end: number };
}

export interface NativeDetection {
  /** Times in ms, channel after channel. */
  times: Float64Array;
  offsets: Float64Array;
  /** Noise of each channel after filtering; NaN where it has NaN or infinite samples. */
  noise: Float64Array;
  /** Channels that had more spikes than the cap. */
  capped: Float64Array;
  /** How many channels were computed a second time, bit for bit as scipy does. */
  recomputed: number;
  filtered: Float64Array | null;
}

export interface PayloadsRequest {
  /** Borrowed: the native side duplicates it. */
  fd: number;
  /** For messages. */
  path: string;
  /** Five numbers a payload: position and bytes in the file, encoding (see payloadEncodings), offset and bytes in target. */
  payloads: Float64Array;
  /** Of any type: a Uint8Array ends at 4 GiB. */
  target: NumericArray;
}

/** Members of a group: kinds are positions in the list of Hdf5Kind, targets those of soft links by position. */
export interface NativeEntries {
  names: string[];
  kinds: Uint8Array;
  targets: Record<number, string>;
}

/** Plain functions, plain objects, typed arrays; no classes cross. TypeScript validates, C++ protects memory. */
export interface NativeBinding {
  /**
   * Versions and limits of this build. `threads`: CPUs that affinity and cgroup quota allow; `signalKernels`: instruction
   * sets that this CPU has, best last.
   */
  buildInfo(): { hdf5: string; libdeflate: boolean; threads: number; signalKernels: string[] };

  /** Spikes in any order, with a unit each, to trains: a counting sort. */
  groupSpikes(request: GroupRequest): NativeTrains;
  groupSpikesJob(request: GroupRequest): NativeJob<NativeTrains>;
  /** Times that lie train after train: converted, checked and sorted in one pass. */
  splitRagged(request: RaggedRequest): NativeTrains;
  splitRaggedJob(request: RaggedRequest): NativeJob<NativeTrains>;
  /** Counts per (unit, bin) to trains, spikes evenly inside each bin. */
  expandRaster(request: RasterRequest): NativeTrains;
  expandRasterJob(request: RasterRequest): NativeJob<NativeTrains>;

  /** Writes the entries, in order, as an HDF5 file at `path` and flushes it; removes it again on failure. */
  writeHdf5(path: string, entries: readonly Hdf5WriteEntry[]): NativeJob<void>;

  /** Opens an HDF5 file for reading and gives its number. Paths below are of objects in the file. */
  hdf5Open(path: string, limits: Limits): NativeJob<number>;
  /** Bytes that were read from the file. */
  hdf5Close(file: number): number;
  hdf5List(file: number, group: string): NativeJob<NativeEntries>;
  /** Names are whole paths. */
  hdf5Walk(file: number, group: string): NativeJob<NativeEntries>;
  hdf5Exists(file: number, path: string): NativeJob<boolean>;
  hdf5Describe(file: number, path: string): NativeJob<Hdf5Description>;
  hdf5Attributes(file: number, path: string): NativeJob<NativeColumn[]>;
  /** Numbers of the slab; `data` is null where `into` was given and filled. */
  hdf5Read(
    file: number,
    path: string,
    start: readonly number[] | null,
    count: readonly number[] | null,
    asFloat64: boolean,
    into: NumericArray | null,
  ): NativeJob<{ data: NumericArray | null; shape: number[] }>;
  /** Numeric vectors, each a train: read, converted, checked and sorted. */
  hdf5ReadTrains(file: number, paths: readonly string[], scale: TimeScale): NativeJob<NativeTrains>;
  hdf5ReadStrings(file: number, path: string): NativeJob<NativeColumn>;
  hdf5ReadReferences(file: number, path: string): NativeJob<NativeColumn>;
  hdf5ReadRegions(file: number, path: string): NativeJob<Hdf5Region[]>;
  hdf5ReadRecords(
    file: number,
    path: string,
    start: readonly number[] | null,
    count: readonly number[] | null,
  ): NativeJob<{ columns: NativeColumn[]; shape: number[] }>;
  /** Spikes per bin, as CSR rows: bins are open on the left and closed on the right; spikes before the first are left out. */
  binSparse(request: BinRequest): { indptr: Float64Array; indices: Uint32Array; data: Uint32Array };
  /** Adds spikes per bin to `out` (rows × bins): train i in row rowOf[i], or in row i. */
  binDense(request: BinRequest & { out: Uint32Array; rowOf?: Int32Array }): void;

  /** Cutoffs as fractions of the Nyquist frequency, 0 for none. Six numbers a section. */
  designButterworth(order: number, low: number, high: number): Float64Array;
  /** Samples of odd extension at each end; a filtered trace must have more than that. */
  filterPadding(sos: Float64Array): number;
  filterTraces(request: TracesRequest): NativeJob<Float64Array>;
  detectTraces(request: DetectRequest): NativeJob<NativeDetection>;

  /** Payloads of a pickle into `target`; the index of the first whose text stands for other bytes, or -1. */
  readPicklePayloads(request: PayloadsRequest): NativeJob<number>;

  /** A detection that is fed piece by piece: deliver what streamNext asks for until it asks for nothing. */
  streamOpen(request: StreamRequest): StreamDetector;
  streamNext(detector: StreamDetector): StreamStretch | null;
  streamDeliver(detector: StreamDetector, piece: TracesPiece): NativeJob<void>;
  streamResult(detector: StreamDetector): Omit<NativeDetection, 'filtered'>;
  /** The same in one job that reads for itself; null where only libhdf5 can read the source. */
  detectSource(request: SourceRequest): NativeJob<Omit<NativeDetection, 'filtered'> | null>;
}

/** Names of the contract, in order. */
export const bindingFunctions = [
  'buildInfo',
  'groupSpikes',
  'groupSpikesJob',
  'splitRagged',
  'splitRaggedJob',
  'expandRaster',
  'expandRasterJob',
  'writeHdf5',
  'hdf5Open',
  'hdf5Close',
  'hdf5List',
  'hdf5Walk',
  'hdf5Exists',
  'hdf5Describe',
  'hdf5Attributes',
  'hdf5Read',
  'hdf5ReadTrains',
  'hdf5ReadStrings',
  'hdf5ReadReferences',
  'hdf5ReadRegions',
  'hdf5ReadRecords',
  'binSparse',
  'binDense',
  'designButterworth',
  'filterPadding',
  'filterTraces',
  'detectTraces',
  'readPicklePayloads',
  'streamOpen',
  'streamNext',
  'streamDeliver',
  'streamResult',
  'detectSource',
] as const satisfies readonly (keyof NativeBinding)[];

let loaded: NativeBinding | undefined;

/** The addon, loaded when first needed. */
export function native(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  const path = process.env.SPIKELAB_ADDON ?? fileURLToPath(new URL('../build/Release/spikelab.node', import.meta.url));
  try {
    return createRequire(import.meta.url)(path) as NativeBinding;
  } catch (cause) {
    const advice = [
      'apt-get install -y --no-install-recommends build-essential cmake pkg-config libhdf5-dev zlib1g-dev libdeflate-dev',
      'npm rebuild spikelab',
    ];
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The native addon of spikelab was expected at ${path} and could not be loaded (${reason}). To build it: ${advice.join(' && ')}`;
    throw new AddonLoadError(message, { tried: [path], advice }, { cause });
  }
}
