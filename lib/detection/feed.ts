/** Feeds a native detector from wherever samples are. */
import { native } from '../addon/binding.js';
import type { PeaksDetector, StreamStretch } from '../addon/contract.js';
import { runJob } from '../addon/job.js';
import { isNumericArray, type NdArray, type NumericArray } from '../core/arrays.js';
import { FormatError } from '../core/errors.js';
import type { Progress } from '../core/options.js';
import { nativeSource, TraceRecording } from '../recordings/trace-recording.js';

/** What peaks are sought in: traces in memory, or a recording that is read piece by piece. */
export interface FeedSource {
  readonly format?: string;
  readonly channels: number;
  readonly samples: number;
  /** C order. */
  readonly traces?: NumericArray;
  read?(
    range: { start: number; end: number; channels?: readonly number[] },
    options?: { signal?: AbortSignal },
  ): Promise<NdArray>;
}

interface FeedOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Goes on until the detector wants nothing more. */
export async function feed(detector: PeaksDetector, from: FeedSource, options: FeedOptions): Promise<void> {
  const { channels, samples, traces } = from;
  const job = { ...options, stage: 'detecting', total: samples, unit: 'samples' as const };
  if (traces) return runJob(() => native().peaksFromMemory(detector, { data: traces, channels, samples }), job);
  const source = from instanceof TraceRecording ? from[nativeSource] : undefined;
  if (source && (await runJob(() => native().peaksFromSource(detector, source), job))) return;
  await feedPieces(detector, from, options);
}

async function feedPieces(
  detector: PeaksDetector,
  from: FeedSource,
  { signal, onProgress }: FeedOptions,
): Promise<void> {
  let ahead: { start: number; end: number; piece: Promise<NdArray> } | undefined;
  const read = ({ start, end }: { start: number; end: number }) =>
    (from as Required<FeedSource>).read({ start, end }, { signal });
  let most = -1;
  for (;;) {
    const wanted = native().peaksNext(detector);
    if (!wanted) break;
    const done = Math.round(wanted.progress * from.samples);
    if (done > most) onProgress?.({ stage: 'detecting', done, total: from.samples, unit: 'samples' });
    most = Math.max(most, done);
    const ready = ahead?.start === wanted.start && ahead.end === wanted.end ? ahead.piece : undefined;
    const piece = await (ready ?? read(wanted));
    ahead = wanted.following && { ...wanted.following, piece: read(wanted.following) };
    // whoever waits for it gets the error; nobody does after an abort
    ahead?.piece.catch(() => {});
    await deliver(detector, piece, wanted, from, signal);
  }
  onProgress?.({ stage: 'detecting', done: from.samples, total: from.samples, unit: 'samples' });
}

async function deliver(
  detector: PeaksDetector,
  piece: NdArray,
  { start, end }: Pick<StreamStretch, 'start' | 'end'>,
  { channels, format = 'recording' }: FeedSource,
  signal: AbortSignal | undefined,
): Promise<void> {
  const samples = end - start;
  const [rows, columns] = piece.shape;
  if (!isNumericArray(piece.data) || rows !== channels || columns !== samples || piece.data.length < rows * columns) {
    const message = `the recording must give (${channels}, ${samples}) samples from ${start} on, found shape (${piece.shape?.join(', ')})`;
    throw new FormatError(message, { path: format });
  }
  await runJob(() => native().peaksDeliver(detector, { data: piece.data, channels, samples }), { signal });
}
