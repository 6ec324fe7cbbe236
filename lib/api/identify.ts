/** What lies at a place: by its content, reading little, without a network. */
import { readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { NotFoundError, SpikeLabError } from '../core/errors.js';
import { knownOptions } from '../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../core/options.js';
import { binary } from '../formats/binary/format.js';
import type { Format } from '../formats/format.js';
import { hdf5 } from '../formats/hdf5/format.js';
import { annexPointer, identifyKnownFile } from '../formats/known/files.js';
import { knownFormats } from '../formats/known/known.js';
import { formats } from '../formats/table.js';
import type { SourceContext } from '../io/context.js';
import { isRemote } from '../io/ranges/open.js';
import { RemoteFile } from '../io/ranges/remote-file.js';
import { localPath } from '../io/source.js';
import { lstat, stat } from '../io/stat.js';
import { withContext } from '../loading/context.js';
import { type Draft, type Identification, note } from '../loading/identify/identification.js';
import { Look, type LookSession } from '../loading/identify/look.js';
import { lookedAtOrPrefix } from './identify-remote.js';

/** Folders below a session: subject/date/probe/sorter/kilosort4. */
const maxDepth = 6;
/** A place with more than so many recordings is listed in part, and says so. */
const maxFound = 200;
/** Files and folders looked at in one call. */
const maxLooks = 3000;

/**
 * Everything that is at a place, best first; a folder of several recordings or a tree of sessions gives each. Told by content,
 * with less than a megabyte read for each place, and without a network but for remote sources, which are fetched.
 *
 * @returns at least one entry: what is not known says so, and what to do
 * @throws NotFoundError where nothing is there, OptionError; never for content
 */
export async function identify(source: Source, options: LoadOptions = {}): Promise<Identification[]> {
  options = knownOptions(options, loadOptionNames, 'identify');
  if (options.isolate) {
    const { callIsolated } = await import('../loading/isolate/run.js');
    return (await callIsolated('identify', [source], options)) as Identification[];
  }
  return withContext({ format: 'identify' }, source, options, async (context) => {
    if (!isRemote(source)) return everythingAt(localPath(source, 'source'), context);
    const search = new Search(context);
    const found = await lookedAtOrPrefix(String(source), context);
    if (found instanceof RemoteFile) return search.everythingIn(found);
    return typeof found === 'string' ? search.everythingAt(found) : [search.finished(found, String(source), 0)];
  });
}

/** The same for a path, within a call that has its own context. */
export const everythingAt = (path: string, context: SourceContext) => new Search(context).everythingAt(path);

class Search {
  readonly #session: LookSession;
  #looks = 0;
  /** Those of which only the kind of file is known. */
  readonly #weak = new WeakSet<Identification>();

  constructor({ limits, signal, followLinks }: SourceContext) {
    this.#session = { limits, signal, followLinks, bytesRead: 0 };
  }

  /** A file on a server that is read by ranges. */
  async everythingIn(file: RemoteFile): Promise<Identification[]> {
    const look = Look.in(file, this.#session);
    try {
      return (await ofFile(look)).map((draft) => this.finished(draft, file.name, this.#session.bytesRead));
    } finally {
      look.close();
    }
  }

  async everythingAt(path: string): Promise<Identification[]> {
    const pointer = await missing(path);
    const found = pointer ? [this.finished(pointer, path, 0)] : await this.#at(path, 0);
    if (!found.length) {
      const advice = 'Nothing in this folder, or below it, is a recording or a sorting that is known';
      return [this.finished({ format: 'folder', what: 'unknown', readable: false, advice }, path, 0)];
    }
    // the folder that an array belongs to says more than the array, even where it is not read
    const rank = (each: Identification) => (this.#weak.has(each) ? 2 : 0) + (each.readable ? 0 : 1);
    return found
      .map((each, i) => ({ each, i }))
      .sort((a, b) => rank(a.each) - rank(b.each) || a.i - b.i)
      .map(({ each }) => each);
  }

  /** A file, or a folder with what lies below it. */
  async #at(path: string, depth: number): Promise<Identification[]> {
    this.#session.signal?.throwIfAborted();
    this.#looks++;
    const before = this.#session.bytesRead;
    const look = await Look.at(path, this.#session);
    try {
      const drafts = look.isFolder ? await ofFolder(look) : await ofFile(look);
      const own = drafts.map((draft) => this.finished(draft, path, this.#session.bytesRead - before));
      const found = look.isFolder && !drafts.some(({ whole }) => whole) ? await this.#below(look, own, depth) : own;
      if (depth > 0 || !found.every((each) => this.#weak.has(each))) return found;
      const owner = await this.#owner(path);
      return look.isFolder && owner.length ? owner : [...owner, ...found];
    } finally {
      look.close();
    }
  }

  /** What a folder holds that is not the folder's own: its files, then its folders. */
  async #below(look: Look, own: Identification[], depth: number): Promise<Identification[]> {
    const found = [...own];
    const taken = new Set(own.map(({ format }) => format));
    const counts = new Map<string, Identification>();
    for (const name of [...look.files, ...(depth < maxDepth ? look.folders : [])]) {
      if (found.length >= maxFound || this.#looks >= maxLooks) {
        const message = `${look.path} holds more: the first ${found.length} are listed`;
        found.at(-1)?.findings.push(note('more', message));
        break;
      }
      if (name.startsWith('.')) continue;
      const inside = await this.#at(look.join(name), depth + 1).catch(noAccess);
      for (const each of inside) {
        if (each.what === 'unknown' || each.what === 'table') continue;
        if (taken.has(each.format) && look.files.includes(name)) continue;
        // a folder of a file a channel is one thing
        const same = each.readable || !look.files.includes(name) ? undefined : counts.get(each.format);
        if (same) same.details.files = Number(same.details.files ?? 1) + 1;
        else found.push(each);
        if (!each.readable && look.files.includes(name)) counts.set(each.format, each);
      }
    }
    const strong = found.filter((each) => !this.#weak.has(each));
    return strong.length ? strong : found;
  }

  /** The folder above that a file without a meaning of its own belongs to. */
  async #owner(path: string): Promise<Identification[]> {
    for (let at = dirname(path), up = 0; up < maxDepth && at !== dirname(at); at = dirname(at), up++) {
      const before = this.#session.bytesRead;
      // folders above may be closed to this process, as they are to a confined one
      const look = await Look.at(at, this.#session).catch(unlessOurs);
      if (!look) break;
      try {
        const drafts = (await ofFolder(look)).filter(({ whole, format }) => whole || format === 'spikeglx');
        if (drafts.length) return drafts.map((draft) => this.finished(draft, at, this.#session.bytesRead - before));
      } finally {
        look.close();
      }
    }
    return [];
  }

  finished(draft: Draft, path: string, bytesRead: number): Identification {
    const {
      format = 'unknown',
      readable = false,
      what,
      details = {},
      parts = [],
      findings = [],
      advice = null,
    } = draft;
    const { code = [], shell = [] } = readable ? draft : {};
    const where = { path: draft.path ?? path, ...details };
    const out = { format, readable, what, details: where, parts, code, shell, advice, findings, bytesRead };
    if (draft.weak) this.#weak.add(out);
    return out;
  }
}

function unlessOurs(error: NodeJS.ErrnoException): null {
  if (!['EACCES', 'EPERM'].includes(String(error.code))) throw error;
  return null;
}

function noAccess(error: NodeJS.ErrnoException): Identification[] {
  if (typeof error.code !== 'string') throw error;
  return [];
}

/** A link to content that git-annex has not fetched leads nowhere, and is something all the same. @throws NotFoundError */
async function missing(path: string): Promise<Draft | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error)) return null;
  const link = await lstat(path).catch(() => null);
  const target = link?.isSymbolicLink() ? await readlink(path) : '';
  if (/annex\/objects\//.test(target)) return annexPointer(basename(path), target);
  throw new NotFoundError(`source: nothing can be read at ${path} (${found.code})`, { path }, { cause: found });
}

/** Several formats may share a folder: what SpikeGLX recorded, and what KiloSort made of it. */
async function ofFolder(look: Look): Promise<Draft[]> {
  const found: Draft[] = [];
  for (const row of formats) {
    const draft = await firstOf([row], look);
    if (draft) found.push(draft);
  }
  return found.length ? found : known(look);
}

async function ofFile(look: Look): Promise<Draft[]> {
  const damaged = await look.hdf5().then(
    () => null,
    (error: unknown) => failed('hdf5', error),
  );
  if (damaged) return [damaged];
  // what a vendor or a program calls its own comes before HDF5 as such and flat samples, whatever their place in the table
  const own = formats.filter(({ name }) => name !== 'hdf5' && name !== 'binary');
  for (const draft of [await firstOf(own, look), ...(await known(look)), await firstOf([hdf5], look)]) {
    if (draft) return [draft];
  }
  const file = await identifyKnownFile(look);
  const samples = file === null || file.weak ? await firstOf([binary], look) : null;
  return [samples && file?.format !== 'text' ? samples : file].filter((draft) => draft !== null && draft !== undefined);
}

async function firstOf(rows: readonly Format[], look: Look): Promise<Draft | null> {
  for (const { name, identify } of rows) {
    const draft = identify && (await asked(name, identify, look));
    if (draft) return draft;
  }
  return null;
}

async function known(look: Look): Promise<Draft[]> {
  for (const { name, title, what, is, advice } of knownFormats) {
    if (formats.some((row) => row.name === name) || !(await is(look))) continue;
    return [{ format: name, what, readable: false, details: { title }, advice, whole: look.isFolder }];
  }
  return [];
}

async function asked(name: string, identify: (look: Look) => Promise<Draft | null>, look: Look): Promise<Draft | null> {
  try {
    const draft = await identify(look);
    return draft && { format: name, ...draft };
  } catch (error) {
    look.session.signal?.throwIfAborted();
    return failed(name, error);
  }
}

/** What is of a format and cannot be read: its error says why. */
function failed(format: string, error: unknown): Draft {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SpikeLabError ? error.code : 'ERR_FORMAT';
  const finding = note(code.toLowerCase().replace(/^err_/, '').replaceAll('_', '-'), message);
  const advice = `It is of this format, and cannot be read as it is: ${message}`;
  return { format, what: 'unknown', readable: false, findings: [finding], advice, whole: true };
}
