/** Samples of a 2-D HDF5 dataset, in either orientation, slab by slab. */

import type { NativeSource } from '../addon/contract.js';
import type { Hdf5DatasetDescription } from '../addon/hdf5-contract.js';
import { type Hdf5File, openHdf5 } from '../containers/hdf5/file.js';
import { isHdf5Head } from '../containers/hdf5/signature.js';
import type { NumericArray } from '../core/arrays.js';
import { FormatError } from '../core/errors.js';
import { firstBytes } from '../io/look.js';
import { frameFits } from './channel-count.js';
import type { Layout } from './orientation.js';
import type { RecordContext, RecordPlace } from './recording-format.js';
import type { ReadTraces } from './trace-recording.js';
import { transposeInto } from './transpose.js';

export interface Hdf5Traces {
  dataset: string;
  /** Which dimension is time; a 1-D dataset is one channel. */
  layout: Layout;
  channels: number;
  samples: number;
  dtype: string;
  sampleBytes: number;
  /** Rows or columns of the channels; default: all. */
  columns?: readonly number[];
}

export async function isHdf5({ path, isFolder, remote }: RecordPlace): Promise<boolean> {
  if (isFolder) return false;
  if (remote) return isHdf5Head(remote.head);
  return isHdf5Head(Buffer.from(await firstBytes(path, 0, 4104), 'latin1'));
}

/** The open file, closed with the recording. */
export async function openRecordingHdf5(
  { path, remote }: Pick<RecordPlace, 'path' | 'remote'>,
  context: RecordContext,
): Promise<Hdf5File> {
  // the limit holds for each read of a recording, which may be larger as a whole
  const limits = { ...context.limits, maxArrayBytes: Number.MAX_SAFE_INTEGER };
  const file = await openHdf5(remote ?? path, { limits, report: context.report });
  context.onEnd(() => file.close());
  return file;
}

/** What a file says at a glance, for recognising its format; nothing stays open. */
export async function peekHdf5<T>(
  place: RecordPlace,
  context: RecordContext,
  look: (file: Hdf5File) => Promise<T>,
): Promise<T | undefined> {
  if (!(await isHdf5(place))) return undefined;
  const file = await openHdf5(place.remote ?? place.path, { limits: context.limits });
  try {
    return await look(file);
  } finally {
    file.close();
  }
}

/** A dataset of numbers with one or two dimensions as traces. @throws FormatError for any other */
export async function describeTraces(
  file: Hdf5File,
  dataset: string,
  lying: Layout | ((shape: number[]) => Layout),
): Promise<Hdf5Traces> {
  const found = await file.describeDataset(dataset);
  await checkPlausible(file, found);
  const shape = found.shape ?? [];
  if (!isNumeric(found) || shape.length < 1 || shape.length > 2) {
    const what = `${found.dtype.name} of shape (${shape.join(', ')})`;
    throw new FormatError(`${found.path} of ${file.path} must hold numbers in two dimensions, found ${what}`, {
      path: file.path,
      location: found.path,
    });
  }
  const oneChannel = shape.length === 1;
  const layout = oneChannel ? 'time-channels' : typeof lying === 'string' ? lying : lying(shape);
  const [samples, channels] = oneChannel ? [shape[0], 1] : layout === 'time-channels' ? shape : [shape[1], shape[0]];
  // without samples any number of channels takes no room
  const fileBytes = await file.size();
  if (!frameFits(channels, found.dtype.size, fileBytes)) {
    const message = `${found.path} of ${file.path} must have a number of channels that fits its samples, found ${channels} for a file of ${fileBytes} bytes`;
    throw new FormatError(message, { path: file.path, location: found.path });
  }
  return { dataset: found.path, layout, channels, samples, dtype: found.dtype.name, sampleBytes: found.dtype.size };
}

/** Deflate, the densest of the filters, packs at most 1032 bytes into one; a few more are harmless. */
const mostExpansion = 1032;
const harmlessBytes = 2 ** 28;

/**
 * What is read piece by piece meets no limit of memory, so a claim beyond what the file can hold would keep a processor busy
 * for as long as somebody likes.
 *
 * @throws FormatError
 */
export async function checkPlausible(file: Hdf5File, { path, size, dtype }: Hdf5DatasetDescription): Promise<void> {
  const fileBytes = await file.size();
  const claimed = size * dtype.size;
  if (claimed <= mostExpansion * fileBytes + harmlessBytes) return;
  const message = `data that its ${fileBytes} bytes can hold was expected, found a claim of ${claimed} bytes at ${path} of ${file.path}`;
  throw new FormatError(message, { path: file.path, location: path });
}

export function isNumeric({ dtype }: Hdf5DatasetDescription): boolean {
  return dtype.class === 'integer' || dtype.class === 'float';
}

/** Read at a time of the frames around the channels that are wanted. */
const pieceBytes = 2 ** 24;

export function hdf5Reader(file: Hdf5File, traces: Hdf5Traces): ReadTraces {
  const columns = columnsOf(traces);
  const read = traces.layout === 'time-channels' ? readFrames : readRows;
  return (start, end, channels, signal) =>
    read(
      file,
      traces,
      start,
      end,
      channels.map((c) => columns[c]),
      signal,
    );
}

/** The same for native code, which cannot wait for a server: then samples come through the reader. */
export function hdf5Source(file: Hdf5File, traces: Hdf5Traces, { limits }: RecordContext): NativeSource | undefined {
  if (file.isRemote) return undefined;
  return {
    file: file.number,
    dataset: traces.dataset,
    maxArrayBytes: limits.maxArrayBytes,
    samples: traces.samples,
    timeFirst: traces.layout === 'time-channels',
    columns: Uint32Array.from(columnsOf(traces)),
  };
}

function columnsOf({ columns, channels }: Hdf5Traces): readonly number[] {
  return columns ?? Array.from({ length: channels }, (_, c) => c);
}

type Read = (
  file: Hdf5File,
  traces: Hdf5Traces,
  start: number,
  end: number,
  columns: number[],
  signal?: AbortSignal,
) => Promise<NumericArray>;

/** Only the columns from the first to the last that is wanted are read. */
const readFrames: Read = async (file, traces, start, end, columns, signal) => {
  const oneDimension = (await file.describeDataset(traces.dataset)).shape?.length === 1;
  const first = columns.reduce((a, b) => Math.min(a, b), columns[0] ?? 0);
  const width = columns.length ? columns.reduce((a, b) => Math.max(a, b)) - first + 1 : 0;
  const picked = columns.map((c) => c - first);
  const piece = Math.max(1, Math.floor(pieceBytes / Math.max(1, width * traces.sampleBytes)));
  let out: NumericArray | undefined;
  for (let at = start; at < end || !out; at += piece) {
    const frames = Math.max(0, Math.min(piece, end - at));
    const slab = oneDimension ? { start: [at], count: [frames] } : { start: [at, first], count: [frames, width] };
    const { data } = await file.read(traces.dataset, { ...slab, signal });
    out ??= new (data.constructor as Float64ArrayConstructor)(columns.length * (end - start));
    if (frames && width) transposeInto(out, end - start, at - start, data, width, picked);
  }
  return out;
};

/** Rows that follow each other are read at once. */
const readRows: Read = async (file, traces, start, end, rows, signal) => {
  const length = end - start;
  let out: NumericArray | undefined;
  for (let r = 0; r < rows.length || !out; ) {
    let run = Math.min(1, rows.length);
    while (r + run < rows.length && rows[r + run] === rows[r] + run) run++;
    const { data } = await file.read(traces.dataset, { start: [rows[r] ?? 0, start], count: [run, length], signal });
    if (run === rows.length) return data;
    out ??= new (data.constructor as Float64ArrayConstructor)(rows.length * length);
    (out as Float64Array).set(data as Float64Array, r * length);
    r += run;
  }
  return out;
};
