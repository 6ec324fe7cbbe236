/** Public exports, nothing else. */
export type { NdArray, NumericArray, SparseRaster, Traces } from './arrays.js';
export { detectSpikes } from './detect-spikes.js';
export {
  AddonLoadError,
  FormatError,
  IsolationError,
  LimitError,
  NotFoundError,
  OptionError,
  RemoteError,
  SpikeLabError,
  UnsafePickleError,
  UnsupportedError,
} from './errors.js';
export type { Hdf5ExportOptions } from './export/hdf5.js';
export { exportSpikeDataToHdf5 } from './export/hdf5.js';
export type { KilosortExportOptions } from './export/kilosort.js';
export { exportSpikeDataToKilosort } from './export/kilosort.js';
export type { NwbExportOptions } from './export/nwb.js';
export { exportSpikeDataToNwb } from './export/nwb.js';
export type { PickleExportOptions } from './export/pickle.js';
export { exportSpikeDataToPickle } from './export/pickle.js';
export type { ButterworthOptions } from './filter.js';
export { butterFilter, designButterworth } from './filter.js';
export type { DandiAsset, DandiOptions, ListDandiOptions, LoadDandiOptions } from './load/dandi.js';
export { listDandiAssets, loadSpikeDataFromDandi } from './load/dandi.js';
export type { Hdf5Options, Hdf5Style } from './load/hdf5.js';
export { loadSpikeDataFromHdf5 } from './load/hdf5.js';
export type { Hdf5RawThresholdedOptions } from './load/hdf5-raw.js';
export { loadSpikeDataFromHdf5RawThresholded } from './load/hdf5-raw.js';
export type { IblOptions, LoadIblOptions, ProbeStats, QueryIblOptions } from './load/ibl.js';
export { loadSpikeDataFromIbl, queryIblProbes } from './load/ibl.js';
export type { KilosortOptions } from './load/kilosort.js';
export { loadSpikeDataFromKilosort } from './load/kilosort.js';
export type { MaxwellOptions } from './load/maxwell.js';
export { loadSpikeDataFromMaxwell } from './load/maxwell.js';
export type { NeoOptions } from './load/neo.js';
export { loadSpikeDataFromNeo } from './load/neo.js';
export type { NwbOptions } from './load/nwb.js';
export { loadSpikeDataFromNwb } from './load/nwb.js';
export { loadSpikeDataFromPickle } from './load/pickle.js';
export type { SortingLike, SpikeInterfaceOptions } from './load/spikeinterface.js';
export { loadSpikeDataFromSpikeInterface } from './load/spikeinterface.js';
export type { RecordingLike, SpikeInterfaceRecordingOptions } from './load/spikeinterface-recording.js';
export { loadSpikeDataFromSpikeInterfaceRecording } from './load/spikeinterface-recording.js';
export { loadSpikeDataFromSpikeLabSortedNpz } from './load/spikelab-npz.js';
export type { Limits, LoadOptions, Progress, Source, TimeUnit } from './options.js';
export type { OpenRecordingOptions, Recording } from './recording.js';
export { openRecording } from './recording.js';
export { isS3Url, parseS3Url } from './remote/s3-url.js';
export type { Finding, LoadReport } from './report.js';
export type { NeoSpikeTrainLike, NeuronAttributes, SpikeDataOptions } from './spike-data.js';
export { SpikeData } from './spike-data.js';
export type { ThresholdOptions } from './threshold.js';
export { timesFromMs, toMs } from './units.js';
