/**
 * Where in its files each sample of a recording lies, as data: TypeScript and C++ read the same description, so a raw format that can
 * be described needs no reader of its own. docs/sample-layout.md works through an example.
 *
 * Samples of a channel lie `step` bytes apart in records; records of `recordSamples` samples follow each other every `recordBytes` bytes
 * in runs; runs follow each other in time, in one file or several. Sample t of a channel, where a run begins with sample f:
 *
 *     r = floor((t - f) / recordSamples), w = (t - f) mod recordSamples
 *     byte = byteOffset of the run + r × recordBytes + offset of the channel + w × step
 */

import type { NpyType } from '../containers/npy/dtype.js';
import { FormatError } from '../core/errors.js';

export interface SampleLayout {
  /** How a sample is stored: any real number of numpy, or int24, which is read as int32. */
  type: NpyType;
  /** Of the recording. Runs may hold more. */
  samples: number;
  /** Paths. */
  files: readonly string[];
  channels: readonly SampleChannel[];
  /** Channels that lie in the same records share one; where each channel has a file, each has a stream. */
  streams: readonly SampleStream[];
}

export interface SampleChannel {
  /** Index in `streams`. */
  stream: number;
  /** Bytes from the beginning of a record to the channel's first sample in it. */
  offset: number;
}

export interface SampleStream {
  /** Samples of a channel in a record; the last of a run may have fewer. 1: each frame is a record, and is read whole. */
  recordSamples: number;
  /** From the beginning of a record to that of the next: headers, checksums and what is no channel count. */
  recordBytes: number;
  /** From a channel's sample to its next in the record. Of no meaning where `recordSamples` is 1. */
  step: number;
  runs: SampleRuns;
}

/** One column a property, so that millions of fragments may be typed arrays. The first sample of a run follows the run before. */
export interface SampleRuns {
  /** Index in `files`. */
  files: ArrayLike<number>;
  /** Where the first record begins. */
  byteOffsets: ArrayLike<number>;
  /** Of a channel in the run. */
  samples: ArrayLike<number>;
}

/** What a layout may have at most: 2^24 runs take 0.4 GB. */
const most = { channels: 1_000_000, files: 2 ** 16, runs: 2 ** 24 };

export const oneRun = (byteOffset: number, samples: number, file = 0): SampleRuns => ({
  files: [file],
  byteOffsets: [byteOffset],
  samples: [samples],
});

/**
 * All samples, of all runs, lie within their files, which have `sizes` bytes; nothing can overflow.
 *
 * @throws FormatError
 */
export function checkLayout(layout: SampleLayout, sizes: readonly number[]): void {
  const { samples, files, channels, streams, type } = layout;
  const fail = failOf(layout);
  if (channels.length > most.channels) fail(`at most ${most.channels} channels`, channels.length);
  if (files.length > most.files) fail(`at most ${most.files} files`, files.length);
  if (!isCount(samples)) fail('a whole number of samples', samples);
  const ends = new Float64Array(streams.length);
  for (const { stream, offset } of channels) {
    if (!isCount(stream) || stream >= streams.length) fail(`channels in one of ${streams.length} streams`, stream);
    if (!isCount(offset)) fail('a whole number of bytes before a channel', offset);
    ends[stream] = Math.max(ends[stream], offset + type.size);
  }
  streams.forEach((stream, s) => {
    checkStream(stream, ends[s], layout);
    checkRuns(stream, ends[s], layout, sizes);
  });
}

/** @throws FormatError where a layout, packed, has more runs than memory is for */
export function checkRunCount(layout: SampleLayout): void {
  const runs = layout.streams.reduce((sum, stream) => sum + stream.runs.samples.length, 0);
  if (runs > most.runs) failOf(layout)(`at most ${most.runs} stretches of samples`, runs);
}

/** @param end of the first sample of the last channel, from the beginning of a record */
function checkStream({ recordSamples, recordBytes, step }: SampleStream, end: number, layout: SampleLayout): void {
  const fail = failOf(layout);
  if (!isCount(recordSamples) || recordSamples < 1) fail('records of at least one sample', recordSamples);
  if (!isCount(recordBytes) || recordBytes < 1) fail('records of at least one byte', recordBytes);
  if (recordSamples > 1 && !(isCount(step) && step >= layout.type.size)) {
    fail(`samples at least ${layout.type.size} bytes apart`, step);
  }
  const needed = end + (recordSamples > 1 ? (recordSamples - 1) * step : 0);
  if (!(needed <= recordBytes)) fail(`records of at least ${needed} bytes for their samples`, recordBytes);
}

function checkRuns(stream: SampleStream, end: number, layout: SampleLayout, sizes: readonly number[]): void {
  const { runs } = stream;
  const { files, byteOffsets, samples } = runs;
  const fail = failOf(layout);
  if (files.length !== samples.length || byteOffsets.length !== samples.length) {
    fail(`a file and a place for each of ${samples.length} stretches`, `${files.length} and ${byteOffsets.length}`);
  }
  let total = 0;
  for (let r = 0; r < samples.length; r++) {
    const [count, file, byteOffset] = [samples[r], files[r], byteOffsets[r]];
    if (!isCount(count) || !isCount(byteOffset)) fail('whole numbers of samples and bytes', `${count}, ${byteOffset}`);
    if (!isCount(file) || file >= layout.files.length) fail(`one of ${layout.files.length} files`, file);
    total += count;
    if (count === 0) continue;
    const last = byteOffset + runBytes(stream, count, end);
    if (!(Number.isSafeInteger(last) && last <= sizes[file])) {
      const message = `${layout.files[file]} must have ${last} bytes for the samples that are said to be in it, found ${sizes[file]}: it may be cut off`;
      throw new FormatError(message, { path: layout.files[file] });
    }
  }
  if (!(total >= layout.samples)) fail(`${layout.samples} samples of each channel`, total);
}

/** Frames are read whole; the last block of a run ends with its last channel's last sample. */
function runBytes({ recordSamples, recordBytes, step }: SampleStream, count: number, end: number): number {
  if (recordSamples === 1) return count * recordBytes;
  return Math.floor((count - 1) / recordSamples) * recordBytes + ((count - 1) % recordSamples) * step + end;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

function failOf({ files }: SampleLayout) {
  return (expected: string, found: unknown): never => {
    const path = files[0] ?? '';
    throw new FormatError(`${path} must describe ${expected}, found ${found}`, { path });
  };
}
