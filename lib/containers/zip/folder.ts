/** A folder that somebody packed into one zip, on disk or on a server: each file is taken out when it is asked for. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { FormatError, NotFoundError, SpikeLabError } from '../../core/errors.js';
import type { Source } from '../../core/options.js';
import { type ByteSource, openLocalBytes } from '../../io/byte-source.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';
import { isPlainName, plainName } from '../../io/folder.js';
import { makeTemporaryFolder } from '../../io/temporary.js';
import { checkEndOf } from './end.js';
import { Admission, checkLocalHeader, entriesOf } from './entries.js';
import { SizeAndCrc } from './members.js';

const naming = { noun: 'member', nameOf: (fileName: string) => (fileName.endsWith('/') ? null : fileName) };

/** Whether a source is named as a zip. */
export function isZip(source: Source): boolean {
  return /\.zip$/i.test(
    String(source)
      .trim()
      .replace(/[?#].*$/s, ''),
  );
}

/**
 * The folder in an archive: where a file called `mark` lies, else the one that all is in, else its top. What is taken out goes when the load ends.
 *
 * @throws FormatError for a damaged archive or one of several such folders, LimitError above limits.maxFileBytes in all
 */
export async function openZipFolder(source: Source, mark: string, context: SourceContext): Promise<SourceFolder> {
  return openZip(source, mark, context);
}

/**
 * A path of the folder in an archive with all that is in it, folders within folders too; it goes when the load ends.
 *
 * @throws FormatError for a damaged archive and for names that lead out of it, LimitError above limits.maxFileBytes in all
 */
export async function unpackZip(source: Source, context: SourceContext): Promise<string> {
  return (await openZip(source, '', context)).unpack();
}

async function openZip(source: Source, mark: string, context: SourceContext): Promise<ZipFolder> {
  const bytes = (await context.remoteFile(source)) ?? (await openLocalBytes(await context.localFile(source)));
  context.onEnd(() => bytes.close());
  const { name: path } = bytes;
  try {
    await checkEndOf(bytes);
    const { openZipBytes } = await import('./bytes-reader.js');
    const zip = await openZipBytes(bytes);
    const members = await entriesOf(zip, path, { ...naming, signal: context.signal });
    return new ZipFolder(zip, bytes, topOf([...members.keys()], mark, path), members, context);
  } catch (error) {
    throw zipError(path, error, context.signal);
  }
}

/** What stands before the names of the folder's files: macOS packs a second tree beside it. */
function topOf(names: readonly string[], mark: string, path: string): string {
  if (!mark) return commonTop(names);
  const tops = names
    .filter((name) => name === mark || name.endsWith(`/${mark}`))
    .filter((name) => !name.startsWith('__MACOSX/'))
    .map((name) => name.slice(0, name.length - mark.length))
    .sort((a, b) => a.split('/').length - b.split('/').length);
  const depth = (top: string) => top.split('/').length;
  const first = tops.filter((top) => depth(top) === depth(tops[0]));
  if (first.length < 2) return first[0] ?? commonTop(names);
  const shown = first.slice(0, 5).join(', ');
  throw new FormatError(`${path} must hold one folder with ${mark}, found ${first.length}: ${shown}`, { path });
}

/** The one folder that everything lies in, if there is one. */
function commonTop(names: readonly string[]): string {
  const tops = new Set(names.filter((name) => !name.startsWith('__MACOSX/')).map((name) => name.split('/')[0]));
  const [top] = tops;
  return tops.size === 1 && names.every((name) => name.includes('/')) ? `${top}/` : '';
}

class ZipFolder implements SourceFolder {
  readonly name: string;
  readonly #taken = new Map<string, Promise<string>>();
  #folder: Promise<string> | undefined;
  readonly #admission: Admission;

  constructor(
    private readonly zip: ZipFile,
    bytes: ByteSource,
    private readonly top: string,
    private readonly members: ReadonlyMap<string, Entry>,
    private readonly context: SourceContext,
  ) {
    this.name = bytes.name;
    this.#admission = new Admission(bytes.name, context.limits, 'maxFileBytes');
  }

  async list(): Promise<string[]> {
    return [...this.members.keys()]
      .filter((name) => name.startsWith(this.top) && !name.slice(this.top.length).includes('/'))
      .map((name) => name.slice(this.top.length))
      .sort();
  }

  async has(name: string, option = 'folder'): Promise<boolean> {
    return this.members.has(this.top + plainName(name, option));
  }

  async file(name: string, option = 'folder'): Promise<string> {
    const entry = this.members.get(this.top + plainName(name, option));
    if (!entry) {
      const available = await this.list();
      const message = `${option}: no file ${name} in ${this.name}, which holds ${available.slice(0, 20).join(', ') || 'no files'}`;
      throw new NotFoundError(message, { path: this.name, location: name, available });
    }
    const path = this.#taken.get(name) ?? this.#take(entry, name);
    this.#taken.set(name, path);
    return path;
  }

  async unpack(): Promise<string> {
    for (const [whole, entry] of this.members) {
      if (!whole.startsWith(this.top) || whole.startsWith('__MACOSX/')) continue;
      const name = whole.slice(this.top.length);
      if (!name.split('/').every(isPlainName)) {
        const message = `${this.name}: names of members must stay within their folder, found ${JSON.stringify(whole)}`;
        throw new FormatError(message, { path: this.name, location: whole });
      }
      await this.#take(entry, name);
    }
    return this.#target('');
  }

  async #target(name: string): Promise<string> {
    this.#folder ??= makeTemporaryFolder().then(({ path, remove }) => {
      this.context.onEnd(remove);
      return path;
    });
    return join(await this.#folder, name);
  }

  async #take(entry: Entry, name: string): Promise<string> {
    this.#admission.admit(entry, name, { path: this.name, location: name });
    const target = await this.#target(name);
    if (name.includes('/')) await mkdir(dirname(target), { recursive: true });
    const { signal } = this.context;
    try {
      await checkLocalHeader(this.zip, entry);
      const check = new SizeAndCrc(entry.uncompressedSize, entry.crc32);
      const file = createWriteStream(target, { flags: 'wx', mode: 0o600 });
      await pipeline(await this.zip.openReadStreamPromise(entry), check, file, { signal });
      return target;
    } catch (error) {
      throw zipError(this.name, error, signal, name);
    }
  }
}

function zipError(path: string, cause: unknown, signal: AbortSignal | undefined, name?: string): unknown {
  signal?.throwIfAborted();
  if (cause instanceof SpikeLabError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const where = name === undefined ? '' : `${name}: `;
  return new FormatError(`${path} must be a sound zip: ${where}${reason}`, { path, location: name }, { cause });
}
