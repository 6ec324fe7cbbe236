/** The files of one Zarr folder: only regular files whose real path stays inside. */
import { constants, type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FormatError, LimitError, UnsupportedError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import type { FollowLinks } from '../../io/members.js';
import { stat } from '../../io/stat.js';

export interface StoreOptions {
  limits: Limits;
  /** Whether links may lead out of the folder. Default 'inside': they may not. */
  followLinks?: FollowLinks;
  signal?: AbortSignal;
  /** Called with the bytes of each file that is read. */
  onBytes?: (bytes: number) => void;
}

/** A range of a file, from its end where `start` is negative. */
export interface FileRange {
  start: number;
  length: number;
}

/** Where the files of a Zarr folder are, by keys: names joined by slashes. */
export interface ZarrStore {
  /** The folder, for messages. */
  readonly root: string;
  /** Files that are fetched at a time. */
  readonly connections: number;
  /** The bytes of a file of at most `most`, or a range of them; undefined where there is no such file. */
  get(key: string, range?: FileRange, most?: number): Promise<Uint8Array | undefined>;
  /** Whether there is a file of metadata. */
  has(key: string): Promise<boolean>;
  /** Names of the folders directly below one. */
  folders(location: string): Promise<string[]>;
  /** Names of all files below a folder, as keys of it; undefined where nobody lists them. */
  files(location: string): Promise<Set<string> | undefined>;
}

export class LocalZarrStore implements ZarrStore {
  readonly root: string;
  readonly connections = 1;
  readonly #options: StoreOptions;

  constructor(root: string, options: StoreOptions) {
    this.root = root;
    this.#options = options;
  }

  async has(key: string): Promise<boolean> {
    return (await stat(join(this.root, key)).catch(() => null))?.isFile() ?? false;
  }

  async folders(location: string): Promise<string[]> {
    const entries = await readdir(join(this.root, location), { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  async get(key: string, range?: FileRange, most = this.#options.limits.maxFileBytes): Promise<Uint8Array | undefined> {
    const { signal, onBytes, followLinks } = this.#options;
    signal?.throwIfAborted();
    const path = await realpath(join(this.root, key)).catch(() => null);
    if (path === null) return undefined;
    if (followLinks !== 'anywhere' && !path.startsWith(this.root + sep)) {
      const message = `${this.root}: ${key} is a link that leads out of the folder: pass followLinks: 'anywhere' where its links are trusted`;
      throw new UnsupportedError('link out of the folder', message);
    }
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) return undefined;
      const start = range ? (range.start < 0 ? found.size + range.start : range.start) : 0;
      const length = range ? range.length : found.size;
      if (length > most) throw new LimitError('maxFileBytes', most, length, path);
      if (!(start >= 0 && start + length <= found.size)) {
        throw new FormatError(
          `${length} bytes from byte ${start} were expected in ${path}, found ${found.size} in all`,
          { path },
        );
      }
      const bytes = await readWhole(file, start, length, path);
      onBytes?.(bytes.length);
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** What is stored costs as much as there are files, whatever a grid promises. */
  async files(folder: string): Promise<Set<string>> {
    const entries = await readdir(join(this.root, folder), { recursive: true }).catch(() => [] as string[]);
    return new Set(entries.map((name) => name.split(sep).join('/')));
  }
}

async function readWhole(file: FileHandle, start: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at);
    if (bytesRead === 0) throw new FormatError(`${path} ended while it was read`, { path });
    at += bytesRead;
  }
  return bytes;
}
