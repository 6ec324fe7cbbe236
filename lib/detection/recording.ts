/** Detection in recordings of any length, piece by piece: flat trains, and what is known about their channels. */

import { native } from '../addon/binding.js';
import type { NativeDetection, StreamDetector, StreamStretch } from '../addon/contract.js';
import { callNative, runJob } from '../addon/job.js';
import { isNumericArray, type NdArray } from '../core/arrays.js';
import { integer } from '../core/checks.js';
import { FormatError } from '../core/errors.js';
import type { FlatTrains } from '../core/flat-trains.js';
import type { Progress } from '../core/options.js';
import { ReportBuilder } from '../core/report.js';
import { moveBehindGaps, sampleTimes, shiftsOf } from '../recordings/clock.js';
import type { Recording } from '../recordings/recording.js';
import { nativeSource, TraceRecording } from '../recordings/trace-recording.js';
import { asksForMore, type DetectSpikesOptions, detectCrossings, plainOptions } from './crossings.js';
import { checkPadding } from './filter.js';
import { pieceReader } from './piece-reader.js';
import {
  detectInMemory,
  detectionFindings,
  resolveThreshold,
  type Threshold,
  type ThresholdOptions,
} from './threshold.js';

/** What detection needs of a recording; any object with these will do. */
export type ReadableRecording = Omit<Recording, OptionalField | 'gainsToUv' | 'offsetsToUv' | 'segments'> &
  Partial<Pick<Recording, OptionalField>>;

type OptionalField = 'channelIds' | 'startMs' | 'clock' | 'gaps' | 'findings';

export function isRecording(value: unknown): value is ReadableRecording {
  return typeof value === 'object' && value !== null && typeof (value as Recording).read === 'function';
}

/** What a detection came to: flat trains, the options of the SpikeData that they make, and the account of it. */
export interface Detected {
  trains: FlatTrains;
  options: {
    length: number;
    startTime: number;
    metadata: Record<string, unknown>;
    neuronAttributes: ChannelAttributes[] | null;
    rawData?: NdArray;
    rawTime?: number | Float64Array;
  };
  report: ReportBuilder;
  threshold: Threshold;
  /** Of each channel after filtering, in stored units; NaN where it could not be measured. */
  noise: Float64Array;
}

interface ChannelAttributes {
  electrode?: string | number;
  location?: number[];
  [key: string]: unknown;
}

/** Detects in an open recording, which stays open. `source` is what the report says it is. */
export async function detectOpen(
  recording: ReadableRecording,
  given: DetectSpikesOptions,
  source: unknown,
): Promise<Detected> {
  const more = asksForMore(given);
  const options = more ? plainOptions(given) : (given as ThresholdOptions);
  const channels = integer(recording.channels, 'recording.channels', 1);
  const samples = integer(recording.samples, 'recording.samples', 1);
  const fsHz = options.fsHz ?? recording.fsHz;
  const { gaps = [] } = recording;
  const threshold = resolveThreshold(
    { ...options, fsHz, startTime: options.startTime ?? sessionStart(recording) },
    false,
  );
  const report = new ReportBuilder(recording.format ?? 'recording', source, options.onWarning);
  // whoever opened the recording has heard of these
  report.findings.push(...(recording.findings ?? []));
  if (threshold.sos.length > 0) checkPadding(threshold.sos, samples, 'recording');
  const found = await report.time('total', () =>
    more
      ? detectMore(recording, threshold, given, report)
      : threshold.keepRaw === false
        ? detectStreamed(recording, threshold, options)
        : detectWhole(recording, threshold, options),
  );
  for (const finding of detectionFindings(found, threshold)) report.add(finding);
  moveBehindGaps(found, gaps, fsHz, threshold.startTimeMs);
  const detected = {
    length: threshold.lengthMs ?? (samples * 1000) / fsHz + (shiftsOf(gaps).at(-1) ?? 0),
    startTime: threshold.startTimeMs,
    metadata: { fs_Hz: fsHz },
    neuronAttributes: attributesOf(recording, channels),
    ...(found.raw ? { rawData: found.raw, rawTime: rawTimeOf(recording, options, fsHz) } : {}),
  };
  return { trains: found, options: detected, report, threshold, noise: found.noise };
}

/** ms of the first sample where no `startTime` is given. */
function sessionStart({ startMs = 0, clock = 'session' }: ReadableRecording): number {
  return clock === 'session' ? startMs : 0;
}

/** The rate in kHz; where the times are on the file's clock, the time of each sample. */
function rawTimeOf(recording: ReadableRecording, { startTime }: ThresholdOptions, fsHz: number): number | Float64Array {
  const { samples, gaps = [] } = recording;
  const startMs = sessionStart(recording);
  if (!gaps.length && ((startTime ?? undefined) !== undefined || startMs === 0)) return fsHz / 1000;
  return sampleTimes(samples, gaps, fsHz, startTime ?? startMs);
}

export type Found = Omit<NativeDetection, 'filtered'> & { raw: NdArray | null };

/** Thresholds of what plain detection does not know: references, blanking, µV. The traces are those of the recording. */
async function detectMore(
  recording: ReadableRecording,
  threshold: Threshold,
  options: DetectSpikesOptions,
  report: ReportBuilder,
): Promise<Found> {
  const { findings, ...found } = await detectCrossings(recording, threshold, options);
  for (const finding of findings) report.add(finding);
  const { samples } = recording;
  const raw = threshold.keepRaw ? await recording.read({ start: 0, end: samples }, { signal: options.signal }) : null;
  return { ...found, raw };
}

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
function attributesOf(recording: ReadableRecording, channels: number): ChannelAttributes[] | null {
  const { channelIds, channelLocations } = recording;
  if (!channelIds && !channelLocations) return null;
  const dimensions = channelLocations?.shape[1] ?? 0;
  return Array.from({ length: channels }, (_, c) => {
    const place = channelLocations?.data.subarray(c * dimensions, (c + 1) * dimensions);
    return {
      ...(channelIds && !Number.isNaN(channelIds[c]) ? { electrode: channelIds[c] } : {}),
      ...(place?.every(Number.isFinite) ? { location: Array.from(place) } : {}),
    };
  });
}
