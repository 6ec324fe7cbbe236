/**
 * The public contract, written out by hand and apart from lib/: what code that uses this package may rely on. A name or a
 * type that changes here breaks users. lib/ may offer more.
 */
// what users pass back is an object of the class itself
import type { SpikeData as Built } from '../../lib/index.js';

// ── what is this? ────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Identification {
  format: string;
  readable: boolean;
  what: 'recording' | 'sorting' | 'both' | 'table' | 'pointer' | 'archive' | 'unknown';
  details: Record<string, string | number>;
  parts: {
    name: string;
    options: Record<string, unknown>;
    channels?: number;
    samples?: number;
    fsHz?: number;
    durationMs?: number;
    units?: number;
    spikes?: number;
  }[];
  code: string[];
  shell: string[];
  advice: string | null;
  findings: Finding[];
  bytesRead: number;
}
export function identify(source: Source, options?: LoadOptions): Promise<Identification[]>;

// ── arrays ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
/** C-ordered n-d array; the same shape as a zarrita chunk or a scijs ndarray, so those can be passed as they are. */
export interface NdArray<T extends NumericArray = NumericArray> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
}
/** (channels, samples): an NdArray, or one typed array (or plain array) a row. */
export type Traces = NdArray | readonly (NumericArray | readonly number[])[];
export interface SparseRaster {
  // CSR, as scipy.sparse.csr_matrix
  readonly shape: readonly [units: number, bins: number];
  readonly indptr: Uint32Array | Float64Array;
  readonly indices: Uint32Array;
  readonly data: Uint32Array;
}

// ── SpikeData ────────────────────────────────────────────────────────────────────────────────────────────────────────────
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
export class SpikeData {
  constructor(train: readonly (NumericArray | readonly number[])[], options?: SpikeDataOptions);
  /** Sorted spike times in ms, one array a unit: views into one buffer. */
  readonly train: readonly Float64Array[];
  readonly N: number;
  readonly length: number;
  readonly startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  readonly rawData: NdArray | null;
  /** ms of each sample; made when first asked for where only a rate is known. */
  readonly rawTime: Float64Array | null;
  /** How this object came to be, when a loader made it. */
  readonly report: LoadReport | null;

  static fromIdcesTimes(idces: ArrayLike<number>, times: ArrayLike<number>, options?: SpikeDataOptions): SpikeData;
  static fromRaster(raster: Traces, binSizeMs: number, options?: SpikeDataOptions): SpikeData;
  static fromEvents(events: Iterable<readonly [unit: number, timeMs: number]>, options?: SpikeDataOptions): SpikeData;
  static fromNeoSpikeTrains(spikeTrains: readonly NeoSpikeTrainLike[], options?: SpikeDataOptions): SpikeData;
  /** Off the main thread. `rawData` of the result is the original traces (keepRaw: 'filtered' for what was thresholded). */
  static fromThresholding(traces: Traces, options?: ThresholdOptions): Promise<SpikeData>;

  /** All spikes in time order. */
  readonly times: IterableIterator<number>;
  readonly events: IterableIterator<[unit: number, timeMs: number]>;
  idcesTimes(): { idces: Int32Array; times: Float64Array };
  readonly unitLocations: NdArray<Float64Array> | null;
  readonly electrodes: readonly (number | string)[] | null;
  rates(options?: { unit?: 'kHz' | 'Hz' }): Float64Array;
  binned(binSize?: number): Float64Array | Uint32Array;
  binnedMeanrate(binSize?: number, options?: { unit?: 'kHz' | 'Hz' }): Float64Array;
  sparseRaster(binSize?: number, options?: { timeOffset?: number }): SparseRaster;
  raster(binSize?: number, options?: { timeOffset?: number }): NdArray;
  channelRaster(binSize?: number, options?: { channelAttr?: string }): NdArray;
  neuronToChannelMap(channelAttr?: string): Map<number, number>;
  interspikeIntervals(): Float64Array[];
  subset(
    units: number | string | readonly (number | string)[],
    options?: { by?: string; preserveOrder?: boolean },
  ): SpikeData;
  subtime(start?: number | null, end?: number | null, options?: { shiftTo?: number }): SpikeData;
  append(spikeData: SpikeData, options?: { offset?: number; dropNeuronAttributes?: boolean }): SpikeData;
  concatenateSpikeData(sd: SpikeData): SpikeData;
  splitEpochs(): SpikeData[];
  getNeuronAttribute(key: string, defaultValue?: unknown): unknown[];
  setNeuronAttribute(key: string, values: unknown, options?: { neuronIndices?: readonly number[] }): void;
}
export interface NeoSpikeTrainLike {
  times: ArrayLike<number>;
  units: string;
  tStart?: number;
  tStop?: number;
}

// ── what every loader takes and reports ──────────────────────────────────────────────────────────────────────────────────
export interface Progress {
  stage: string;
  done: number;
  total: number | null;
  unit: 'bytes' | 'samples' | 'spikes' | 'units' | 'files';
}
export interface Finding {
  code: string;
  severity: 'info' | 'warning';
  message: string;
  count?: number;
}
/** Structured account of a load: no peer returns one. JSON-serialisable. */
export interface LoadReport {
  format: string;
  source: string;
  findings: Finding[];
  units: { kept: number; dropped: Record<string, number> };
  spikes: number;
  bytesRead: number;
  requests: number;
  /** How a remote source was read; absent where it was local. */
  remote?: 'ranges' | 'download';
  elapsedMs: Record<string, number>;
}
export interface Limits {
  maxFileBytes: number;
  maxArrayBytes: number;
  maxUnits: number;
  maxSpikes: number;
  maxDepth: number;
}
export interface LoadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Default: process.emitWarning(message, { type: 'SpikeLabWarning', code }). */
  onWarning?: (finding: Finding) => void;
  limits?: Partial<Limits>;
  /** Load in a child process with these limits: for files from strangers. A crash there is an error here. */
  isolate?: boolean | { memoryBytes?: number; timeoutMs?: number };
  // s3:// and https://…amazonaws.com sources; where absent, the AWS SDK's own chain of environment, profile and role
  awsAccessKeyId?: string;
  awsSecretAccessKey?: string;
  awsSessionToken?: string;
  regionName?: string;
  endpointUrl?: string;
  forcePathStyle?: boolean;
  anonymous?: boolean;
}
/** A local path, a file: URL, s3://bucket/key, or an http(s) URL of a file; a folder of KiloSort's or phy's also as a .zip. */
export type Source = string | URL;
export type TimeUnit = 's' | 'ms' | 'samples';

// ── loaders ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
export type Hdf5Style =
  | { rasterDataset: string; rasterBinSizeMs: number }
  | { spikeTimesDataset: string; spikeTimesIndexDataset: string; spikeTimesUnit?: TimeUnit }
  | { groupPerUnit: string; groupTimeUnit?: TimeUnit }
  | { idcesDataset: string; timesDataset: string; timesUnit?: TimeUnit };
export type Hdf5Options = Hdf5Style &
  LoadOptions & {
    fsHz?: number;
    lengthMs?: number;
    metadata?: Record<string, unknown>;
    /** What the ragged index holds. Default: ends, told apart from a leading zero. 'counts' for files that store spikes per unit. */
    spikeTimesIndex?: 'ends' | 'counts';
    rawDataset?: string;
    rawTimeDataset?: string;
    rawTimeUnit?: TimeUnit;
  };
export function loadSpikeDataFromHdf5(source: Source, options: Hdf5Options): Promise<SpikeData>;
export function loadSpikeDataFromHdf5RawThresholded(
  source: Source,
  dataset: string,
  options: ThresholdOptions & LoadOptions & { fsHz: number },
): Promise<SpikeData>;
export interface NwbOptions extends LoadOptions {
  /** Where spikes lie beyond it they are cut off (a finding says how many). */
  lengthMs?: number;
  startTimeMs?: number;
  allowNoUnits?: boolean;
  /** Path of the Units table. Default /units. */
  unitsPath?: string;
  /** Wide columns to read as well (waveform_mean, waveforms …). Scalars, strings and short ragged columns always come. */
  columns?: readonly string[];
  /** Only these unit ids, only this window: only their parts of the file are read. */
  unitIds?: readonly (number | string)[];
  windowMs?: readonly [start: number, end: number];
}
export function loadSpikeDataFromNwb(source: Source, options?: NwbOptions): Promise<SpikeData>;
export function loadSpikeDataFromKilosort(
  folder: Source,
  options: LoadOptions & {
    fsHz: number;
    spikeTimesFile?: string;
    spikeClustersFile?: string;
    clusterInfoTsv?: string;
    timeUnit?: TimeUnit;
    includeNoise?: boolean;
    lengthMs?: number;
    channelMapFile?: string;
    channelPositionsFile?: string;
    /** Labels kept when clusterInfoTsv filters. Default ['good', 'mua', 'mua good']. */
    keepLabels?: readonly string[];
  },
): Promise<SpikeData>;
export function loadSpikeDataFromSpikeLabSortedNpz(
  source: Source,
  options?: LoadOptions & { lengthMs?: number },
): Promise<SpikeData>;
/** Reads the pickle as data. Nothing in it is ever executed: an object outside the allow-list is an UnsafePickleError. */
export function loadSpikeDataFromPickle(source: Source, options?: LoadOptions): Promise<SpikeData>;

export interface SortingLike {
  getUnitIds(): readonly (number | string)[];
  getSamplingFrequency(): number;
  getUnitSpikeTrain(query: {
    unitId: number | string;
    segmentIndex?: number;
  }): ArrayLike<number> | Promise<ArrayLike<number>>;
  getProperty?(name: string): unknown;
}
export interface RecordingLike {
  getSamplingFrequency(): number;
  /** (samples, channels), as SpikeInterface returns them; the shorter side is taken for the channels. */
  getTraces(query?: { segmentIndex?: number; startFrame?: number; endFrame?: number }): Traces | Promise<Traces>;
  getNumChannels?(): number;
  getNumFrames?(segmentIndex?: number): number;
}
export function loadSpikeDataFromSpikeInterface(
  sorting: SortingLike | Source,
  options?: LoadOptions & { samplingFrequency?: number; unitIds?: readonly (number | string)[]; segmentIndex?: number },
): Promise<SpikeData>;
export function loadSpikeDataFromSpikeInterfaceRecording(
  recording: RecordingLike | Source,
  options?: LoadOptions & ThresholdOptions & { segmentIndex?: number },
): Promise<SpikeData>;

/** A NIX file (1.1, 1.2 as Neo writes it) or a pickled Neo Block, Segment or SpikeTrain. */
export function loadSpikeDataFromNeo(
  source: Source,
  options?: LoadOptions & { segmentIndex?: number },
): Promise<SpikeData>;

export interface IblOptions extends LoadOptions {
  baseUrl?: string;
  cacheDir?: string;
  username?: string;
  password?: string;
  bwmUnitsTable?: Source;
}
export interface ProbeStats {
  eid: string;
  pid: string;
  n_good_units: number;
  n_in_target?: number;
  fraction_in_target?: number;
}
export function queryIblProbes(
  options?: IblOptions & { targetRegions?: readonly string[]; minUnits?: number; minFractionInTarget?: number },
): Promise<{ probes: [eid: string, pid: string][]; stats: ProbeStats[] }>;
export function loadSpikeDataFromIbl(
  eid: string,
  pid: string,
  options?: IblOptions & { lengthMs?: number; collection?: string },
): Promise<SpikeData>;

export interface DandiOptions extends LoadOptions {
  dandisetId?: string;
  version?: string;
  apiToken?: string;
  apiBase?: string;
  downloadDir?: string;
}
export interface DandiAsset {
  asset_id: string;
  path: string;
  size: number;
  download_url: string;
  dandiset_id: string;
  version: string;
}
export function listDandiAssets(
  dandisetId: string,
  options?: DandiOptions & { pathGlob?: string; pageSize?: number },
): AsyncIterableIterator<DandiAsset>;
export function loadSpikeDataFromDandi(
  assetId: string,
  options?: DandiOptions & { lengthMs?: number; startTimeMs?: number; allowNoUnits?: boolean },
): Promise<SpikeData>;

// ── raw recordings of any length ─────────────────────────────────────────────────────────────────────────────────────────
export interface ButterworthOptions {
  lowcut?: number;
  highcut?: number;
  order?: number;
}
export interface ThresholdOptions {
  /** Samples per second. Default 20000. */
  fsHz?: number;
  /** Threshold in standard deviations of each (filtered) channel. Default 5. */
  thresholdSigma?: number;
  /** true: order-3 Butterworth band-pass 300–6000 Hz, applied forward and backward; an object: that filter; false: none. */
  filter?: boolean | ButterworthOptions;
  /** Report only the sample at which the threshold is first crossed. Default true. */
  hysteresis?: boolean;
  direction?: 'both' | 'up' | 'down';
  length?: number;
  startTime?: number;
  /** How noise is measured: standard deviation (SpikeLab's), or median absolute deviation / 0.6745. Default 'std'. */
  noise?: 'std' | 'mad';
  /** Which traces the result carries. Default 'original' for arrays (shared, not copied), false for recordings on disk. */
  keepRaw?: 'original' | 'filtered' | false;
  threads?: number;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  onWarning?: (finding: Finding) => void;
}
/** Samples on disk, read in pieces: memory stays bounded whatever the length. */
export interface Recording extends AsyncDisposable {
  readonly format: string;
  readonly channels: number;
  readonly samples: number;
  readonly fsHz: number;
  readonly dtype: string;
  /** (channels, 2 or 3) in micrometres, where the file says. */
  readonly channelLocations: NdArray<Float64Array> | null;
  readonly startMs: number;
  readonly segments: number;
  readonly gaps: readonly { sample: number; missing: number; ms: number }[];
  read(
    range: { start: number; end: number; channels?: readonly number[] },
    options?: { signal?: AbortSignal },
  ): Promise<NdArray>;
  close(): Promise<void>;
}
export interface OpenRecordingOptions extends LoadOptions {
  format?: 'hdf5' | 'nwb' | 'binary' | 'spikeinterface' | 'spikeglx' | 'openephys' | 'maxwell' | 'npy';
  /** HDF5: the dataset's path. NWB: the ElectricalSeries' path. */
  dataset?: string;
  fsHz?: number;
  channels?: number;
  dtype?: string;
  layout?: 'time-channels' | 'channels-time';
  byteOffset?: number;
}
export function openRecording(source: Source, options?: OpenRecordingOptions): Promise<Recording>;
/** The streaming form of SpikeData.fromThresholding: the same spikes, in bounded memory, for a recording of any length. */
export function detectSpikes(
  recording: Recording | Source,
  options?: ThresholdOptions & OpenRecordingOptions,
): Promise<SpikeData>;

// ── exporters (mirror the loaders; written to a temporary name beside the target and renamed) ────────────────────────────
export interface Hdf5ExportOptions {
  style?: 'raster' | 'ragged' | 'group' | 'paired';
  rasterDataset?: string;
  rasterBinSizeMs?: number;
  spikeTimesDataset?: string;
  spikeTimesIndexDataset?: string;
  spikeTimesUnit?: TimeUnit;
  fsHz?: number;
  groupPerUnit?: string;
  groupTimeUnit?: TimeUnit;
  idcesDataset?: string;
  timesDataset?: string;
  timesUnit?: TimeUnit;
  rawDataset?: string;
  rawTimeDataset?: string;
  rawTimeUnit?: TimeUnit;
}
export function exportSpikeDataToHdf5(sd: Built, path: string, options?: Hdf5ExportOptions): Promise<void>;
export function exportSpikeDataToNwb(
  sd: Built,
  path: string,
  options?: { spikeTimesDataset?: string; spikeTimesIndexDataset?: string; group?: string },
): Promise<void>;
export function exportSpikeDataToKilosort(
  sd: Built,
  folder: string,
  options: {
    fsHz: number;
    spikeTimesFile?: string;
    spikeClustersFile?: string;
    timeUnit?: TimeUnit;
    clusterIds?: readonly number[];
  },
): Promise<{ spikeTimes: string; spikeClusters: string }>;
/** A pickle that Python's SpikeLab loads. `path` may be an s3:// URL. */
export function exportSpikeDataToPickle(
  sd: Built,
  path: string,
  options?: LoadOptions & { protocol?: 2 | 3 | 4 | 5 },
): Promise<string>;

// ── small public functions ───────────────────────────────────────────────────────────────────────────────────────────────
/** scipy.signal.iirfilter(…, output='sos') + sosfiltfilt along time. 'data' is 1-d or (channels, samples). */
export function butterFilter(
  data: NumericArray | Traces,
  options: ButterworthOptions & { fsHz?: number; order?: number },
): Promise<NdArray | Float64Array>;
/** Second-order sections, 6 numbers each, as scipy returns them. */
export function designButterworth(options: ButterworthOptions & { fsHz: number }): NdArray<Float64Array>;
export function toMs(values: ArrayLike<number>, unit: TimeUnit, fsHz?: number): Float64Array;
export function timesFromMs(timesMs: ArrayLike<number>, unit: TimeUnit, fsHz?: number): Float64Array;
export function isS3Url(url: string): boolean;
export function parseS3Url(url: string): { bucket: string; key: string };

// ── errors: named after what the user can do ─────────────────────────────────────────────────────────────────────────────
/** Base of all of them. `code` is stable; `message` says what was expected, what was found, and where. */
export class SpikeLabError extends Error {
  readonly code: string;
}
export class OptionError extends SpikeLabError {
  readonly option: string;
  readonly expected: string;
  readonly received: unknown;
}
export class NotFoundError extends SpikeLabError {
  readonly path: string;
  readonly location?: string;
  readonly available?: string[];
}
export class FormatError extends SpikeLabError {
  readonly path: string;
  readonly location?: string;
}
export class UnsupportedError extends SpikeLabError {
  readonly feature: string;
}
export class LimitError extends SpikeLabError {
  readonly limit: keyof Limits;
  readonly allowed: number;
  readonly found: number;
}
export class UnsafePickleError extends SpikeLabError {
  readonly module: string;
  readonly symbol: string;
  readonly offset: number;
}
export class RemoteError extends SpikeLabError {
  readonly url: string;
  readonly status?: number;
  readonly retryable: boolean;
}
export class AddonLoadError extends SpikeLabError {
  readonly tried: string[];
  readonly advice: string[];
}
