/**
 * Zarr directories (v2 and v3) by the optional library zarrita: attributes, numbers and texts by path. Reads stay inside the
 * folder, and nothing larger than the limits is decoded. Object arrays of pickles are never touched.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type * as Zarrita from 'zarrita';
import type { NdArray, NumericArray } from '../arrays.js';
import { isNumericArray, sizeOf } from '../arrays.js';
import { FormatError, LimitError, NotFoundError, UnsupportedError } from '../errors.js';
import type { Limits } from '../options.js';

/** What a Zarr array says of itself. `dtype` in zarrita's words: int64, float32, v2:U8, bool … */
export interface ZarrArrayInfo {
  shape: number[];
  chunks: number[];
  dtype: string;
  attributes: Record<string, unknown>;
}

export interface ZarrOptions {
  limits: Limits;
  signal?: AbortSignal;
  /** Called with the bytes of each file that is read. */
  onBytes?: (bytes: number) => void;
}

type Zarr = typeof Zarrita;
type AnyArray = Zarrita.Array<Zarrita.DataType>;

const metadataFiles = ['.zgroup', '.zarray', 'zarr.json'];

/** True where the folder holds Zarr metadata at its root. */
export async function isZarrFolder(folder: string): Promise<boolean> {
  const found = await Promise.all(metadataFiles.map((name) => stat(join(folder, name)).catch(() => null)));
  return found.some((file) => file?.isFile());
}

export class ZarrFolder {
  readonly path: string;
  readonly #zarr: Zarr;
  readonly #root: Zarrita.Location<Zarrita.AsyncReadable>;
  readonly #options: ZarrOptions;
  #decodedBytes = 0;

  private constructor(path: string, zarr: Zarr, store: Zarrita.AsyncReadable, options: ZarrOptions) {
    this.path = path;
    this.#zarr = zarr;
    this.#root = zarr.root(store);
    this.#options = options;
  }

  /** @throws NotFoundError, FormatError where the folder is no Zarr, UnsupportedError without zarrita */
  static async open(folder: string, options: ZarrOptions): Promise<ZarrFolder> {
    const path = await realpath(folder).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`No folder can be read at ${folder} (${cause.code})`, { path: folder }, { cause });
    });
    if (!(await isZarrFolder(path))) {
      throw new FormatError(`A Zarr folder was expected at ${folder}, found none of ${metadataFiles.join(', ')}`, {
        path: folder,
      });
    }
    return new ZarrFolder(path, await importZarrita(), folderStore(path, options), options);
  }

  async has(location: string): Promise<boolean> {
    return isZarrFolder(join(this.path, ...parts(location)));
  }

  async isArray(location: string): Promise<boolean> {
    const folder = join(this.path, ...parts(location));
    if (await stat(join(folder, '.zarray')).catch(() => null)) return true;
    if (!(await stat(join(folder, 'zarr.json')).catch(() => null))) return false;
    return (await this.#guard(location, () => this.#zarr.open(this.#at(location)))) instanceof this.#zarr.Array;
  }

  /** Names of the groups and arrays directly below a group. */
  async children(location = ''): Promise<string[]> {
    const folder = join(this.path, ...parts(location));
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const zarr = await Promise.all(names.map((name) => isZarrFolder(join(folder, name))));
    return names.filter((_, i) => zarr[i]).sort();
  }

  async attributes(location = ''): Promise<Record<string, unknown>> {
    const node = await this.#guard(location, () => this.#zarr.open(this.#at(location)));
    return node.attrs;
  }

  async describe(location: string): Promise<ZarrArrayInfo> {
    const array = await this.#open(location);
    return { shape: [...array.shape], chunks: [...array.chunks], dtype: array.dtype, attributes: array.attrs };
  }

  /** Numbers of an array in C order; `rows` selects along the first axis. Booleans come as uint8. */
  async readNumbers(location: string, rows?: readonly [start: number, end: number]): Promise<NdArray> {
    const { data, shape } = await this.#read(location, rows);
    if (isNumericArray(data)) return { data: data as NumericArray, shape };
    const values = Array.from(data as Iterable<unknown>);
    if (values.every((value) => typeof value === 'boolean')) return { data: Uint8Array.from(values, Number), shape };
    throw new FormatError(`${this.path}: ${location} must hold numbers`, { path: this.path, location });
  }

  /** Texts of an array: fixed width ('<U8') or of variable length. */
  async readTexts(location: string): Promise<string[]> {
    const { data } = await this.#read(location);
    const values = isNumericArray(data) ? [data] : Array.from(data as Iterable<unknown>);
    if (!values.every((value): value is string => typeof value === 'string')) {
      throw new FormatError(`${this.path}: ${location} must hold texts`, { path: this.path, location });
    }
    return values;
  }

  async #read(location: string, rows?: readonly [number, number]): Promise<{ data: unknown; shape: number[] }> {
    const array = await this.#open(location);
    const shape: number[] = [...array.shape];
    if (rows) shape[0] = rows[1] - rows[0];
    this.#budget(location, sizeOf(shape), array);
    const selection = rows && array.shape.map((_, axis) => (axis === 0 ? this.#zarr.slice(rows[0], rows[1]) : null));
    return this.#guard(location, async () => {
      const chunk = await this.#zarr.get(array, selection, { signal: this.#options.signal } as never);
      // an array of no dimensions comes as its one value
      if (!chunk || typeof chunk !== 'object' || !('data' in chunk)) return { data: oneOf(chunk), shape: [] };
      return { data: chunk.data as unknown, shape: [...chunk.shape] };
    });
  }

  /** Counted before anything is decoded, chunk size too: a chunk's declared size is what its buffer would take. */
  #budget(location: string, count: number, array: AnyArray): void {
    const allowed = this.#options.limits.maxArrayBytes;
    const itemBytes = bytesOf(array.dtype);
    this.#decodedBytes += count * itemBytes;
    const chunkBytes = sizeOf(array.chunks) * itemBytes;
    const found = Math.max(this.#decodedBytes, chunkBytes);
    if (!(found <= allowed)) throw new LimitError('maxArrayBytes', allowed, found, `${this.path}: ${location}`);
  }

  async #open(location: string): Promise<AnyArray> {
    if (!(await this.has(location))) {
      const parent = parts(location).slice(0, -1).join('/');
      const available = await this.children(parent);
      const message = `${this.path}: no array ${location}; there is ${available.join(', ') || 'nothing'} in ${parent || 'its root'}`;
      throw new NotFoundError(message, { path: this.path, location, available });
    }
    return this.#guard(location, () => this.#zarr.open(this.#at(location), { kind: 'array' }));
  }

  #at(location: string) {
    return location ? this.#root.resolve(parts(location).join('/')) : this.#root;
  }

  /** zarrita's errors with the place, as ours. */
  async #guard<T>(location: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      this.#options.signal?.throwIfAborted();
      if (!(cause instanceof Error) || 'code' in cause) throw cause;
      const message = `${this.path}: ${location || 'the root'} cannot be read as Zarr: ${cause.message}`;
      const codec = /codec/i.test(`${cause.name} ${cause.message}`);
      if (codec) throw new UnsupportedError('zarr codec', message, { cause });
      throw new FormatError(message, { path: this.path, location }, { cause });
    }
  }
}

const parts = (location: string) => location.split('/').filter(Boolean);
const oneOf = (value: unknown) =>
  typeof value === 'number' ? Float64Array.of(value) : typeof value === 'bigint' ? BigInt64Array.of(value) : [value];

function bytesOf(dtype: string): number {
  const width = /^v2:([US])(\d+)$/.exec(dtype);
  if (width) return Number(width[2]) * (width[1] === 'U' ? 4 : 1);
  const bits = /(\d+)$/.exec(dtype);
  return bits ? Number(bits[1]) / 8 : dtype === 'bool' ? 1 : 16;
}

/** A store over one folder: only regular files whose real path stays inside. */
function folderStore(root: string, { limits, signal, onBytes }: ZarrOptions): Zarrita.AsyncReadable {
  return {
    async get(key: string) {
      signal?.throwIfAborted();
      const path = await realpath(join(root, key)).catch(() => null);
      if (path === null) return undefined;
      if (!path.startsWith(root + sep)) {
        throw new UnsupportedError(
          'link out of the folder',
          `${root}: ${key} leads out of the folder; such links are not followed`,
        );
      }
      const found = await stat(path);
      if (!found.isFile()) return undefined;
      if (found.size > limits.maxFileBytes) throw new LimitError('maxFileBytes', limits.maxFileBytes, found.size, path);
      const bytes = await readFile(path);
      onBytes?.(bytes.length);
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
}

async function importZarrita(): Promise<Zarr> {
  try {
    return await import('zarrita');
  } catch (cause) {
    const message =
      'Reading Zarr folders needs the optional package zarrita, which is not installed: npm install zarrita';
    throw new UnsupportedError('zarr', message, { cause });
  }
}
