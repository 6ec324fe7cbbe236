/** What a zip's directory may claim, whatever the archive is for: nothing of it is believed before this was looked at. */
import type { Entry, ZipFile } from 'yauzl';
import { FormatError, LimitError, UnsupportedError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';

/** Each takes memory for its name: sortings have some thousand units, folders of sessions as many files. */
const maxEntries = 100_000;
/** Deflate reaches 1032:1 on zeros; spikes, templates and results of sorters stay far below this. */
const suspiciousRatio = 300;
const suspiciousBytes = 2 ** 26;

interface Naming {
  /** What a member is called in messages. */
  noun: string;
  /** The name by which it is asked for; null for what is none, as the entries of folders. */
  nameOf(fileName: string): string | null;
  signal?: AbortSignal;
}

/** @throws FormatError where names repeat, members overlap, or there are more than 100,000 */
export async function entriesOf(
  zip: ZipFile,
  path: string,
  { noun, nameOf, signal }: Naming,
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const spans: [start: number, end: number, name: string][] = [];
  for await (const entry of zip.eachEntry()) {
    signal?.throwIfAborted();
    const name = nameOf(entry.fileName);
    if (name === null) continue;
    if (entries.has(name)) {
      throw new FormatError(`${path}: each ${noun} must appear once, found ${name} twice`, { path, location: name });
    }
    if (entries.size >= maxEntries) throw new FormatError(`${path}: more than ${maxEntries} members`, { path });
    entries.set(name, entry);
    const start = entry.relativeOffsetOfLocalHeader;
    spans.push([start, start + 30 + entry.fileNameLength + entry.compressedSize, name]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < spans.length; i++) {
    if (spans[i][0] >= spans[i - 1][1]) continue;
    const message = `${path}: the members ${spans[i - 1][2]} and ${spans[i][2]} overlap`;
    throw new FormatError(message, { path, location: spans[i][2] });
  }
  return entries;
}

/** Before its data an entry repeats its name: another one there means that two readers would see two archives. */
export async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const header = await zip.readLocalFileHeaderPromise(entry);
  if (header.fileName.equals(entry.fileNameRaw) && header.compressionMethod === entry.compressionMethod) return;
  const names = [header.fileName, entry.fileNameRaw].map((name) =>
    JSON.stringify(name.toString('latin1').slice(0, 80)),
  );
  throw new Error(`its own header says ${names[0]}, the directory says ${names[1]}`);
}

/** Counts what the members that are read claim together. */
export class Admission {
  #inflated = 0;

  constructor(
    private readonly path: string,
    private readonly limits: Limits,
    private readonly limit: 'maxArrayBytes' | 'maxFileBytes',
  ) {}

  /**
   * Before anything is allocated or written.
   *
   * @param place what errors name, besides the archive
   * @throws UnsupportedError for an encrypted member or another method than deflate, LimitError, FormatError for a zip bomb
   */
  admit(entry: Entry, name: string, place: { path: string; location: string }): void {
    const where = `${this.path}: ${name}`;
    if (entry.isEncrypted())
      throw new UnsupportedError('encrypted zip', `${where} is encrypted: such archives are not read`);
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
      const message = `${where} must be stored or deflated, found compression method ${entry.compressionMethod}`;
      throw new UnsupportedError('zip compression', message);
    }
    const { uncompressedSize: size, compressedSize } = entry;
    this.#inflated += size;
    const most = this.limits[this.limit];
    if (this.#inflated > most) throw new LimitError(this.limit, most, this.#inflated, where);
    if (size > suspiciousBytes && size > suspiciousRatio * compressedSize) {
      const message = `${where} claims to inflate ${compressedSize} bytes to ${size}, more than ${suspiciousRatio} times: it is refused as a zip bomb`;
      throw new FormatError(message, place);
    }
  }
}
