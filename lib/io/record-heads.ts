/** The first bytes of records that lie at equal distances in a file, read by native code without the samples between them. */
import { native } from '../addon/binding.js';
import { runJob } from '../addon/job.js';
import type { PartFile } from './part-file.js';

/** In bytes. */
export interface RecordHeads {
  /** Of record 0. */
  start: number;
  /** From a record to the next. */
  stride: number;
  /** That are read of each. */
  bytes: number;
}

/** Of the records [from, to), one head after the other. @throws FormatError where the file ends before */
export function readHeads(
  { fd, path }: PartFile,
  heads: RecordHeads,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { start, stride, bytes } = heads;
  const request = { fd, path, start, stride, bytes, first: from, count: to - from };
  return asBuffer(runJob(() => native().readRecordHeads(request), { signal }));
}

/** So many bytes at each of these places of the file. @throws FormatError where it ends before */
export function readPlaces(
  { fd, path }: PartFile,
  places: Float64Array,
  bytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  return asBuffer(runJob(() => native().readRecordHeads({ fd, path, bytes, places }), { signal }));
}

async function asBuffer(found: Promise<Uint8Array>): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = await found;
  return Buffer.from(buffer, byteOffset, byteLength);
}
