/**
 * Fewer, larger pieces: a layout in which a rig's writer left a stretch for each piece of each channel, told as records that follow each
 * other. 64 channels in pieces of 1024 samples are then read 256 KB at a time, where each piece would be a read of 2 KB.
 */
import type { SampleLayout, SampleRuns, SampleStream } from './sample-layout.js';

/** Records that channels share may have as many bytes again between their samples. */
const mostSpread = 2;
/** Larger pieces are read well as they lie. */
const mostBytes = 2 ** 20;

/**
 * The same samples at the same places. Streams whose pieces lie beside each other become one, and pieces at equal distances one run.
 *
 * @param layout that checkLayout has passed
 */
export function packLayout(layout: SampleLayout): SampleLayout {
  const { channels, streams } = mergedStreams(layout);
  const ends = new Float64Array(streams.length);
  for (const { stream, offset } of channels) ends[stream] = Math.max(ends[stream], offset + layout.type.size);
  return { ...layout, channels, streams: streams.map((stream, s) => joined(stream, ends[s])) };
}

/** Each run as a record, where none has more samples than the first: how many that is, or 0. */
function pieceSamples({ recordSamples, runs: { samples } }: SampleStream): number {
  const first = samples[0];
  if (samples.length < 2 || !(first > 0) || (recordSamples > 1 && first > recordSamples)) return 0;
  for (let r = 1; r < samples.length; r++) if (samples[r] > first) return 0;
  return first;
}

const stepOf = ({ recordSamples, recordBytes, step }: SampleStream) => (recordSamples === 1 ? recordBytes : step);

/** Streams of pieces that lie equally far from each other throughout are one stream of records with all their channels. */
function mergedStreams(layout: SampleLayout): Pick<SampleLayout, 'channels' | 'streams'> {
  const [first] = layout.streams;
  const unchanged = { channels: layout.channels, streams: layout.streams };
  const length = layout.streams.length > 1 ? pieceSamples(first) : 0;
  if (!length || layout.streams.some((stream) => !liesBeside(stream, first))) return unchanged;
  const step = stepOf(first);
  const low = layout.streams.reduce(
    (least, { runs }) => Math.min(least, runs.byteOffsets[0]),
    first.runs.byteOffsets[0],
  );
  const channels = layout.channels.map(({ stream, offset }) => ({
    stream: 0,
    offset: offset + layout.streams[stream].runs.byteOffsets[0] - low,
  }));
  const last = channels.reduce((most, { offset }) => Math.max(most, offset), 0);
  const recordBytes = last + (length - 1) * step + layout.type.size;
  if (recordBytes > Math.min(mostBytes, mostSpread * channels.length * length * layout.type.size)) return unchanged;
  const before = first.runs.byteOffsets[0] - low;
  const byteOffsets = Float64Array.from(first.runs.byteOffsets, (offset) => offset - before);
  return { channels, streams: [{ recordSamples: length, recordBytes, step, runs: { ...first.runs, byteOffsets } }] };
}

/** Whether the pieces of two streams are equally long, in the same files, and at one distance throughout. */
function liesBeside(stream: SampleStream, other: SampleStream): boolean {
  const [{ files, byteOffsets, samples }, theirs] = [stream.runs, other.runs];
  if (stepOf(stream) !== stepOf(other) || pieceSamples(stream) !== pieceSamples(other)) return false;
  if (samples.length !== theirs.samples.length) return false;
  const apart = byteOffsets[0] - theirs.byteOffsets[0];
  for (let r = 0; r < samples.length; r++) {
    if (byteOffsets[r] - theirs.byteOffsets[r] !== apart) return false;
    if (samples[r] !== theirs.samples[r] || files[r] !== theirs.files[r]) return false;
  }
  return true;
}

/**
 * Pieces at equal distances become records of one run; a shorter one, or another distance, ends it.
 *
 * @param end of the last channel's first sample, in bytes from the beginning of a record
 */
function joined(stream: SampleStream, end: number): SampleStream {
  const { files, byteOffsets, samples } = stream.runs;
  const recordSamples = pieceSamples(stream);
  const step = stepOf(stream);
  const recordBytes = byteOffsets[1] - byteOffsets[0];
  if (!recordSamples || files[1] !== files[0]) return stream;
  if (!(recordBytes >= end + (recordSamples - 1) * step && recordBytes <= mostBytes)) return stream;
  const runs: { files: number[]; byteOffsets: number[]; samples: number[] } = {
    files: [],
    byteOffsets: [],
    samples: [],
  };
  for (let r = 0; r < samples.length; r++) {
    const follows =
      r > 0 &&
      files[r] === files[r - 1] &&
      samples[r - 1] === recordSamples &&
      byteOffsets[r] - byteOffsets[r - 1] === recordBytes;
    if (follows) runs.samples[runs.samples.length - 1] += samples[r];
    else {
      runs.files.push(files[r]);
      runs.byteOffsets.push(byteOffsets[r]);
      runs.samples.push(samples[r]);
    }
  }
  // few that follow each other are read as well as they are
  if (runs.samples.length > samples.length / 2) return stream;
  return { recordSamples, recordBytes, step, runs: runs satisfies SampleRuns };
}
