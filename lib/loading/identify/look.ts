/** One place on disk as `identify` looks at it: its first bytes, its names, and what is inside, each read once and counted. */
import { constants, type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { isHdf5Head } from '../../containers/hdf5/signature.js';
import { NpyFile, type NpyHeader } from '../../containers/npy/file.js';
import { maxHeaderBytes } from '../../containers/npy/header.js';
import { type JsonObject, readJsonObject } from '../../containers/text/json.js';
import { isZarrFolder, ZarrFolder } from '../../containers/zarr/folder.js';
import type { SourceContext } from '../../io/context.js';
import type { RemoteFile } from '../../io/ranges/remote-file.js';
import { stat } from '../../io/stat.js';

/** Holds the headers of all known formats but for those with a block a channel, and the 16 KiB of Neuralynx. */
const headBytes = 2 ** 14;
/** A folder of spike sorting has tens of files, one of a file a channel some thousands. */
const maxNames = 20_000;

/** What all looks of one call share. */
export interface LookSession extends Pick<SourceContext, 'limits' | 'signal' | 'followLinks'> {
  bytesRead: number;
}

export class Look {
  readonly path: string;
  readonly isFolder: boolean;
  readonly size: number;
  /** The first bytes of a file. */
  readonly head: Buffer;
  /** Names of the files of a folder, and of its folders; links count as what they lead to. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly session: LookSession;
  readonly #opened = new Map<string, Promise<unknown>>();
  readonly #closing: (() => void)[] = [];

  readonly #remote: RemoteFile | undefined;

  private constructor(
    session: LookSession,
    fields: Pick<Look, 'path' | 'isFolder' | 'size' | 'head'>,
    names: Names,
    remote?: RemoteFile,
  ) {
    this.session = session;
    this.#remote = remote;
    this.path = fields.path;
    this.isFolder = fields.isFolder;
    this.size = fields.size;
    this.head = fields.head;
    this.files = names.files;
    this.folders = names.folders;
  }

  /** @throws the system's error where nothing can be read */
  static async at(path: string, session: LookSession): Promise<Look> {
    const found = await stat(path);
    const isFolder = found.isDirectory();
    const head = found.isFile() ? await readRange(path, 0, Math.min(headBytes, found.size)) : Buffer.alloc(0);
    session.bytesRead += head.length;
    const names = isFolder ? await namesIn(path) : { files: [], folders: [] };
    return new Look(session, { path, isFolder, size: found.isFile() ? found.size : 0, head }, names);
  }

  /** A file that lies elsewhere, read by ranges; nothing is beside it. */
  static in(file: RemoteFile, session: LookSession): Look {
    const head = Buffer.from(file.head.subarray(0, headBytes));
    session.bytesRead += head.length;
    const { name: path, size } = file;
    return new Look(session, { path, isFolder: false, size, head }, { files: [], folders: [] }, file);
  }

  get name(): string {
    return basename(this.path);
  }

  /** The first bytes as Latin-1, which keeps every byte. */
  get start(): string {
    return this.head.toString('latin1');
  }

  has(...names: string[]): boolean {
    return names.every((name) => this.files.includes(name));
  }

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  beside(name: string): string {
    return join(dirname(this.path), name);
  }

  async read(start: number, end: number): Promise<Buffer> {
    const bytes = this.#remote
      ? Buffer.from(await this.#remote.read(Math.min(start, this.size), Math.min(end, this.size)))
      : await readRange(this.path, start, end);
    this.session.bytesRead += bytes.length;
    return bytes;
  }

  /** A small file below a folder, or beside a file, as text; '' where there is none. */
  async text(path: string, maxBytes = 2 ** 18): Promise<string> {
    const bytes = await readRange(path, 0, maxBytes).catch(() => Buffer.alloc(0));
    this.session.bytesRead += bytes.length;
    return bytes.toString('utf8');
  }

  /** A JSON object below a folder, or beside a file. @throws FormatError, LimitError, NotFoundError */
  async json(path: string): Promise<JsonObject> {
    const object = await readJsonObject(path, this.session.limits);
    this.session.bytesRead += (await stat(path)).size;
    return object;
  }

  /** The file opened as HDF5; null where it is none. @throws FormatError for a damaged one */
  hdf5(): Promise<Hdf5File | null> {
    return this.#once('hdf5', async () => {
      const { head, session } = this;
      if (!isHdf5Head(head)) return null;
      const report = { bytesRead: 0 };
      const file = await openHdf5(this.#remote ?? this.path, {
        limits: session.limits,
        signal: session.signal,
        report,
      });
      this.#closing.push(() => {
        file.close();
        session.bytesRead += report.bytesRead;
      });
      return file;
    });
  }

  /** The folder opened as a group of Zarr; null where it is none. */
  zarr(): Promise<ZarrFolder | null> {
    return this.#once('zarr', async () => {
      if (!this.isFolder || !(await isZarrFolder(this.path))) return null;
      const folder = await ZarrFolder.open(this.path, this.options);
      return (await folder.isArray('')) ? null : folder;
    });
  }

  /** What an .npy file below a folder says of its array. @throws FormatError, NotFoundError */
  async npy(path: string): Promise<NpyHeader> {
    const file = await NpyFile.open(path);
    this.session.bytesRead += Math.min(file.size, maxHeaderBytes);
    await file.close();
    return file.header;
  }

  /** As readers of sortings and tables take them. */
  get options() {
    const { limits, signal, followLinks } = this.session;
    return {
      limits,
      signal,
      followLinks,
      onBytes: (bytes: number) => {
        this.session.bytesRead += bytes;
      },
    };
  }

  close(): void {
    for (const close of this.#closing.splice(0)) close();
  }

  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#opened.get(key) ?? work();
    this.#opened.set(key, known);
    return known as Promise<T>;
  }
}

interface Names {
  files: string[];
  folders: string[];
}

async function namesIn(path: string): Promise<Names> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names: Names = { files: [], folders: [] };
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, maxNames)) {
    const found = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => undefined) : entry;
    if (found?.isFile()) names.files.push(entry.name);
    else if (found?.isDirectory()) names.folders.push(entry.name);
  }
  return names;
}

/** Bytes of a regular file, fewer where it ends before; a pipe or device is not waited for. */
async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return Buffer.alloc(0);
    const bytes = Buffer.alloc(Math.max(0, end - start));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file?.close();
  }
}
