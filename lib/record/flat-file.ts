/** Samples of a file without structure, by position. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { NumericArray } from '../arrays.js';
import type { NativeSource } from '../binding.js';
import { FormatError, NotFoundError, OptionError } from '../errors.js';
import { type NpyType, typeFromDescr } from '../format/npy-dtype.js';
import { allocate, decodeInPlace } from '../format/npy-elements.js';
import type { RecordContext } from './format.js';
import type { ReadTraces } from './trace-recording.js';
import { transposeInto } from './transpose.js';

export interface FlatLayout {
  path: string;
  type: NpyType;
  /** Values in a frame, among them such as are no channels. */
  width: number;
  /** Columns (or rows) of the channels. */
  columns: readonly number[];
  byteOffset: number;
  layout: 'time-channels' | 'channels-time';
}

const pieceBytes = 2 ** 22;

const words: Record<string, string> = {
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** The sample type that a user or a sidecar names, in numpy's words or letters. */
export function sampleType(dtype: string, option: string): NpyType {
  const type = typeFromDescr(words[dtype] ?? dtype);
  if (typeof type === 'string' || type.kind !== 'number' || type.size > 8) {
    throw new OptionError(option, `one of ${Object.keys(words).join(', ')}, or numpy's spelling such as '<i2'`, dtype);
  }
  return type;
}

/** Number of whole frames. @throws FormatError where the size is no whole number of them */
export function countFrames({ path, type, width, byteOffset }: FlatLayout, size: number): number {
  const frame = type.size * width;
  const bytes = size - byteOffset;
  if (bytes < 0 || bytes % frame !== 0) {
    const expected = `${width} values of ${type.size} bytes${byteOffset ? ` after ${byteOffset} bytes` : ''}`;
    const hint = 'the number of channels or the sample type may be wrong, or the file cut off';
    throw new FormatError(`${path} must be a whole number of frames of ${expected}, found ${size} bytes: ${hint}`, {
      path,
    });
  }
  return bytes / frame;
}

/** An open flat file, closed with the recording. */
export async function openFlat(path: string, context: RecordContext): Promise<{ file: FileHandle; size: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  context.onEnd(() => file.close());
  const found = await file.stat();
  if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
  return { file, size: found.size };
}

export function flatReader(file: FileHandle, flat: FlatLayout, samples: number): ReadTraces {
  return flat.layout === 'time-channels' ? frameReader(file, flat) : rowReader(file, flat, samples);
}

/** The same for native code. */
export function flatSource(file: FileHandle, flat: FlatLayout, samples: number): NativeSource {
  const { path, type, width, byteOffset } = flat;
  return {
    fd: file.fd,
    path,
    byteOffset,
    width,
    samples,
    timeFirst: flat.layout === 'time-channels',
    columns: Uint32Array.from(flat.columns),
    letter: type.letter,
    sampleBytes: type.size,
    bigEndian: type.bigEndian,
  };
}

function frameReader(file: FileHandle, flat: FlatLayout): ReadTraces {
  const { type, width, columns, byteOffset } = flat;
  const framesAPiece = Math.max(1, Math.floor(pieceBytes / (type.size * width)));
  return async (start, end, channels, signal) => {
    const out = emptyOf(type, channels.length * (end - start));
    const picked = channels.map((c) => columns[c]);
    const buffer = allocate(type, Math.min(framesAPiece, end - start) * width);
    for (let at = start; at < end; at += framesAPiece) {
      const frames = Math.min(framesAPiece, end - at);
      const raw = buffer.subarray(0, frames * width);
      await fill(file, raw, byteOffset + at * width * type.size, flat.path, signal);
      transposeInto(out, end - start, at - start, decodeInPlace(raw, type), width, picked);
    }
    return out;
  };
}

function rowReader(file: FileHandle, flat: FlatLayout, samples: number): ReadTraces {
  const { type, columns, byteOffset } = flat;
  return async (start, end, channels, signal) => {
    const out = emptyOf(type, channels.length * (end - start));
    for (const [r, c] of channels.entries()) {
      const raw = allocate(type, end - start);
      await fill(file, raw, byteOffset + (columns[c] * samples + start) * type.size, flat.path, signal);
      (out as Float64Array).set(decodeInPlace(raw, type) as Float64Array, r * (end - start));
    }
    return out;
  };
}

/** An array for decoded values. */
function emptyOf(type: NpyType, count: number): NumericArray {
  return type.letter === 'f' && type.size === 2 ? new Float32Array(count) : allocate(type, count);
}

async function fill(
  file: FileHandle,
  out: NumericArray,
  position: number,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  for (let done = 0; done < bytes.length; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, pieceBytes), position + done);
    if (bytesRead === 0) throw new FormatError(`${path} ended early while it was read`, { path });
    done += bytesRead;
  }
}
