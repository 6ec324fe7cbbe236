/** A local folder that a loader reads: files in it are found by plain names, and nothing outside it can be reached. */
import { constants, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { FormatError, LimitError, NotFoundError, OptionError } from '../errors.js';
import type { Limits, Source } from '../options.js';
import { localPath } from '../remote/source.js';

/** Names to list in an error: enough to see what the folder is. */
const maxListed = 20;

export class SourceFolder {
  readonly path: string;
  /** Names of all entries. */
  readonly names: ReadonlySet<string>;
  readonly #limits: Limits;

  private constructor(path: string, names: ReadonlySet<string>, limits: Limits) {
    this.path = path;
    this.names = names;
    this.#limits = limits;
  }

  /** @throws OptionError, NotFoundError, FormatError where the source is no folder */
  static async open(source: Source, option: string, limits: Limits): Promise<SourceFolder> {
    const path = localPath(source, option);
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`${option}: no folder can be read at ${path} (${cause.code})`, { path }, { cause });
    });
    if (!found.isDirectory()) throw new FormatError(`${option} must be a folder, found a file at ${path}`, { path });
    return new SourceFolder(path, new Set(await readdir(path)), limits);
  }

  get name(): string {
    return basename(this.path);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /**
   * The path of a regular file in this folder, links followed.
   *
   * @param option the user's option that named it, for messages
   * @throws OptionError where the name is more than a name, NotFoundError, FormatError, LimitError
   */
  async file(name: string, option?: string): Promise<string> {
    plainName(name, option ?? 'file name');
    const path = join(this.path, name);
    const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
      throw this.missing(name, option, cause);
    });
    const root = await realpath(this.path);
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new FormatError(`${name} must be a file inside ${this.path}, found a link that leaves the folder`, {
        path,
      });
    }
    const found = await stat(real);
    if (!found.isFile())
      throw new FormatError(`${name} must be a regular file, found something else at ${path}`, { path });
    if (found.size > this.#limits.maxFileBytes) {
      throw new LimitError('maxFileBytes', this.#limits.maxFileBytes, found.size, path);
    }
    return real;
  }

  /** The whole of a small file. @throws FormatError where it has more than `maxBytes` */
  async bytes(name: string, maxBytes: number, option?: string): Promise<Uint8Array> {
    const path = await this.file(name, option);
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) {
        throw new FormatError(`${name} was expected to have at most ${maxBytes} bytes, found ${size} at ${path}`, {
          path,
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  missing(name: string, option?: string, cause?: Error): NotFoundError {
    const available = [...this.names].sort().slice(0, maxListed);
    const listed = available.length ? `it holds ${available.join(', ')}` : 'it is empty';
    const message = `${option ? `${option}: ` : ''}${name} was expected in ${this.path}; ${listed}`;
    return new NotFoundError(message, { path: join(this.path, name), available }, { cause });
  }
}

/** @throws OptionError for separators, '..', NUL and the like */
export function plainName(name: unknown, option: string): string {
  const plain = typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
  if (!plain) throw new OptionError(option, 'the plain name of a file inside the folder', name);
  return name;
}
