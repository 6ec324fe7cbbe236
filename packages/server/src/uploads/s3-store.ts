/** The store in S3, for processes on machines that share no file system. */
import { mkdir, open, readdir, statfs } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { SpikeLabError } from 'spikelab';
import { type RemoteTree, S3Folder, s3Location, s3Tree, sideBySide, transferOf } from 'spikelab/server';
import { isFull, noSpace, Problem } from '../core/problem.js';
import { type Store, type StoredFile, storeFails } from './store.js';

/** What is read at a time, in memory: few enough bytes for many downloads at once. */
const pieceBytes = 4 * 2 ** 20;
/** Somebody waits for the answer. */
const patience = { attempts: 4, idleMs: 15_000 };
/** Says whose objects these are: others' must not be taken for leftovers. */
const marker = 'spikelab-store.json';

interface S3StoreOptions {
  /** s3://bucket/prefix */
  readonly url: string;
  /** Of another server than Amazon's. */
  readonly endpoint: string | null;
  /** Whose rows say what counts. */
  readonly database: string;
  /** Of the disk to which jobs' copies of uploads are written. */
  readonly keepFree: number;
  onError(error: unknown): void;
}

export class S3Store implements Store {
  readonly isRemote = true;

  private constructor(
    private readonly bucket: S3Folder,
    private readonly tree: RemoteTree,
    private readonly options: S3StoreOptions,
  ) {}

  /** Keys come from where the AWS SDK finds them. @throws Error where it cannot be reached, or is another database's */
  static async open(options: S3StoreOptions): Promise<S3Store> {
    const { url, endpoint, database } = options;
    const s3 = endpoint === null ? {} : { endpointUrl: endpoint };
    const bucket = await S3Folder.open(url, s3, 'store');
    try {
      const tree = await s3Tree(s3Location(url, 'store', { folder: true }), s3, transferOf({}, patience));
      const mine = JSON.stringify({ database });
      await bucket.create(marker, mine);
      if ((await bucket.read(marker))?.text !== mine) {
        throw new Error(`${url} is the store of another database: give it another prefix, or the database that it had`);
      }
      return new S3Store(bucket, tree, options);
    } catch (error) {
      bucket.close();
      throw error;
    }
  }

  async put(folder: string, key: string, signal?: AbortSignal): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    try {
      await this.#asked(async () => {
        await each(paths, signal, (path, either) => {
          const name = path.slice(folder.length + 1).replaceAll(sep, '/');
          return this.bucket.upload(path, `${key}/${name}`, either);
        });
      }, signal);
    } catch (error) {
      await this.remove(key);
      throw error;
    }
  }

  async open(key: string, start: number, end: number): Promise<Readable> {
    const first = await this.#piece(key, start, end);
    const rest = this.#pieces(key, start + first.byteLength, end);
    async function* all() {
      yield first;
      yield* rest;
    }
    return Readable.from(all());
  }

  async fetch(key: string, files: readonly StoredFile[], folder: string, signal?: AbortSignal): Promise<string> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(folder);
    const needed = files.reduce((sum, { bytes }) => sum + bytes, this.options.keepFree);
    if (bavail * bsize < needed) throw noSpace();
    await each(files, signal, ({ path, bytes }, either) =>
      this.#copy(`${key}/${path}`, bytes, join(folder, ...path.split('/')), either),
    );
    return folder;
  }

  async #copy(key: string, bytes: number, path: string, signal: AbortSignal): Promise<void> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const piece of this.#pieces(key, 0, bytes - 1)) {
          signal.throwIfAborted();
          await file.writeFile(piece);
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw isFull(error) ? noSpace() : error;
    }
  }

  async *#pieces(key: string, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at <= end; ) {
      const piece = await this.#piece(key, at, end);
      at += piece.byteLength;
      yield piece;
    }
  }

  async #piece(key: string, start: number, end: number): Promise<Uint8Array> {
    const length = Math.min(pieceBytes, end - start + 1);
    const piece = await this.#asked(() => this.tree.get(key, { start, length }, length));
    if (!piece) throw new Problem(404, 'ERR_NOT_FOUND', 'The file is gone.');
    return piece;
  }

  async names(key: string): Promise<string[]> {
    const names = new Set<string>();
    await this.#asked(async () => {
      for await (const object of this.bucket.list(`${key}/`)) names.add(object.key.slice(key.length + 1).split('/')[0]);
    });
    return [...names];
  }

  async remove(key: string): Promise<void> {
    try {
      const names = [...((await this.tree.all(key)) ?? [])];
      await sideBySide(names, (name) => this.bucket.remove(`${key}/${name}`));
    } catch (error) {
      this.options.onError(error);
    }
  }

  close(): void {
    this.bucket.close();
    this.tree.close();
  }

  /** @throws Problem for what the server answers; what it said is for the log */
  async #asked<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof SpikeLabError)) throw error;
      this.options.onError(error);
      throw storeFails();
    }
  }
}

/** Work on some files at a time. The first failure ends the others: none goes on when this rejects. */
async function each<T>(
  all: readonly T[],
  signal: AbortSignal | undefined,
  work: (one: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any(signal ? [signal, stop.signal] : [stop.signal]);
  await sideBySide(all, async (one) => {
    if (either.aborted) return;
    await work(one, either).catch((error) => stop.abort(error));
  });
  either.throwIfAborted();
}
