/**
 * .npz archives: a zip of .npy members, read entry by entry through yauzl. Nothing that the directory claims is trusted:
 * entries may not repeat, overlap or be encrypted, what really inflates is capped, and the CRC must fit.
 */
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { FormatError, LimitError, NotFoundError, SpikeLabError, UnsupportedError } from '../errors.js';
import type { Limits } from '../options.js';
import { type NpyArray, type NpyHeader, npyHeader, npyPickle, parseNpy, parseNpyTexts } from './npy.js';
import { maxHeaderBytes, parseNpyHeader } from './npy-header.js';
import { checkZipEnd } from './zip-end.js';

export interface NpzOptions {
  limits: Limits;
  signal?: AbortSignal;
  /** Called with the compressed bytes of each member that is read. */
  onBytes?: (bytes: number) => void;
}

const maxEntries = 100_000;
/** Deflate reaches 1032:1 on zeros; arrays of spikes and templates stay far below this. */
const suspiciousRatio = 300;
const suspiciousBytes = 2 ** 26;

export class NpzFile {
  readonly path: string;
  readonly #zip: ZipFile;
  readonly #entries: Map<string, Entry>;
  readonly #options: NpzOptions;
  #inflated = 0;

  private constructor(path: string, zip: ZipFile, entries: Map<string, Entry>, options: NpzOptions) {
    this.path = path;
    this.#zip = zip;
    this.#entries = entries;
    this.#options = options;
  }

  /** @throws FormatError where the file is no sound zip */
  static async open(path: string, options: NpzOptions): Promise<NpzFile> {
    let zip: ZipFile;
    try {
      await checkZipEnd(path);
      zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    } catch (cause) {
      throw zipError(path, cause);
    }
    try {
      return new NpzFile(path, zip, await directory(zip, path, options), options);
    } catch (error) {
      zip.close();
      throw error instanceof SpikeLabError || options.signal?.aborted ? error : zipError(path, error);
    }
  }

  /** Names of the arrays, without .npy. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  async header(name: string): Promise<NpyHeader> {
    return npyHeader(await this.bytes(name), this.#place(name));
  }

  async numbers(name: string): Promise<NpyArray> {
    return parseNpy(await this.bytes(name), this.#place(name));
  }

  async texts(name: string): Promise<string[]> {
    return parseNpyTexts(await this.bytes(name), this.#place(name));
  }

  /** The pickle of an object array, for the safe reader. */
  async pickle(name: string): Promise<{ header: NpyHeader; pickle: Uint8Array }> {
    return npyPickle(await this.bytes(name), this.#place(name));
  }

  /**
   * The whole .npy member, inflated and checked.
   *
   * @throws NotFoundError with the names there are, FormatError, LimitError, UnsupportedError
   */
  async bytes(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) {
      const available = this.names;
      const message = `${this.path}: an array named ${name} was expected, found ${available.join(', ') || 'none'}`;
      throw new NotFoundError(message, { path: this.path, location: name, available });
    }
    this.#admit(entry, name);
    this.#options.signal?.throwIfAborted();
    try {
      await checkLocalHeader(this.#zip, entry);
      const stream = await this.#zip.openReadStreamPromise(entry);
      const bytes = await collect(stream, entry, this.#place(name), this.#options.signal);
      if (crc32(bytes) !== entry.crc32) throw new Error('its CRC-32 does not fit its contents');
      this.#options.onBytes?.(entry.compressedSize);
      return bytes;
    } catch (error) {
      if (error instanceof SpikeLabError || this.#options.signal?.aborted) throw error;
      throw zipError(this.path, error, name);
    }
  }

  close(): void {
    this.#zip.close();
  }

  #place(name: string) {
    return { path: this.path, location: `${name}.npy` };
  }

  /** Before anything is allocated: the method is known, and what the entry claims fits the budget of the load. */
  #admit(entry: Entry, name: string): void {
    const where = `${this.path}: ${name}`;
    if (entry.isEncrypted())
      throw new UnsupportedError('encrypted zip', `${where} is encrypted: such archives are not read`);
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
      const message = `${where} must be stored or deflated, found compression method ${entry.compressionMethod}`;
      throw new UnsupportedError('zip compression', message);
    }
    const { uncompressedSize: size, compressedSize } = entry;
    this.#inflated += size;
    const allowed = this.#options.limits.maxArrayBytes;
    if (this.#inflated > allowed) throw new LimitError('maxArrayBytes', allowed, this.#inflated, where);
    if (size > suspiciousBytes && size > suspiciousRatio * compressedSize) {
      const message = `${where} claims to inflate ${compressedSize} bytes to ${size}, more than ${suspiciousRatio} times: it is refused as a zip bomb`;
      throw new FormatError(message, this.#place(name));
    }
  }
}

async function directory(zip: ZipFile, path: string, { signal }: NpzOptions): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const spans: [start: number, end: number, name: string][] = [];
  for await (const entry of zip.eachEntry()) {
    signal?.throwIfAborted();
    const name = entry.fileName.replace(/\.npy$/, '');
    const twice = `${path}: each array must appear once, found ${name} twice`;
    if (entries.has(name)) throw new FormatError(twice, { path, location: name });
    if (entries.size >= maxEntries) throw new FormatError(`${path}: more than ${maxEntries} members`, { path });
    entries.set(name, entry);
    const start = entry.relativeOffsetOfLocalHeader;
    spans.push([start, start + 30 + entry.fileNameLength + entry.compressedSize, name]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < spans.length; i++) {
    if (spans[i][0] < spans[i - 1][1]) {
      const message = `${path}: the members ${spans[i - 1][2]} and ${spans[i][2]} overlap`;
      throw new FormatError(message, { path, location: spans[i][2] });
    }
  }
  return entries;
}

/** Before its data an entry repeats its name: another one there means that two readers would see two archives. */
async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const header = await zip.readLocalFileHeaderPromise(entry);
  if (header.fileName.equals(entry.fileNameRaw) && header.compressionMethod === entry.compressionMethod) return;
  const names = [header.fileName, entry.fileNameRaw].map((name) =>
    JSON.stringify(name.toString('latin1').slice(0, 80)),
  );
  throw new Error(`its own header says ${names[0]}, the directory says ${names[1]}`);
}

/** The entry's bytes. The buffer is made only once the start has shown a .npy header that fits the claimed size. */
async function collect(
  stream: Readable,
  entry: Entry,
  place: { path: string; location: string },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const size = entry.uncompressedSize;
  let bytes = new Uint8Array(Math.min(size, maxHeaderBytes));
  let filled = 0;
  const grow = () => {
    parseNpyHeader(bytes, size, place);
    const whole = new Uint8Array(size);
    whole.set(bytes);
    bytes = whole;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    for (let at = 0; at < chunk.length; ) {
      if (filled === bytes.length && filled < size) grow();
      const count = Math.min(chunk.length - at, bytes.length - filled);
      if (count === 0)
        throw new FormatError(`${place.path}: ${place.location} inflates to more than its ${size} bytes`, place);
      bytes.set(chunk.subarray(at, at + count), filled);
      filled += count;
      at += count;
    }
  }
  if (filled !== size)
    throw new FormatError(`${place.path}: ${place.location} must hold ${size} bytes, found ${filled}`, place);
  return bytes;
}

function zipError(path: string, cause: unknown, name?: string): FormatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const where = name === undefined ? '' : `${name}: `;
  return new FormatError(
    `${path} must be a sound .npz archive: ${where}${reason}`,
    { path, location: name },
    { cause },
  );
}
