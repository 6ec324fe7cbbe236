/**
 * .npz archives: a zip of .npy members, read entry by entry through yauzl. Nothing that the directory claims is trusted:
 * entries may not repeat, overlap or be encrypted, what really inflates is capped, and the CRC must fit.
 */

import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { FormatError, NotFoundError, SpikeLabError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import { type NpyArray, type NpyHeader, npyHeader, npyPickle, parseNpy, parseNpyTexts } from '../npy/file.js';
import { maxHeaderBytes, parseNpyHeader } from '../npy/header.js';
import { checkZipEnd } from './end.js';
import { Admission, checkLocalHeader, entriesOf } from './entries.js';

export interface NpzOptions {
  limits: Limits;
  signal?: AbortSignal;
  /** Called with the compressed bytes of each member that is read. */
  onBytes?: (bytes: number) => void;
}

const naming = { noun: 'array', nameOf: (fileName: string) => fileName.replace(/\.npy$/, '') };

export class NpzFile {
  readonly path: string;
  readonly #zip: ZipFile;
  readonly #entries: Map<string, Entry>;
  readonly #options: NpzOptions;
  readonly #admission: Admission;

  private constructor(path: string, zip: ZipFile, entries: Map<string, Entry>, options: NpzOptions) {
    this.path = path;
    this.#zip = zip;
    this.#entries = entries;
    this.#options = options;
    this.#admission = new Admission(path, options.limits, 'maxArrayBytes');
  }

  /** @throws FormatError where the file is no sound zip */
  static async open(path: string, options: NpzOptions): Promise<NpzFile> {
    let zip: ZipFile;
    try {
      await checkZipEnd(path);
      const { openPromise } = await import('yauzl');
      zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    } catch (cause) {
      throw zipError(path, cause);
    }
    try {
      return new NpzFile(path, zip, await entriesOf(zip, path, { ...naming, signal: options.signal }), options);
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

  /** The same; null where the array has no elements, whatever their type. */
  async pickleUnlessEmpty(name: string): Promise<Uint8Array | null> {
    const bytes = await this.bytes(name);
    const header = npyHeader(bytes, this.#place(name));
    if (header.count === 0 && header.type.kind !== 'object') return null;
    return npyPickle(bytes, this.#place(name)).pickle;
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
    this.#admission.admit(entry, name, this.#place(name));
    this.#options.signal?.throwIfAborted();
    try {
      await checkLocalHeader(this.#zip, entry);
      const stream = await this.#zip.openReadStreamPromise(entry);
      const { bytes, crc } = await collect(stream, entry, this.#place(name), this.#options.signal);
      if (crc !== entry.crc32) throw new Error('its CRC-32 does not fit its contents');
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
}

/** The entry's bytes. The buffer is made only once the start has shown a .npy header that fits the claimed size. */
async function collect(
  stream: Readable,
  entry: Entry,
  place: { path: string; location: string },
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; crc: number }> {
  const size = entry.uncompressedSize;
  let bytes = new Uint8Array(Math.min(size, maxHeaderBytes));
  let filled = 0;
  // chunk by chunk: the whole of a large array would hold the event loop
  let crc = 0;
  const grow = () => {
    parseNpyHeader(bytes, size, place);
    const whole = new Uint8Array(size);
    whole.set(bytes);
    bytes = whole;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    crc = crc32(chunk, crc);
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
  return { bytes, crc };
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
