/** Spikes of recordings of any length, piece by piece. */
import { isNumericArray, type NdArray, type NumericArray } from './arrays.js';
import { type NativeDetection, native, type StreamDetector, type StreamStretch } from './binding.js';
import { FormatError, OptionError } from './errors.js';
import { checkPadding } from './filter.js';
import { callNative, runJob } from './job.js';
import { integer, type Progress, type Source } from './options.js';
import { nativeSource, TraceRecording } from './record/trace-recording.js';
import { type OpenRecordingOptions, openRecording, type Recording } from './recording.js';
import { checkOnWarning, ReportBuilder } from './report.js';
import { attachReport } from './spike-data/reports.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from './spike-data.js';
import {
  detectInMemory,
  detectionFindings,
  resolveThreshold,
  type Threshold,
  type ThresholdOptions,
} from './threshold.js';

/** What detection needs of a recording; any object with these will do. */
export type ReadableRecording = Omit<Recording, 'channelIds' | 'gainsToUv' | 'offsetsToUv'> &
  Partial<Pick<Recording, 'channelIds'>>;

/**
 * The streaming form of `SpikeData.fromThresholding`: the same spikes, in bounded memory, for a recording of any length. One unit
 * a channel. Memory: about `memoryBytes`, and eight bytes a spike. `keepRaw` other than false reads all traces into memory.
 *
 * @param recording an open recording, which stays open; or where one is, which is opened and closed again
 * @throws OptionError, NotFoundError, FormatError, LimitError for more spikes than `limits.maxSpikes` in all
 */
export async function detectSpikes(
  recording: ReadableRecording | Source,
  options: ThresholdOptions & OpenRecordingOptions = {},
): Promise<SpikeData> {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  if (isRecording(recording)) return detectOpen(recording, options, recording.format);
  if (typeof recording !== 'string' && !(recording instanceof URL)) {
    throw new OptionError('recording', 'a Recording, a path or a URL', recording);
  }
  const opened = await openRecording(recording, options);
  try {
    return await detectOpen(opened, options, recording);
  } finally {
    await opened.close();
  }
}

export function isRecording(value: unknown): value is ReadableRecording {
  return typeof value === 'object' && value !== null && typeof (value as Recording).read === 'function';
}

async function detectOpen(
  recording: ReadableRecording,
  options: ThresholdOptions,
  source: unknown,
): Promise<SpikeData> {
  const channels = integer(recording.channels, 'recording.channels', 1);
  const samples = integer(recording.samples, 'recording.samples', 1);
  const fsHz = options.fsHz ?? recording.fsHz;
  const threshold = resolveThreshold({ ...options, fsHz }, false);
  const report = new ReportBuilder(recording.format ?? 'recording', source, checkOnWarning(options.onWarning));
  if (threshold.sos.length > 0) checkPadding(threshold.sos, samples, 'recording');
  const found = await report.time('total', () =>
    threshold.keepRaw === false
      ? detectStreamed(recording, threshold, options)
      : detectWhole(recording, threshold, options),
  );
  for (const finding of detectionFindings(found, threshold)) report.add(finding);
  const sd = spikeDataFromFlat(found, {
    length: threshold.lengthMs ?? (samples * 1000) / fsHz,
    startTime: threshold.startTimeMs,
    metadata: { fs_Hz: fsHz },
    neuronAttributes: attributesOf(recording, channels),
    ...(found.raw ? { rawData: found.raw, rawTime: fsHz / 1000 } : {}),
  });
  return attachReport(sd, report);
}

export type Found = Omit<NativeDetection, 'filtered'> & { raw: NdArray | null };

async function detectWhole(
  recording: ReadableRecording,
  threshold: Threshold,
  options: ThresholdOptions,
): Promise<Found> {
  const traces = await recording.read({ start: 0, end: recording.samples }, { signal: options.signal });
  const found = await detectInMemory(traces, threshold, options);
  const raw = threshold.keepRaw === 'filtered' ? (found.filtered ?? traces) : traces;
  return { ...found, raw };
}

/**
 * Detection piece by piece, for loaders that opened the recording themselves and keep the report. Native code reads what it can
 * by itself; the rest comes through `recording.read`.
 */
export async function detectStreamed(
  recording: ReadableRecording,
  threshold: Threshold,
  options: Pick<ThresholdOptions, 'signal' | 'onProgress'>,
): Promise<Found> {
  const source = recording instanceof TraceRecording ? recording[nativeSource] : undefined;
  if (source) {
    const found = await runJob(() => native().detectSource({ ...threshold, source }), {
      signal: options.signal,
      onProgress: options.onProgress,
      stage: 'detecting',
      total: recording.samples,
      unit: 'samples',
    });
    if (found) return { ...found, raw: null };
  }
  return detectPieces(recording, threshold, options);
}

async function detectPieces(
  recording: ReadableRecording,
  threshold: Threshold,
  options: Pick<ThresholdOptions, 'signal' | 'onProgress'>,
): Promise<Found> {
  const { signal } = options;
  const read = pieceReader(recording, signal);
  const { channels, samples } = recording;
  const { data: like } = await recording.read({ start: 0, end: 0 }, { signal });
  const detector = callNative(() => native().streamOpen({ ...threshold, channels, samples, like }));
  const report = progressReporter(samples, options.onProgress);
  for (;;) {
    const wanted = native().streamNext(detector);
    if (!wanted) break;
    report(wanted.progress);
    const piece = await read(wanted);
    // the next piece is read while this one is filtered
    if (wanted.following) read.ahead(wanted.following);
    await deliver(detector, piece, wanted, recording, signal);
  }
  report(1);
  return { ...callNative(() => native().streamResult(detector)), raw: null };
}

async function deliver(
  detector: StreamDetector,
  piece: NdArray,
  wanted: StreamStretch,
  recording: ReadableRecording,
  signal: AbortSignal | undefined,
): Promise<void> {
  const channels = wanted.channels?.length ?? recording.channels;
  const count = wanted.end - wanted.start;
  const [rows, columns] = piece.shape;
  if (!isNumericArray(piece.data) || rows !== channels || columns !== count || piece.data.length < rows * columns) {
    const message = `the recording must give (${channels}, ${count}) samples from ${wanted.start} on, found shape (${piece.shape?.join(', ')})`;
    throw new FormatError(message, { path: recording.format });
  }
  await runJob(() => native().streamDeliver(detector, { data: piece.data, channels, samples: count }), { signal });
}

interface PieceReader {
  (wanted: StreamStretch): Promise<NdArray<NumericArray>>;
  ahead(wanted: { start: number; end: number }): void;
}

/** Reads pieces of a recording, one ahead where that is asked for. */
function pieceReader(recording: ReadableRecording, signal: AbortSignal | undefined): PieceReader {
  let ahead: { start: number; end: number; piece: Promise<NdArray> } | undefined;
  const start = ({ start, end, channels }: Omit<StreamStretch, 'progress'>) =>
    recording.read({ start, end, channels }, { signal });
  const read = (wanted: StreamStretch) => {
    const ready = ahead;
    ahead = undefined;
    if (ready && !wanted.channels && ready.start === wanted.start && ready.end === wanted.end) return ready.piece;
    return start(wanted);
  };
  return Object.assign(read, {
    ahead(wanted: { start: number; end: number }) {
      const piece = start(wanted);
      // whoever reads it gets the error; nobody does after an abort
      piece.catch(() => {});
      ahead = { ...wanted, piece };
    },
  });
}

/** In samples of the recording, however often it is gone through; never goes back. */
function progressReporter(total: number, onProgress: ((progress: Progress) => void) | undefined) {
  let most = 0;
  return (share: number) => {
    const done = Math.round(share * total);
    if (done <= most) return;
    most = done;
    onProgress?.({ stage: 'detecting', done, total, unit: 'samples' });
  };
}

/** What the recording knows about its channels, one unit each. */
function attributesOf(recording: ReadableRecording, channels: number): NeuronAttributes[] | null {
  const { channelIds, channelLocations } = recording;
  if (!channelIds && !channelLocations) return null;
  const dimensions = channelLocations?.shape[1] ?? 0;
  return Array.from({ length: channels }, (_, c) => ({
    ...(channelIds ? { electrode: channelIds[c] } : {}),
    ...(channelLocations
      ? { location: Array.from(channelLocations.data.subarray(c * dimensions, (c + 1) * dimensions)) }
      : {}),
  }));
}
