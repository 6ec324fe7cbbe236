/** The contract with the native addon, types only: plain functions, plain objects and typed arrays cross, no classes. */

import type { NumericArray } from '../core/arrays.js';
import type { Limits } from '../core/limits.js';
import type { Hdf5Description, Hdf5Region, Hdf5WriteEntry } from './hdf5-contract.js';

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

/** The bytes of a remote file that were brought here. */
export interface NativeRanges {
  readonly native: 'ranges';
}

/** What a job needs before it can be done: pairs of a start and an end. */
export interface MissingBytes {
  /** Of what is read in passing: more may follow behind. */
  missing: Float64Array;
  /** Of all that will be read. */
  expected: Float64Array;
}

/** A numeric vector of an open HDF5 file. */
export interface Hdf5Vector {
  hdf5: number;
  dataset: string;
}

export interface GroupRequest {
  /** Unit of each spike; as long as `times`. */
  units: NumericArray;
  times: NumericArray | FileValues | Hdf5Vector;
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

/** The first `bytes` of `count` records from `first` on, of those that lie `stride` apart from `start` on. */
export interface HeadsRequest {
  fd: number;
  path: string;
  start: number;
  stride: number;
  bytes: number;
  first: number;
  count: number;
}

/** So many bytes at each of these places. */
export interface PlacesRequest {
  fd: number;
  path: string;
  bytes: number;
  places: Float64Array;
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

/** Samples that native code reads by itself: laid out in open files, or in a dataset of an HDF5 file. */
export type NativeSource = NativeLayout | NativeDataset;

/** An open file, whose descriptor is duplicated, or one that is opened when it is read; its path is for messages too. */
export type NativeFile = { path: string } & ({ fd: number } | { device: bigint; inode: bigint });

/** A SampleLayout (lib/recordings/sample-layout.ts). Its files are all open, or none is. */
export interface NativeLayout {
  letter: string;
  sampleBytes: number;
  bigEndian: boolean;
  samples: number;
  files: NativeFile[];
  channelStreams: Uint32Array;
  channelOffsets: Float64Array;
  streams: {
    recordSamples: number;
    recordBytes: number;
    step: number;
    runFiles: Uint32Array;
    runOffsets: Float64Array;
    runSamples: Float64Array;
  }[];
}

export interface NativeDataset {
  file: number;
  dataset: string;
  maxArrayBytes: number;
  samples: number;
  /** Frame after frame, else channel after channel. */
  timeFirst: boolean;
  /** Position of each channel in a frame. */
  columns: Uint32Array;
}

export interface SourceRequest extends Omit<DetectRequest, keyof TracesPiece | 'keepFiltered'> {
  source: NativeSource;
  memoryBytes: number;
  /** Pieces of so many samples, for tests that want their borders inside spikes. Default: as memory allows. */
  pieceSamples?: number;
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

/** Whose median or mean is taken off whom: rows of the traces. */
export interface NativeReference {
  median: boolean;
  sets: { from: Uint32Array; to: Uint32Array }[];
}

/** How traces are made, and what is found in them. One value a channel where not said otherwise. */
export interface PeaksRequest {
  channels: number;
  samples: number;
  sos: Float64Array;
  /** Added to the stored samples before all else. */
  offsets: Float64Array;
  gains: Float64Array;
  offsetsUv: Float64Array;
  reference: NativeReference;
  /** Start and end of each period, in samples. */
  blanked: Float64Array;
  blankFirst: boolean;
  /** Widens saturated periods, in samples. */
  margin: number;
  saturation: { limitUv: number; slopeUvPerSample?: number; proportion: number; mergeGapSamples: number } | null;
  method: 'by-channel' | 'locally-exclusive' | 'dead-time' | 'crossings';
  sign: 'neg' | 'pos' | 'both';
  /** Samples. */
  sweep: number;
  dead: number;
  align: number;
  hysteresis: boolean;
  thresholds: Float64Array;
  /** Thresholds are multiples of the noise, else in the unit of the traces. */
  inNoise: boolean;
  /** deviation: median |y − median y|, not scaled. */
  noise: 'none' | 'deviation' | 'si-mad' | 'mad' | 'quiroga' | 'std' | 'rms';
  /** Empty where it is measured, or not needed. */
  givenNoise: Float64Array;
  /** Rows. */
  bad: Uint32Array;
  /** locally-exclusive: of each channel, itself among them; else empty. */
  neighbours: Uint32Array[];
  maxAmplitudeUv: number;
  channelCap: number;
  maxPeaks: number;
  /** Snippets that will be asked for, of the rows that go with a peak on each channel: they are cut along, if memory lasts. */
  windows: { before: number; after: number; channels: readonly Uint32Array[] } | null;
  memoryBytes: number;
  threads: number;
}

/** Opaque. */
export interface PeaksDetector {
  readonly peaks: unique symbol;
}

export interface NativePeaks {
  /** In order of sample, then channel. */
  samples: Float64Array;
  channels: Uint32Array;
  amplitudes: Float32Array;
  noise: Float64Array;
  threshold: Float64Array;
  /** Start and end of each period. */
  blanked: Float64Array;
  /** Channels: all samples equal; not finite; of noise 0; with more peaks than the cap. */
  flat: Float64Array;
  spoilt: Float64Array;
  silent: Float64Array;
  capped: Float64Array;
}

/** Windows of one unit: rows of the traces, and where each begins. */
export interface SnippetRequest {
  channels: Uint32Array;
  starts: Float64Array;
}

/** (channels, samples, windows), empty where they are not kept; (channels, samples) twice. */
export interface NativeSnippets {
  waveforms: Float32Array;
  average: Float64Array;
  deviation: Float64Array;
}

/** How channels are compared with all others: rows of the traces from the tip up, chunks of so many samples. */
export interface CoherenceRequest {
  order: Uint32Array;
  starts: Float64Array;
  length: number;
  fsHz: number;
  /** Samples of a segment of Welch's method. */
  segment: number;
  nyquistShare: number;
  psdLimit: number;
  dead: number;
  noisy: number;
  outside: number;
  neighbours: number;
  outsideTop: boolean;
  outsideBottom: boolean;
}

/** One a channel; labels are 0 good, 1 dead, 2 noise, 3 out. */
export interface NativeCoherence {
  labels: Float64Array;
  similarity: Float64Array;
  trend: Float64Array;
  psdHf: Float64Array;
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

/**
 * Members of a group: kinds are positions in the list of Hdf5Kind, `made` the order in which the file says that they were made,
 * -1 where it does not; targets those of soft links by position.
 */
export interface NativeEntries {
  names: string[];
  kinds: Uint8Array;
  made: Int32Array;
  targets: Record<number, string>;
}

/** Plain functions, plain objects, typed arrays; no classes cross. TypeScript validates, C++ protects memory. */
export interface NativeBinding {
  /**
   * Versions and limits of this build: `version` is that of the package it was built in; `threads`: CPUs that affinity and cgroup quota allow; `signalKernels`: instruction
   * sets that this CPU has, best last.
   */
  buildInfo(): { version: string; hdf5: string; libdeflate: boolean; threads: number; signalKernels: string[] };
  /** Two files or folders get each other's places in one step; false, with nothing changed, where the system cannot. */
  exchangePaths(a: string, b: string): boolean;

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

  /** Room for bytes of a file that lies elsewhere; `size` is that of the whole file. */
  rangesOpen(size: number): NativeRanges;
  /** Bytes of the file from `start` on, which are copied. `passing`: bulk data, which are let go of first. */
  rangesSupply(ranges: NativeRanges, start: number, bytes: Uint8Array, passing: boolean): void;
  /** Pairs of a start and an end of what is not here of [start, end). */
  rangesGaps(ranges: NativeRanges, start: number, end: number): Float64Array;
  /** Lets go of what was not used for longest until at most so many bytes are held. */
  rangesTrim(ranges: NativeRanges, bytes: number): void;

  /**
   * Opens an HDF5 file for reading and gives its number. Paths below are of objects in the file. Of one with `ranges` every job may
   * give a MissingBytes in place of its result: runJob has them brought, and starts the job again.
   */
  hdf5Open(path: string, limits: Limits, ranges: NativeRanges | null): NativeJob<number>;
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
  /** Bytes at places of a file, `bytes` each, one after the other. */
  readRecordHeads(request: HeadsRequest | PlacesRequest): NativeJob<Uint8Array>;

  /** Peaks and snippets: a detector, to be fed in one of three ways until it wants nothing more. */
  peaksOpen(request: PeaksRequest): PeaksDetector;
  peaksNext(detector: PeaksDetector): Omit<StreamStretch, 'channels'> | null;
  peaksDeliver(detector: PeaksDetector, piece: TracesPiece): NativeJob<void>;
  peaksFromMemory(detector: PeaksDetector, traces: TracesPiece): NativeJob<void>;
  /** False where only libhdf5 can read the source. */
  peaksFromSource(detector: PeaksDetector, source: NativeSource): NativeJob<boolean>;
  peaksResult(detector: PeaksDetector): NativePeaks;
  /** Before feeding: cuts instead of looking for peaks. After it: cuts, if fed once more. */
  peaksCut(detector: PeaksDetector, units: readonly SnippetRequest[], length: number, keep: boolean): void;
  peaksTakeCuts(detector: PeaksDetector): NativeSnippets[];
  /** Before feeding: compares channels instead of looking for peaks. */
  peaksMeasure(detector: PeaksDetector, request: CoherenceRequest): void;
  peaksTakeMeasures(detector: PeaksDetector): NativeCoherence;
  /** Traces without their common reference, as float32 of the same shape. */
  takeReference(
    request: TracesPiece & { offsets: Float64Array; reference: NativeReference; threads: number },
  ): NativeJob<Float32Array>;

  /** A detection that is fed piece by piece: deliver what streamNext asks for until it asks for nothing. */
  streamOpen(request: StreamRequest): StreamDetector;
  streamNext(detector: StreamDetector): StreamStretch | null;
  streamDeliver(detector: StreamDetector, piece: TracesPiece): NativeJob<void>;
  streamResult(detector: StreamDetector): Omit<NativeDetection, 'filtered'>;
  /** The same in one job that reads for itself; null where only libhdf5 can read the source. */
  detectSource(request: SourceRequest): NativeJob<Omit<NativeDetection, 'filtered'> | null>;

  /**
   * Gives up, for this process and for good, what reading strangers' files does not need. `read`: files, and folders with all below
   * them; `write`: folders; `network`: whether sockets may be made; `parent`: the process that this one must not outlive. What the
   * kernel does not know is left out, and the answer says what is in place (`landlock`: the version of its ABI, 0 for none).
   */
  confine(wanted: { read: readonly string[]; write: readonly string[]; network: boolean; parent: number }): {
    landlock: number;
    seccomp: boolean;
    orphaned: boolean;
  };
  /** Uninitialised bytes, to be filled by their owner before anybody else sees them: in huge pages from 32 MB on. */
  largeBytes(length: number): Uint8Array<ArrayBuffer>;
  /**
   * Whether large arrays that this addon made are left out of children that are started from here on (Linux; around the start of one
   * that runs a program of its own). Returns their bytes.
   */
  keepFromChildren(keep: boolean): number;
}
