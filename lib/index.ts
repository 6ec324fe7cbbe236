/// <reference types="node" preserve="true" />
/** Public exports, nothing else. */
import './core/engine.js';

export type { ChannelHealth, ChannelLabel, HealthOptions } from './api/channel-health.js';
export { channelHealth } from './api/channel-health.js';
export { commonReference } from './api/common-reference.js';
export { detectPeaks } from './api/detect-peaks.js';
export { detectSpikes } from './api/detect-spikes.js';
export { identify } from './api/identify.js';
export type { OpenRecordingOptions } from './api/open-recording.js';
export { openRecording } from './api/open-recording.js';
export { Peaks } from './api/peaks.js';
export { saturationPeriods } from './api/saturation.js';
export type { Snippets, UnitSnippets } from './api/snippets.js';
export { snippets, storeSnippets } from './api/snippets.js';
export type { RecordingLike, SpikeInterfaceRecordingOptions } from './api/spikeinterface-recording.js';
export { loadSpikeDataFromSpikeInterfaceRecording } from './api/spikeinterface-recording.js';
export type { BatchItem, BatchOptions, BatchResult } from './batch/contract.js';
export type { BatchPlan, PlannedItem } from './batch/plan.js';
export { planBatch } from './batch/plan.js';
export { runBatch } from './batch/run-batch.js';
export type { NdArray, NumericArray, SparseRaster, Traces } from './core/arrays.js';
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
} from './core/errors.js';
export type { Finding, LoadReport } from './core/findings.js';
export type { IsolateOptions } from './core/isolation.js';
export type { Limits } from './core/limits.js';
export type { LoadOptions, Progress, Source, TimeUnit } from './core/options.js';
export { timesFromMs, toMs } from './core/units.js';
export type { BlankOptions, Period, SaturationOptions } from './detection/blank.js';
export type { ChannelOptions } from './detection/channel-options.js';
export type { DetectSpikesOptions } from './detection/crossings.js';
export type { ButterworthOptions } from './detection/filter.js';
export { butterFilter, designButterworth } from './detection/filter.js';
export type { PeakOptions } from './detection/peak-options.js';
export type { ReferenceOptions } from './detection/reference.js';
export type { SnippetOptions } from './detection/snippet-windows.js';
export type { ThresholdOptions } from './detection/threshold.js';
export type { NoiseKind } from './detection/threshold-levels.js';
export type { ArrowExportOptions } from './formats/arrow/export.js';
export { exportSpikeDataToArrow } from './formats/arrow/export.js';
export type { BlackrockOptions } from './formats/blackrock/load.js';
export { loadSpikeDataFromBlackrock } from './formats/blackrock/load.js';
export { loadSpikeDataFromCellExplorer } from './formats/cellexplorer/load.js';
export type { CsvExportOptions } from './formats/csv/export.js';
export { exportSpikeDataToCsv } from './formats/csv/export.js';
export type { CsvOptions } from './formats/csv/load.js';
export { loadSpikeDataFromCsv } from './formats/csv/load.js';
export type { Hdf5ExportOptions } from './formats/hdf5/export.js';
export { exportSpikeDataToHdf5 } from './formats/hdf5/export.js';
export type { Hdf5Options, Hdf5Style } from './formats/hdf5/load.js';
export { loadSpikeDataFromHdf5 } from './formats/hdf5/load.js';
export type { Hdf5RawThresholdedOptions } from './formats/hdf5/raw-thresholded.js';
export { loadSpikeDataFromHdf5RawThresholded } from './formats/hdf5/raw-thresholded.js';
export type { IblOptions, LoadIblOptions, ProbeStats, QueryIblOptions } from './formats/ibl/load.js';
export { loadSpikeDataFromIbl, queryIblProbes } from './formats/ibl/load.js';
export type { KilosortExportOptions } from './formats/kilosort/export.js';
export { exportSpikeDataToKilosort } from './formats/kilosort/export.js';
export type { KilosortOptions } from './formats/kilosort/load.js';
export { loadSpikeDataFromKilosort } from './formats/kilosort/load.js';
export type { KlustaOptions } from './formats/klusta/load.js';
export { loadSpikeDataFromKlusta } from './formats/klusta/load.js';
export type { MaxwellOptions } from './formats/maxwell/load.js';
export { loadSpikeDataFromMaxwell } from './formats/maxwell/load.js';
export type { MdaOptions } from './formats/mda/load.js';
export { loadSpikeDataFromMda } from './formats/mda/load.js';
export type { NeoOptions } from './formats/neo/load.js';
export { loadSpikeDataFromNeo } from './formats/neo/load.js';
export { loadSpikeDataFromNeuralynx } from './formats/neuralynx/load.js';
export type { NeuroscopeOptions } from './formats/neuroscope/load.js';
export { loadSpikeDataFromNeuroscope } from './formats/neuroscope/load.js';
export type { DandiAsset, DandiOptions, ListDandiOptions, LoadDandiOptions } from './formats/nwb/dandi/load.js';
export { listDandiAssets, loadSpikeDataFromDandi } from './formats/nwb/dandi/load.js';
export type { NwbExportOptions } from './formats/nwb/export.js';
export { exportSpikeDataToNwb } from './formats/nwb/export.js';
export type { NwbOptions } from './formats/nwb/load.js';
export { loadSpikeDataFromNwb } from './formats/nwb/load.js';
export type { ParquetExportOptions } from './formats/parquet/export.js';
export { exportSpikeDataToParquet } from './formats/parquet/export.js';
export type { PickleExportOptions } from './formats/pickle/export.js';
export { exportSpikeDataToPickle } from './formats/pickle/export.js';
export { loadSpikeDataFromPickle } from './formats/pickle/load.js';
export { loadSpikeDataFromPlexon } from './formats/plexon/load.js';
export type { SortingLike, SpikeInterfaceOptions } from './formats/spikeinterface/load.js';
export { loadSpikeDataFromSpikeInterface } from './formats/spikeinterface/load.js';
export { loadSpikeDataFromSpikeLabSortedNpz } from './formats/spikelab-npz/load.js';
export type { SpykingCircusOptions } from './formats/spykingcircus/load.js';
export { loadSpikeDataFromSpykingCircus } from './formats/spykingcircus/load.js';
export type { TridesclousOptions } from './formats/tridesclous/load.js';
export { loadSpikeDataFromTridesclous } from './formats/tridesclous/load.js';
export { isS3Url, parseS3Url } from './io/s3/url.js';
export type { Identification } from './loading/identify/identification.js';
export type { Gap, Recording } from './recordings/recording.js';
export type { Coincidence, CoincidenceOptions } from './spike-data/coincidences.js';
export { coincidences } from './spike-data/coincidences.js';
export type { SpikeDataJson } from './spike-data/json.js';
export type { NeoSpikeTrainLike, NeuronAttributes, SpikeDataOptions } from './spike-data/spike-data.js';
export { SpikeData } from './spike-data/spike-data.js';
export type { TransferableSpikeData } from './spike-data/transferable.js';
