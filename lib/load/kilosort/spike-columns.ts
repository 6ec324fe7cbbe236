/** The columns of a KiloSort folder that have one value a spike: read in pieces, kept as small as their values allow. */
import type { NumericArray } from '../../arrays.js';
import { FormatError, LimitError } from '../../errors.js';
import { NpyFile, toFloat64 } from '../../format/npy.js';
import type { SourceFolder } from '../../remote/folder.js';
import type { LoadContext } from '../context.js';

/** Elements a piece: a few milliseconds of work between turns of the event loop. */
const pieceLength = 2 ** 21;

export interface SpikeColumn {
  file: string;
  values: NumericArray;
}

/** Sample numbers or times of the spikes, real numbers of any type. */
export async function readTimes(
  folder: SourceFolder,
  file: string,
  option: string,
  context: LoadContext,
): Promise<SpikeColumn> {
  return { file, values: await readColumn(folder, file, option, context) };
}

/** Ids of clusters or templates: whole numbers; signed ones may still be negative. */
export async function readIds(
  folder: SourceFolder,
  file: string,
  option: string,
  context: LoadContext,
): Promise<SpikeColumn> {
  const values = await readColumn(folder, file, option, context);
  const float = values instanceof Float64Array || values instanceof Float32Array;
  return { file, values: float ? wholeIds(values, file) : values };
}

/** The same for ids that are of use but not needed: where they do not fit the spikes, a finding says so. */
export async function tryIds(
  folder: SourceFolder,
  file: string,
  spikes: number,
  context: LoadContext,
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

function wholeIds(values: Float64Array | Float32Array, file: string): Uint32Array {
  const ids = Uint32Array.from(values);
  const bad = ids.findIndex((id, i) => id !== values[i]);
  if (bad >= 0) throw badId(values[bad], bad, file);
  return ids;
}

export function badId(value: number, index: number, file: string): FormatError {
  const found = `${value} at index ${index}`;
  return new FormatError(`Ids in ${file} must be whole numbers from 0 to ${2 ** 32 - 1}, found ${found}`, {
    path: file,
  });
}

async function readColumn(
  folder: SourceFolder,
  file: string,
  option: string,
  context: LoadContext,
): Promise<NumericArray> {
  const npy = await NpyFile.open(await folder.file(file, option));
  try {
    const { shape, count } = npy.header;
    // MATLAB and Python write vectors as (N,), (N, 1) or (1, N): the same values in the same order
    if (shape.filter((n) => n !== 1).length > 1) {
      throw new FormatError(`${file} must hold one value a spike, found an array of shape (${shape.join(', ')})`, {
        path: file,
      });
    }
    const { letter, size } = npy.header.type;
    context.report.bytesRead += count * size;
    const allowed = context.limits.maxArrayBytes;
    if (count * size > allowed) throw new LimitError('maxArrayBytes', allowed, count * size, npy.place.path);
    if (size === 8 && (letter === 'i' || letter === 'u')) return await readWide(npy, file, context);
    return await npy.readElements(0, count, limitsOf(context));
  } finally {
    await npy.close();
  }
}

function limitsOf({ signal, limits }: LoadContext): { signal?: AbortSignal; maxArrayBytes: number } {
  return { signal, maxArrayBytes: limits.maxArrayBytes };
}

/** 64-bit integers: as uint32 where all fit, which they nearly always do, else as float64 as far as it is exact. */
async function readWide(npy: NpyFile, file: string, context: LoadContext): Promise<NumericArray> {
  const { count } = npy.header;
  const narrow = new Uint32Array(count);
  const buffers = [new BigInt64Array(Math.min(count, pieceLength)), new BigInt64Array(Math.min(count, pieceLength))];
  const read = (start: number, buffer: BigInt64Array) =>
    npy.readInto(buffer, start, Math.min(count, start + pieceLength), context.signal);
  // one piece is read while the one before it is narrowed
  let next = read(0, buffers[0]);
  for (let start = 0; start < count; start += pieceLength) {
    const piece = await next;
    buffers.reverse();
    next = start + pieceLength < count ? read(start + pieceLength, buffers[0]) : next;
    if (!narrowInto(narrow, start, piece)) {
      await next;
      return toFloat64(await npy.readElements(0, count, limitsOf(context)), npy.place);
    }
    const done = (start + piece.length) * 8;
    context.onProgress?.({ stage: `reading ${file}`, done, total: count * 8, unit: 'bytes' });
  }
  return narrow;
}

/** Copies the low halves of 64-bit integers; false where a high half is in use. */
function narrowInto(out: Uint32Array, start: number, piece: NumericArray): boolean {
  const halves = new Uint32Array(piece.buffer, piece.byteOffset, 2 * piece.length);
  let high = 0;
  for (let i = 0, at = start; i < halves.length; i += 2, at++) {
    out[at] = halves[i];
    high |= halves[i + 1];
  }
  return high === 0;
}
