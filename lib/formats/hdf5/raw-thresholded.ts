/** Raw traces in an HDF5 file, thresholded into spike trains. */

import type { Hdf5DatasetDescription } from '../../addon/hdf5-contract.js';
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { sizeOf } from '../../core/arrays.js';
import { text } from '../../core/checks.js';
import { FormatError, LimitError, OptionError } from '../../core/errors.js';
import { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { checkPadding } from '../../detection/filter.js';
import { detectStreamed, type Found } from '../../detection/recording.js';
import {
  detectInMemory,
  detectionFindings,
  resolveThreshold,
  type Threshold,
  type ThresholdOptions,
  thresholdOptionNames,
} from '../../detection/threshold.js';
import type { SourceContext } from '../../io/context.js';
import type { RemoteFile } from '../../io/ranges/remote-file.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import { numberAttribute, resolveSpan } from '../../loading/span.js';
import {
  checkPlausible,
  type Hdf5Traces,
  hdf5Reader,
  hdf5Source,
  openRecordingHdf5,
} from '../../recordings/hdf5-traces.js';
import { noteTurned } from '../../recordings/orientation.js';
import type { RecordPlace } from '../../recordings/recording-format.js';
import { TraceRecording } from '../../recordings/trace-recording.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';

export type Hdf5RawThresholdedOptions = ThresholdOptions &
  LoadOptions & {
    /** Samples per second. */
    fsHz: number;
  };

const loader = { name: 'loadSpikeDataFromHdf5RawThresholded', format: 'hdf5-raw' };

/**
 * Detects spikes in a dataset of raw traces (channels, samples) of any numeric type, byte order and compression. The
 * file's attributes `start_time` and `length_ms` (ms) stand in for the options `startTime` and `length` where those are not
 * given; without either the result starts at 0 and lasts as long as the samples do. The traces are read piece by piece, in about
 * `memoryBytes` whatever their size; where `keepRaw` asks for them they are held, and become `rawData`.
 *
 * @throws OptionError for options that do not fit each other or the traces, NotFoundError with the datasets there are,
 * FormatError for what is no (channels, samples) array of numbers, LimitError
 */
export async function loadSpikeDataFromHdf5RawThresholded(
  source: Source,
  dataset: string,
  options: Hdf5RawThresholdedOptions,
): Promise<SpikeData> {
  options = knownOptions(options, { ...thresholdOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source, dataset], options, async (context) => {
    text(dataset, 'dataset');
    checkRateGiven(options);
    resolveThreshold(options, false);
    const remote = await context.remoteFile(source);
    const file = await openHdf5(remote ?? (await context.localFile(source)), {
      limits: context.limits,
      signal: context.signal,
      report: context.report,
    });
    try {
      return await detect({ file, remote }, dataset, source, options, context);
    } finally {
      file.close();
    }
  });
}

function checkRateGiven(options: { fsHz?: unknown }): void {
  if (typeof options.fsHz === 'number' && options.fsHz > 0 && Number.isFinite(options.fsHz)) return;
  const hint = 'Set the sampling frequency in Hz when calling loadSpikeDataFromHdf5RawThresholded';
  throw new OptionError('fsHz', 'a positive finite number', options.fsHz, hint);
}

interface Opened {
  file: Hdf5File;
  remote: RemoteFile | null;
}

async function detect(
  { file, remote }: Opened,
  dataset: string,
  source: Source,
  options: Hdf5RawThresholdedOptions,
  context: SourceContext,
): Promise<SpikeData> {
  const description = await file.describeDataset(dataset);
  const [channels, samples] = checkTraces(file, description);
  noteTurned([channels, samples], `${description.path} of ${file.path}`, context.report);
  const { maxUnits } = context.limits;
  if (channels > maxUnits) throw new LimitError('maxUnits', maxUnits, channels, `${description.path} of ${file.path}`);
  const attributes = await file.attributes('/');
  const fileStartMs = numberAttribute(attributes, 'start_time', file.path);
  const fileLengthMs = numberAttribute(attributes, 'length_ms', file.path);
  const threshold = resolveThreshold({ ...options, startTime: options.startTime ?? fileStartMs }, false);
  const { fsHz, keepRaw, lengthMs, startTimeMs } = threshold;

  const found = await (keepRaw === false
    ? detectInPieces({ path: file.path, remote: remote ?? undefined }, description, threshold, context)
    : detectHeld(file, description, threshold, context));
  for (const finding of detectionFindings(found, threshold)) context.report.add(finding);
  const trains = new CheckedTrains(found.times, found.offsets);
  const samplesMs = (samples * 1000) / fsHz;
  const span = { lengthMs, fileLengthMs: fileLengthMs ?? samplesMs, startMs: startTimeMs, beyondLast: false };
  return spikeDataFromFlat(found, {
    length: resolveSpan(trains, { ...span, path: file.path }),
    startTime: startTimeMs,
    metadata: { source_file: sourceName(source) },
    ...(found.raw ? { rawData: found.raw, rawTime: fsHz / 1000 } : {}),
  });
}

/** The shape of a dataset that holds traces. */
function checkTraces(
  file: Hdf5File,
  { path, shape, dtype }: Hdf5DatasetDescription,
): [channels: number, samples: number] {
  const numbers = ['integer', 'float', 'bool', 'enum', 'bitfield'].includes(dtype.class);
  if (shape?.length === 2 && numbers && sizeOf(shape) > 0) return [shape[0], shape[1]];
  const found = shape === null ? 'nothing' : `${dtype.name} of shape (${shape.join(', ')})`;
  const message = `raw traces must be numbers (channels, samples), found ${found} at ${path} of ${file.path}`;
  throw new FormatError(message, { path: file.path, location: path });
}

/** Nothing of the traces is held but the piece that is worked on, so their size meets no limit. */
async function detectInPieces(
  place: Pick<RecordPlace, 'path' | 'remote'>,
  description: Hdf5DatasetDescription,
  threshold: Threshold,
  context: SourceContext,
): Promise<Found> {
  const [, samples] = description.shape as number[];
  if (threshold.sos.length > 0) checkPadding(threshold.sos, samples, description.path);
  const recording = await openTraces(place, description, threshold.fsHz, context);
  return context.report.time('detecting', () => detectStreamed(recording, threshold, context));
}

async function openTraces(
  place: Pick<RecordPlace, 'path' | 'remote'>,
  { path: dataset, shape, dtype, ...rest }: Hdf5DatasetDescription,
  fsHz: number,
  load: SourceContext,
): Promise<TraceRecording> {
  // the file is closed when the load ends
  const context = { ...load, close: async () => {} };
  const file = await openRecordingHdf5(place, context);
  await checkPlausible(file, { path: dataset, shape, dtype, ...rest });
  const [channels, samples] = shape as number[];
  const sample = { dtype: dtype.name, sampleBytes: dtype.size };
  const traces: Hdf5Traces = { dataset, layout: 'channels-time', channels, samples, ...sample };
  const info = { format: 'hdf5', path: place.path, fsHz, ...traces };
  return new TraceRecording(info, hdf5Reader(file, traces), context, hdf5Source(file, traces, context));
}

/** All traces at once, for results that carry them: in the file's own type, 64-bit integers as float64. */
async function detectHeld(
  file: Hdf5File,
  { path, dtype, size }: Hdf5DatasetDescription,
  threshold: Threshold,
  { report, onProgress, signal }: SourceContext,
): Promise<Found> {
  const progress = { signal, onProgress, stage: 'reading', total: size };
  const wide = dtype.class === 'integer' && dtype.size > 4;
  const traces = await report.time('reading', () =>
    wide ? file.read(path, { ...progress, as: 'float64' }) : file.read(path, progress),
  );
  const found = await report.time('detecting', () => detectInMemory(traces, threshold, { signal, onProgress }, path));
  return { ...found, raw: (threshold.keepRaw === 'filtered' && found.filtered) || traces };
}
