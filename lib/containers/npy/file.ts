/** .npy arrays: whole, in ranges of rows, or out of bytes that are already in memory. Never runs what an array pickles. */

import { constants, type FileHandle, open } from 'node:fs/promises';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError, LimitError, NotFoundError } from '../../core/errors.js';
import { defaultLimits } from '../../core/limits.js';
import { typeName } from './dtype.js';
import { allocate, decodeElements, decodeInPlace, decodeTexts, requireNumbers, toCOrder } from './elements.js';
import { maxHeaderBytes, type NpyHeader, type NpyPlace, npyError, parseNpyHeader } from './header.js';

export { toFloat64 } from './elements.js';
export type { NpyHeader, NpyPlace } from './header.js';

/** Real numbers in C order; int64 and uint64 come as BigInt arrays, float16 as float32, booleans as uint8. */
export interface NpyArray {
  data: NumericArray;
  shape: readonly number[];
  /** numpy's name of the stored type: int64, float32, bool … */
  dtype: string;
}

export interface NpyReadOptions {
  signal?: AbortSignal;
  /** Bytes that one array may take. */
  maxArrayBytes?: number;
}

/** The header of the .npy array in `bytes`. */
export function npyHeader(bytes: Uint8Array, place: NpyPlace): NpyHeader {
  return parseNpyHeader(bytes.subarray(0, maxHeaderBytes), bytes.length, place);
}

/** The numbers of the .npy array in `bytes`; borrowed from them where that is possible. */
export function parseNpy(bytes: Uint8Array, place: NpyPlace): NpyArray {
  const header = npyHeader(bytes, place);
  requireNumbers(header.type, place);
  const data = decodeElements(bytes.subarray(header.dataOffset), header.type, header.count);
  return { data: toCOrder(data, header), shape: header.shape, dtype: typeName(header.type) };
}

/** The texts of a '<U…' or '|S…' array in `bytes`. */
export function parseNpyTexts(bytes: Uint8Array, place: NpyPlace): string[] {
  const header = npyHeader(bytes, place);
  return decodeTexts(bytes.subarray(header.dataOffset), header, place);
}

/** The pickle inside an array of Python objects, for the safe reader in pickle.ts. */
export function npyPickle(bytes: Uint8Array, place: NpyPlace): { header: NpyHeader; pickle: Uint8Array } {
  const header = npyHeader(bytes, place);
  if (header.type.kind !== 'object') {
    throw npyError(place, `An array of Python objects was expected, found ${typeName(header.type)}`);
  }
  return { header, pickle: bytes.subarray(header.dataOffset) };
}

/** Reads the whole array of numbers in the file at `path`. */
export async function readNpy(path: string, options: NpyReadOptions = {}): Promise<NpyArray> {
  const file = await NpyFile.open(path);
  try {
    return await file.readAll(options);
  } finally {
    await file.close();
  }
}

/** 64 MB read at a time, a thirtieth of a second at 2 GB/s: then an abort is seen. */
const pieceBytes = 2 ** 26;

/** An .npy file that stays open, read by position. */
export class NpyFile {
  readonly header: NpyHeader;
  readonly place: NpyPlace;
  /** Bytes of the file. */
  readonly size: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, header: NpyHeader, place: NpyPlace, size: number) {
    this.#file = file;
    this.header = header;
    this.place = place;
    this.size = size;
  }

  static async open(path: string): Promise<NpyFile> {
    // without O_NONBLOCK, opening a pipe would wait for its writer for ever
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const file = await open(path, flags).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
    });
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
      const start = new Uint8Array(Math.min(maxHeaderBytes, found.size));
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      const header = parseNpyHeader(start.subarray(0, bytesRead), found.size, { path });
      return new NpyFile(file, header, { path }, found.size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The descriptor, for native readers: they duplicate it, so closing this file early is safe. */
  get fd(): number {
    return this.#file.fd;
  }

  /** @throws FormatError where the elements are no real numbers */
  requireNumbers(): void {
    requireNumbers(this.header.type, this.place);
  }

  /** Elements [start, end) in the order of the file. */
  async readElements(start: number, end: number, options: NpyReadOptions = {}): Promise<NumericArray> {
    this.requireNumbers();
    const { type } = this.header;
    const found = (end - start) * type.size;
    const allowed = options.maxArrayBytes ?? defaultLimits.maxArrayBytes;
    if (found > allowed) throw new LimitError('maxArrayBytes', allowed, found, this.place.path);
    return this.readInto(allocate(type, end - start), start, end, options.signal);
  }

  /** The same into an array of the stored type, so that a reader of many pieces needs one buffer only. */
  async readInto(raw: NumericArray, start: number, end: number, signal?: AbortSignal): Promise<NumericArray> {
    const { type } = this.header;
    const piece = raw.subarray(0, end - start);
    await this.#fill(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), start * type.size, signal);
    return decodeInPlace(piece, type);
  }

  async readAll(options?: NpyReadOptions): Promise<NpyArray> {
    const { header } = this;
    const data = await this.readElements(0, header.count, options);
    return { data: toCOrder(data, header), shape: header.shape, dtype: typeName(header.type) };
  }

  /** Rows [start, end) along the first axis of a C-ordered array. */
  async readRows(start: number, end: number, options?: NpyReadOptions): Promise<NumericArray> {
    const { shape, count } = this.header;
    const perRow = shape[0] ? count / shape[0] : 0;
    return this.readElements(start * perRow, end * perRow, options);
  }

  /** The data's bytes [start, end), for element types that are no numbers. */
  async readBytes(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const out = new Uint8Array(end - start);
    await this.#fill(out, start, signal);
    return out;
  }

  /** Texts of a '<U…' or '|S…' array. */
  async readTexts(options: NpyReadOptions = {}): Promise<string[]> {
    const bytes = this.header.count * this.header.type.size;
    const allowed = options.maxArrayBytes ?? defaultLimits.maxArrayBytes;
    if (bytes > allowed) throw new LimitError('maxArrayBytes', allowed, bytes, this.place.path);
    if (this.header.type.kind === 'object') decodeTexts(new Uint8Array(), this.header, this.place);
    return decodeTexts(await this.readBytes(0, bytes, options.signal), this.header, this.place);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #fill(out: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    const position = this.header.dataOffset + offset;
    for (let done = 0; done < out.length; ) {
      signal?.throwIfAborted();
      const length = Math.min(pieceBytes, out.length - done);
      const { bytesRead } = await this.#file.read(out, done, length, position + done);
      if (bytesRead === 0)
        throw npyError(this.place, `The file ended ${out.length - done} bytes early while it was read`);
      done += bytesRead;
    }
  }
}
