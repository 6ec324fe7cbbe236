/** Regular files read part by part: headers, directories and records of formats that are decoded in TypeScript. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { FormatError, NotFoundError } from '../core/errors.js';

export interface PartFile {
  readonly path: string;
  readonly size: number;
  /** For native code, as long as the file is open. */
  readonly fd: number;
  /** The bytes of [start, end), fewer where the file ends before; in memory of the caller where that is given and large enough. */
  read(start: number, end: number, into?: Buffer): Promise<Buffer>;
}

/** Runs work with an open file and closes it. @throws NotFoundError, FormatError for what is no regular file */
export async function withPartFile<T>(path: string, work: (file: PartFile) => Promise<T>): Promise<T> {
  // a pipe would be waited for without O_NONBLOCK
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
    const { size } = found;
    return await work({
      path,
      size,
      fd: handle.fd,
      read: (start, end, into) => readPart(handle, path, start, Math.min(end, size), into),
    });
  } finally {
    await handle.close();
  }
}

/** The first bytes of a file. */
export function headOf(path: string, bytes: number): Promise<{ head: Buffer; size: number }> {
  return withPartFile(path, async (file) => ({ head: await file.read(0, bytes), size: file.size }));
}

async function readPart(handle: FileHandle, path: string, start: number, end: number, into?: Buffer): Promise<Buffer> {
  const length = Math.max(0, end - start);
  const bytes = into && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafe(length);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new FormatError(`${path} became shorter while it was read`, { path });
    done += bytesRead;
  }
  return bytes;
}
