/** The columns of a KiloSort folder that have one value a spike. */

import { basename } from 'node:path';
import type { FileValues } from '../../addon/contract.js';
import { allocate } from '../../containers/npy/elements.js';
import { NpyFile, toFloat64 } from '../../containers/npy/file.js';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError, LimitError } from '../../core/errors.js';
import { inSlices } from '../../core/slices.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';

/** Elements that are looked at together: well below a millisecond of work between turns of the event loop. */
const pieceLength = 2 ** 15;
/** Elements of a read, 4 or 8 MB: reads of half as many took a tenth longer for a whole folder. */
const readLength = 2 ** 20;

export interface SpikeColumn {
  file: string;
  values: NumericArray;
}

export interface TimesColumn {
  file: string;
  /** In memory, or where they lie in the file: native code reads integers while it groups them. */
  values: NumericArray | FileValues;
}

/** Sample numbers or times of the spikes, real numbers of any type. */
export async function readTimes(
  folder: SourceFolder,
  file: string,
  option: string,
  context: SourceContext,
): Promise<TimesColumn> {
  const npy = await openColumn(folder, file, option, context);
  const { type, count, dataOffset } = npy.header;
  const integer = type.letter === 'i' || type.letter === 'u';
  if (integer && (type.size === 1 || !type.bigEndian)) {
    const { fd, place } = npy;
    const like = (await wrapsBelowZero(npy)) ? signedLike(type.size) : allocate(type, 0);
    return { file, values: { fd, path: place.path, offset: dataOffset, length: count, like } };
  }
  const values = await npy.readElements(0, count, limitsOf(context));
  const wide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return { file, values: wide ? toFloat64(values, npy.place) : values };
}

/** Samples before 0 that unsigned types may hold as numbers near their end: half a minute at 30 kHz. */
const wrappedSamples = 2 ** 20;

/**
 * Spikes before sample 0 that were written as uint64 or uint32 became numbers close to 2^64 or 2^32. As sorters write spikes
 * in order they stand first, and the last one is an ordinary sample.
 */
async function wrapsBelowZero(npy: NpyFile): Promise<boolean> {
  const { type, count } = npy.header;
  if (type.letter !== 'u' || type.size < 4 || count === 0) return false;
  const value = async (at: number) => BigInt((await npy.readElements(at, at + 1))[0]);
  const end = 2n ** BigInt(8 * type.size);
  return (await value(0)) >= end - BigInt(wrappedSamples) && (await value(count - 1)) < end / 2n;
}

const signedLike = (size: number): NumericArray => (size === 8 ? new BigInt64Array(0) : new Int32Array(0));

/** Ids of clusters or templates: whole numbers below 2^32; signed ones may still be negative. */
export async function readIds(
  folder: SourceFolder,
  file: string,
  option: string,
  context: SourceContext,
  onPiece: (ids: NumericArray, start: number) => void = () => {},
): Promise<SpikeColumn> {
  const npy = await openColumn(folder, file, option, context);
  const { letter, size } = npy.header.type;
  // few of these types' values are ids, and narrower ones say so at once
  const narrow = letter === 'f' || size === 8 ? (raw: NumericArray, at: number) => narrowIds(raw, at, npy) : undefined;
  return { file, values: await readInPieces(npy, narrow, context, onPiece) };
}

/** The same for ids that are of use but not needed: where they do not fit the spikes, a finding says so. */
export async function tryIds(
  folder: SourceFolder,
  file: string,
  spikes: number,
  context: SourceContext,
): Promise<SpikeColumn | undefined> {
  try {
    const column = await readIds(folder, file, 'folder', context);
    if (column.values.length === spikes) return column;
    const message = `${file} was passed over: ${spikes} values were expected, one a spike, found ${column.values.length}`;
    context.report.warning('array-length', message);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    context.report.warning('array-unreadable', `${file} was passed over: ${error.message}`);
  }
  return undefined;
}

export function badId(value: number | bigint, index: number, path: string): FormatError {
  const found = `${value} at index ${index}`;
  return new FormatError(`Ids in ${path} must be whole numbers from 0 to ${2 ** 32 - 1}, found ${found}`, { path });
}

/** An open array of one value a spike, closed when the load ends. */
async function openColumn(
  folder: SourceFolder,
  file: string,
  option: string,
  context: SourceContext,
): Promise<NpyFile> {
  const npy = await NpyFile.open(await folder.file(file, option));
  context.onEnd(() => npy.close());
  const { shape, count, type } = npy.header;
  // MATLAB and Python write vectors as (N,), (N, 1) or (1, N): the same values in the same order
  if (shape.filter((n) => n !== 1).length > 1) {
    const found = `an array of shape (${shape.join(', ')})`;
    throw new FormatError(`${file} must hold one value a spike, found ${found}`, { path: npy.place.path });
  }
  npy.requireNumbers();
  const allowed = context.limits.maxArrayBytes;
  if (count * type.size > allowed) throw new LimitError('maxArrayBytes', allowed, count * type.size, npy.place.path);
  if (count > context.limits.maxSpikes)
    throw new LimitError('maxSpikes', context.limits.maxSpikes, count, npy.place.path);
  context.report.bytesRead += count * type.size;
  return npy;
}

function limitsOf({ signal, limits }: SourceContext): { signal?: AbortSignal; maxArrayBytes: number } {
  return { signal, maxArrayBytes: limits.maxArrayBytes };
}

/** The whole column; while what was read is looked at, piece by piece, the next is read. */
async function readInPieces(
  npy: NpyFile,
  narrow: ((raw: NumericArray, at: number) => Uint32Array) | undefined,
  { signal, onProgress }: SourceContext,
  onPiece: (piece: NumericArray, start: number) => void,
): Promise<NumericArray> {
  const { count, type } = npy.header;
  const out = narrow ? new Uint32Array(count) : allocate(type, count);
  const buffers = [0, 1].map(() => (narrow ? allocate(type, Math.min(count, readLength)) : out));
  const read = (start: number) => {
    const end = Math.min(count, start + readLength);
    buffers.reverse();
    return npy.readInto(narrow ? buffers[0] : out.subarray(start, end), start, end, signal);
  };
  let next = read(0);
  for (let start = 0; start < count; start += readLength) {
    const raw = await next;
    const end = start + raw.length;
    next = end < count ? read(end) : next;
    const look = (from: number, to: number) => {
      if (narrow) (out as Uint32Array).set(narrow(raw.subarray(from, to), start + from), start + from);
      onPiece(out.subarray(start + from, start + to), start + from);
    };
    try {
      await inSlices(raw.length, pieceLength, look, signal);
    } catch (error) {
      await next.catch(() => {}); // nothing reads on after the load
      throw error;
    }
    onProgress?.({
      stage: `reading ${basename(npy.place.path)}`,
      done: end * type.size,
      total: count * type.size,
      unit: 'bytes',
    });
  }
  return out;
}

/** Ids of floating or 64-bit types as uint32, exactly. */
function narrowIds(raw: NumericArray, start: number, npy: NpyFile): Uint32Array {
  const out = new Uint32Array(raw.length);
  if (raw instanceof BigInt64Array || raw instanceof BigUint64Array) {
    const halves = new Uint32Array(raw.buffer, raw.byteOffset, 2 * raw.length);
    let high = 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = halves[2 * i];
      high |= halves[2 * i + 1];
    }
    if (high === 0) return out;
    const bad = raw.findIndex((id: bigint) => id < 0n || id >= 2n ** 32n);
    throw badId(raw[bad], start + bad, npy.place.path);
  }
  for (let i = 0; i < out.length; i++) {
    out[i] = raw[i];
    if (out[i] !== raw[i]) throw badId(raw[i], start + i, npy.place.path);
  }
  return out;
}
