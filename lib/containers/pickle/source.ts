/** Where a pickle's bytes are: a file read by position, or memory. */
import { constants, readSync, read as readWithCallback } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FormatError, NotFoundError } from '../../core/errors.js';

/** Where errors say that they are: a file, and the entry where the file is an archive. */
export interface PicklePlace {
  path: string;
  location?: string;
}

export interface PickleSource {
  readonly size: number;
  /** All the bytes, where they are in memory already. */
  readonly memory: Uint8Array | null;
  /** The descriptor of a file, for native readers. */
  readonly fd: number | null;
  readSync(target: Uint8Array, position: number): void;
  read(target: Uint8Array, position: number): Promise<void>;
}

export function memorySource(bytes: Uint8Array): PickleSource {
  const readSync = (target: Uint8Array, position: number) => {
    target.set(bytes.subarray(position, position + target.length));
  };
  return { size: bytes.length, memory: bytes, fd: null, readSync, read: async (target, at) => readSync(target, at) };
}

const readFile = promisify(readWithCallback);
/** A single read(2) moves at most 2 GiB - 4 kB. */
const maxReadBytes = 2 ** 30;

/** A regular file that stays open until `close`; files above 4 GiB are fine. */
export class FileSource implements PickleSource {
  readonly memory = null;
  readonly size: number;
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(file: FileHandle, size: number, path: string) {
    this.#file = file;
    this.size = size;
    this.#path = path;
  }

  static async open(path: string): Promise<FileSource> {
    // without O_NONBLOCK, opening a pipe would wait for its writer for ever
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
    });
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
      return new FileSource(file, found.size, path);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  readSync(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length; ) {
      const piece = Math.min(target.length - done, maxReadBytes);
      const bytesRead = readSync(this.#file.fd, target, done, piece, position + done);
      if (bytesRead === 0) throw this.#shrunk(position + done);
      done += bytesRead;
    }
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const piece = Math.min(target.length - done, maxReadBytes);
      const { bytesRead } = await readFile(this.#file.fd, target, done, piece, position + done);
      if (bytesRead === 0) throw this.#shrunk(position + done);
      done += bytesRead;
    }
  }

  get fd(): number {
    return this.#file.fd;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #shrunk(position: number): FormatError {
    const message = `${this.#path} was ${this.size} bytes long and ended at byte ${position} while it was read`;
    return new FormatError(message, { path: this.#path, location: `byte ${position}` });
  }
}
