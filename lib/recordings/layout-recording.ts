/** A recording over files whose layout is known. */
import type { NativeSource } from '../addon/contract.js';
import { typeName } from '../containers/npy/dtype.js';
import { layoutReader } from './layout-reader.js';
import { packLayout } from './pack-layout.js';
import type { RecordContext } from './recording-format.js';
import { type SampleBytes, SampleFiles } from './sample-files.js';
import { checkLayout, checkRunCount, type SampleLayout } from './sample-layout.js';
import { type TraceInfo, TraceRecording } from './trace-recording.js';

/** What a layout says by itself. */
type Derived = 'channels' | 'samples' | 'dtype' | 'sampleBytes';

/**
 * The recording that a layout describes: this is all that a new raw format needs.
 *
 * @throws NotFoundError, FormatError where a file is missing, or shorter than the layout says
 */
export async function openLayout(
  layout: SampleLayout,
  info: Omit<TraceInfo, Derived>,
  context: RecordContext,
): Promise<TraceRecording> {
  return layoutRecording(layout, await SampleFiles.open(layout.files, context), info, context);
}

/** The same over files that are open, in the order of the layout's. @throws FormatError where they are too short */
export function layoutRecording(
  layout: SampleLayout,
  files: SampleBytes,
  info: Omit<TraceInfo, Derived>,
  context: RecordContext,
): TraceRecording {
  checkLayout(layout, files.sizes);
  const packed = packLayout(layout);
  checkRunCount(packed);
  const { type, samples, channels } = layout;
  const derived =
    type.size === 3 ? { dtype: 'int32', sampleBytes: 4 } : { dtype: typeName(type), sampleBytes: type.size };
  return new TraceRecording(
    { ...info, channels: channels.length, samples, ...derived },
    layoutReader(packed, files),
    context,
    layoutSource(packed, files),
  );
}

/** The same for native code. */
function layoutSource(
  { type, samples, channels, streams }: SampleLayout,
  found: SampleBytes,
): NativeSource | undefined {
  const files = found.forNative();
  if (!files) return undefined;
  return {
    letter: type.letter,
    sampleBytes: type.size,
    bigEndian: type.bigEndian,
    samples,
    files,
    channelStreams: Uint32Array.from(channels, ({ stream }) => stream),
    channelOffsets: Float64Array.from(channels, ({ offset }) => offset),
    streams: streams.map(({ recordSamples, recordBytes, step, runs }) => ({
      recordSamples,
      recordBytes,
      step,
      runFiles: Uint32Array.from(runs.files),
      runOffsets: Float64Array.from(runs.byteOffsets),
      runSamples: Float64Array.from(runs.samples),
    })),
  };
}
