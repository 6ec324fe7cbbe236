/** Raw traces in an HDF5 file, thresholded into spike trains. */
import { type NdArray, sizeOf } from '../arrays.js';
import { FormatError, OptionError } from '../errors.js';
import { type Hdf5DatasetDescription, type Hdf5File, openHdf5 } from '../format/hdf5.js';
import { type LoadOptions, type Source, text } from '../options.js';
import { CheckedTrains } from '../spike-data/trains.js';
import { type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { detectInMemory, resolveThreshold, type ThresholdOptions } from '../threshold.js';
import { type LoadContext, runLoader } from './context.js';
import { sourceName } from './source-name.js';
import { numberAttribute, resolveSpan } from './span.js';

export type Hdf5RawThresholdedOptions = ThresholdOptions &
  LoadOptions & {
    /** Samples per second. */
    fsHz: number;
  };

const loader = { name: 'loadSpikeDataFromHdf5RawThresholded', format: 'hdf5-raw' };

/**
 * Detects spikes in a dataset of raw traces (channels, samples) of any numeric type, byte order and compression. The
 * file's attributes `start_time` and `length_ms` (ms) stand in for the options `startTime` and `length` where those are not
 * given; without either the result starts at 0 and lasts as long as the samples do. The traces become `rawData` only where
 * `keepRaw` asks for them.
 *
 * @throws OptionError for options that do not fit each other or the traces, NotFoundError with the datasets there are,
 * FormatError for what is no (channels, samples) array of numbers, LimitError
 */
export async function loadSpikeDataFromHdf5RawThresholded(
  source: Source,
  dataset: string,
  options: Hdf5RawThresholdedOptions,
): Promise<SpikeData> {
  return runLoader(loader, [source, dataset], options, async (context) => {
    text(dataset, 'dataset');
    checkRateGiven(options);
    resolveThreshold(options, false);
    const file = await openHdf5(await context.localFile(source), {
      limits: context.limits,
      signal: context.signal,
      report: context.report,
    });
    try {
      return await detect(file, dataset, source, options, context);
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

async function detect(
  file: Hdf5File,
  dataset: string,
  source: Source,
  options: Hdf5RawThresholdedOptions,
  context: LoadContext,
): Promise<SpikeData> {
  const description = await file.describeDataset(dataset);
  const samples = checkTraces(file, description);
  const attributes = await file.attributes('/');
  const fileStartMs = numberAttribute(attributes, 'start_time', file.path);
  const fileLengthMs = numberAttribute(attributes, 'length_ms', file.path);
  const threshold = resolveThreshold({ ...options, startTime: options.startTime ?? fileStartMs }, false);
  const { fsHz, keepRaw, lengthMs, startTimeMs } = threshold;

  const traces = await context.report.time('read', () => readTraces(file, description, context));
  const detected = await context.report.time('detect', () =>
    detectInMemory(traces, threshold, { signal: context.signal, onProgress: context.onProgress }, dataset),
  );
  for (const finding of detected.findings) context.report.add(finding);
  const trains = new CheckedTrains(detected.times, detected.offsets);
  const samplesMs = (samples * 1000) / fsHz;
  const span = { lengthMs, fileLengthMs: fileLengthMs ?? samplesMs, startMs: startTimeMs, beyondLast: false };
  return spikeDataFromFlat(detected, {
    length: resolveSpan(trains, { ...span, path: file.path }),
    startTime: startTimeMs,
    metadata: { source_file: sourceName(source) },
    ...(keepRaw === false
      ? {}
      : { rawData: (keepRaw === 'filtered' && detected.filtered) || traces, rawTime: fsHz / 1000 }),
  });
}

/** The number of samples of a dataset that holds traces. */
function checkTraces(file: Hdf5File, { path, shape, dtype }: Hdf5DatasetDescription): number {
  const numbers = ['integer', 'float', 'bool', 'enum', 'bitfield'].includes(dtype.class);
  if (shape?.length === 2 && numbers && sizeOf(shape) > 0) return shape[1];
  const found = shape === null ? 'nothing' : `${dtype.name} of shape (${shape.join(', ')})`;
  const message = `raw traces must be numbers (channels, samples), found ${found} at ${path} of ${file.path}`;
  throw new FormatError(message, { path: file.path, location: path });
}

/** In the file's own type; 64-bit integers as float64, in which they are filtered. */
async function readTraces(
  file: Hdf5File,
  { path, dtype, size }: Hdf5DatasetDescription,
  { onProgress, signal }: LoadContext,
): Promise<NdArray> {
  const wide = dtype.class === 'integer' && dtype.size > 4;
  const progress = { signal, onProgress, stage: 'reading', total: size };
  return wide ? file.read(path, { ...progress, as: 'float64' }) : file.read(path, progress);
}
