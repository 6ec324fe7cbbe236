/** Bytes by position, wherever they are: what decoders of headers and directories read from. */
import { type FileHandle, open } from 'node:fs/promises';
import { FormatError } from '../core/errors.js';

export interface ByteSource {
  /** For messages; never holds credentials. */
  readonly name: string;
  readonly size: number;
  /** Exactly the bytes of [start, end); both within the size. */
  read(start: number, end: number, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function openLocalBytes(path: string): Promise<ByteSource> {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    name: path,
    size,
    read: (start, end, options) => readLocal(file, path, checkRange(start, end, size, path), options?.signal),
    close: () => file.close(),
  };
}

async function readLocal(file: FileHandle, path: string, [start, end]: [number, number], signal?: AbortSignal) {
  signal?.throwIfAborted();
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new FormatError(`${path} became shorter while it was read`, { path });
    done += bytesRead;
  }
  return bytes;
}

/** A range outside the file means that a header lies about it. */
export function checkRange(start: number, end: number, size: number, path: string): [number, number] {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start || end > size) {
    throw new FormatError(`${path} must hold bytes ${start} to ${end}, found a size of ${size} bytes`, { path });
  }
  return [start, end];
}
