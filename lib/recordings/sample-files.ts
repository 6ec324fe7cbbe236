/** Files of samples, of which only a few are open at a time: a probe of 5,000 channels may have a file for each. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { NativeFile } from '../addon/contract.js';
import { FormatError, NotFoundError } from '../core/errors.js';
import type { RecordContext } from './recording-format.js';

/** A process may have 1,024 open on Linux and 256 on macOS, unless someone has set it otherwise; others want some too. */
const mostOpen = 64;

interface Known {
  path: string;
  size: number;
  device: bigint;
  inode: bigint;
}

interface Held {
  handle: Promise<FileHandle>;
  fd: number;
  /** Reads that go on. */
  users: number;
}

/** Files of samples, wherever they are. */
export interface SampleBytes {
  /** Bytes of each. */
  readonly sizes: number[];
  /** Bytes that are best read of a file at a time. */
  readonly most: number;
  /** Reads that are best on their way together. */
  readonly atOnce: number;
  /** Fills `bytes` from a position of a file on. @throws FormatError where it ends before, RemoteError */
  read(file: number, bytes: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<void>;
  /** The same for native code, where it can read them by itself. */
  forNative(): NativeFile[] | undefined;
}

export class SampleFiles implements SampleBytes {
  readonly most = 2 ** 22;
  readonly atOnce = 1;
  readonly #known: Known[] = [];
  /** By number, the one that was used last at the end. */
  readonly #held = new Map<number, Held>();
  readonly #most: number;

  private constructor(most: number) {
    this.#most = most;
  }

  /**
   * Files that are closed with the recording.
   *
   * @param most how many stay open while nobody reads them
   * @throws NotFoundError; FormatError for what is no regular file
   */
  static async open(paths: readonly string[], context: RecordContext, most = mostOpen): Promise<SampleFiles> {
    const files = new SampleFiles(most);
    context.onEnd(() => files.#close());
    for (const path of paths) await files.#add(path);
    return files;
  }

  /** Bytes of each. */
  get sizes(): number[] {
    return this.#known.map(({ size }) => size);
  }

  /** Fills `bytes` from a position of a file on. @throws FormatError where it ends before */
  async read(file: number, bytes: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<void> {
    const held = this.#take(file);
    held.users++;
    try {
      const handle = await held.handle;
      for (let done = 0; done < bytes.length; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
        if (bytesRead === 0) {
          const { path } = this.#known[file];
          throw new FormatError(`${path} ended early while it was read`, { path });
        }
        done += bytesRead;
      }
    } finally {
      held.users--;
      await this.#closeUnused();
    }
  }

  /** The same for native code: descriptors, or where they are too many what it may open itself. */
  forNative(): NativeFile[] {
    const few = this.#known.length <= this.#most;
    return this.#known.map(({ path, device, inode }, file) =>
      few ? { path, fd: (this.#held.get(file) as Held).fd } : { path, device, inode },
    );
  }

  async #add(path: string): Promise<void> {
    const handle = await openFile(path);
    const held = { handle: Promise.resolve(handle), fd: handle.fd, users: 0 };
    this.#held.set(this.#known.length, held);
    const found = await handle.stat({ bigint: true });
    if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
    this.#known.push({ path, size: Number(found.size), device: found.dev, inode: found.ino });
    await this.#closeUnused();
  }

  #take(file: number): Held {
    const held = this.#held.get(file) ?? { handle: this.#openAgain(this.#known[file]), fd: -1, users: 0 };
    this.#held.delete(file);
    this.#held.set(file, held);
    held.handle.catch(() => this.#held.delete(file));
    return held;
  }

  async #openAgain({ path, device, inode }: Known): Promise<FileHandle> {
    const handle = await openFile(path);
    const found = await handle.stat({ bigint: true });
    if (found.dev === device && found.ino === inode) return handle;
    await handle.close();
    const message = `${path} must stay as it is while it is read, found another file in its place`;
    throw new FormatError(message, { path });
  }

  async #closeUnused(): Promise<void> {
    for (const [file, { handle, users }] of this.#held) {
      if (this.#held.size <= this.#most) return;
      if (users > 0) continue;
      this.#held.delete(file);
      // one that could not be opened has told its reader
      await handle.then(
        (open) => open.close(),
        () => undefined,
      );
    }
  }

  async #close(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    const ends = await Promise.allSettled(all.map(async ({ handle }) => (await handle).close()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

/** A pipe or a device in its place is not waited for. */
function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
}
