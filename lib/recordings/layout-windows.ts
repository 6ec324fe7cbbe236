/** Which bytes are read for some samples of a layout, window by window. native/recordings/record_source.cpp does the same. */
import type { SampleStream } from './sample-layout.js';

/** A channel that is wanted: its row in the result, and where it lies in a record. */
export interface Picked {
  row: number;
  offset: number;
}

/** Bytes of a file that hold the samples [first, end) of a run for some channels. */
export interface Window {
  channels: readonly Picked[];
  file: number;
  byteOffset: number;
  bytes: number;
  first: number;
  end: number;
  /** The sample of the recording that `first` is. */
  sample: number;
}

/** A stream whose geometry is known to be sound. Frames are one record without end: `step` is then that of frames. */
export interface ReadableStream extends SampleStream {
  /** The first sample of each run, and at the end the number of them all. */
  starts: Float64Array;
  /** Bytes of a stored sample. */
  size: number;
}

export function readableStream(stream: SampleStream, size: number): ReadableStream {
  const { samples } = stream.runs;
  const starts = new Float64Array(samples.length + 1);
  for (let r = 0; r < samples.length; r++) starts[r + 1] = starts[r] + samples[r];
  if (stream.recordSamples > 1) return { ...stream, starts, size };
  return { ...stream, recordSamples: Number.MAX_SAFE_INTEGER, recordBytes: 0, step: stream.recordBytes, starts, size };
}

/** What one more call to read costs, in bytes that could be read meanwhile. */
const callBytes = 2 ** 15;

/** Windows of at most `most` bytes, or of one sample, that have the samples [start, end) of these channels. */
export function* windowsOf(
  stream: ReadableStream,
  picked: readonly Picked[],
  start: number,
  end: number,
  most: number,
): Generator<Window> {
  if (!picked.length) return;
  const { starts, runs } = stream;
  for (let run = runAt(starts, start); starts[run] < end && run < runs.samples.length; run++) {
    const [from, to] = [Math.max(start, starts[run]) - starts[run], Math.min(end, starts[run + 1]) - starts[run]];
    if (from < to) yield* windowsOfRun(stream, run, picked, from, to, most);
  }
}

/** The run that has a sample. */
function runAt(starts: Float64Array, sample: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= sample) low = middle;
    else high = middle;
  }
  return low;
}

function* windowsOfRun(
  stream: ReadableStream,
  run: number,
  picked: readonly Picked[],
  from: number,
  to: number,
  most: number,
): Generator<Window> {
  const { recordSamples, recordBytes, step, size } = stream;
  const span = spanOf(picked, size);
  const together = span.bytes <= Math.min(step, most);
  const first = Math.floor(from / recordSamples);
  const last = Math.floor((to - 1) / recordSamples);
  if (recordsPay(stream, { first, last }, { from, to, channels: together ? 1 : picked.length }, most)) {
    const records = Math.max(1, Math.floor(most / recordBytes));
    for (let r = first; r <= last; r += records) {
      const [a, b] = [Math.max(from, r * recordSamples), Math.min(to, (r + records) * recordSamples)];
      yield windowOf(stream, run, picked, a, b);
    }
    return;
  }
  const groups = together ? [picked] : picked.map((channel) => [channel]);
  const samples = Math.max(1, Math.floor(most / step));
  for (let r = first; r <= last; r++) {
    const [a, b] = [Math.max(from, r * recordSamples), Math.min(to, (r + 1) * recordSamples)];
    for (const group of groups) {
      for (let at = a; at < b; at += samples) yield windowOf(stream, run, group, at, Math.min(b, at + samples));
    }
  }
}

/** Whether whole records are read sooner than, in each, the samples that are wanted: of so many channels, one by one. */
function recordsPay(
  { recordSamples, recordBytes, step }: ReadableStream,
  { first, last }: { first: number; last: number },
  wanted: { from: number; to: number; channels: number },
  most: number,
): boolean {
  if (recordSamples === Number.MAX_SAFE_INTEGER || recordBytes > most) return false;
  const records = last - first + 1;
  const whole = records * recordBytes + Math.ceil((records * recordBytes) / most) * callBytes;
  return whole <= wanted.channels * ((wanted.to - wanted.from) * step + records * callBytes);
}

function windowOf(
  stream: ReadableStream,
  run: number,
  channels: readonly Picked[],
  first: number,
  end: number,
): Window {
  const { low, bytes: span } = spanOf(channels, stream.size);
  const { runs, starts } = stream;
  const [begins, ends] = [placeOf(stream, first), placeOf(stream, end - 1)];
  return {
    channels,
    file: runs.files[run],
    byteOffset: runs.byteOffsets[run] + begins + low,
    bytes: ends - begins + span,
    first,
    end,
    sample: starts[run] + first,
  };
}

/** Bytes from the beginning of a run to a sample, but for the channel's own. */
export function placeOf({ recordSamples, recordBytes, step }: ReadableStream, sample: number): number {
  return Math.floor(sample / recordSamples) * recordBytes + (sample % recordSamples) * step;
}

/** What one sample of each channel covers. */
export function spanOf(channels: readonly Picked[], size: number): { low: number; bytes: number } {
  let [low, high] = [channels[0].offset, channels[0].offset];
  for (const { offset } of channels) {
    low = Math.min(low, offset);
    high = Math.max(high, offset);
  }
  return { low, bytes: high - low + size };
}
