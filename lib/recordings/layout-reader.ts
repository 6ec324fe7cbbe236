/** Reads any samples of any channels of a layout. */
import { allocate, decodeInPlace } from '../containers/npy/elements.js';
import type { NumericArray } from '../core/arrays.js';
import { type Gather, gatherOf } from './layout-gather.js';
import { type Picked, type ReadableStream, readableStream, windowsOf } from './layout-windows.js';
import type { SampleBytes } from './sample-files.js';
import type { SampleLayout } from './sample-layout.js';
import type { ReadTraces } from './trace-recording.js';

/**
 * @param layout that checkLayout has passed for these files
 * @param most what is read of a file at a time, in bytes
 */
export function layoutReader(layout: SampleLayout, files: SampleBytes, most = files.most): ReadTraces {
  const streams = layout.streams.map((stream) => readableStream(stream, layout.type.size));
  // new ones for each read would have the garbage collector run half of the time
  const spare: Uint8Array[] = [];
  return async (start, end, channels, signal) => {
    const length = end - start;
    const out = allocateSamples(layout, channels.length * length);
    const gather = gatherOf(out, length, layout.type);
    for (const [s, picked] of pickedOf(layout, channels)) {
      await readStream({ files, stream: streams[s], picked, start, end, most, spare, gather, signal });
    }
    return layout.type.size === 3 ? out : decodeInPlace(out, layout.type);
  };
}

/** Room for stored samples, or for those of int24 as they are used. */
function allocateSamples({ type }: SampleLayout, count: number): NumericArray {
  return type.size === 3 ? new Int32Array(count) : allocate(type, count);
}

/** The channels that are wanted of each stream. */
function pickedOf(layout: SampleLayout, channels: readonly number[]): Map<number, Picked[]> {
  const picked = new Map<number, Picked[]>();
  for (const [row, c] of channels.entries()) {
    const { stream, offset } = layout.channels[c];
    const list = picked.get(stream);
    if (list) list.push({ row, offset });
    else picked.set(stream, [{ row, offset }]);
  }
  return picked;
}

interface StreamRead {
  files: SampleBytes;
  stream: ReadableStream;
  picked: readonly Picked[];
  start: number;
  end: number;
  most: number;
  /** Buffers that nobody uses now, as many at most as one read wants. */
  spare: Uint8Array[];
  gather: Gather;
  signal: AbortSignal | undefined;
}

async function readStream(read: StreamRead): Promise<void> {
  const { files, stream, picked, start, end, most, spare, gather, signal } = read;
  const windows = windowsOf(stream, picked, start, end, most);
  const lane = async () => {
    let buffer = spare.pop() ?? new Uint8Array(0);
    for (const window of windows) {
      // a buffer of its own begins at a multiple of 8, as whole numbers in it must
      if (buffer.length < window.bytes) buffer = Buffer.allocUnsafeSlow(Math.ceil(window.bytes / 8) * 8);
      await files.read(window.file, buffer.subarray(0, window.bytes), window.byteOffset, signal);
      gather(stream, window, buffer, window.sample - start);
    }
    if (buffer.length && spare.length < files.atOnce) spare.push(buffer);
  };
  // the lanes take windows from one generator: each is read once, and nothing depends on their order
  await Promise.all(Array.from({ length: files.atOnce }, lane));
}
