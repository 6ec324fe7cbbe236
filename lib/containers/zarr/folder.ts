/**
 * Zarr directories (v2 and v3): attributes, numbers and texts by path. Reads stay inside the folder, nothing larger than the
 * limits is decoded, and a chunk that is not what its array's metadata say is an error. Object arrays of pickles are never opened.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { NdArray, NumericArray } from '../../core/arrays.js';
import { isNumericArray, sizeOf } from '../../core/arrays.js';
import { FormatError, LimitError, NotFoundError } from '../../core/errors.js';
import { Slices } from '../../core/slices.js';
import { stat } from '../../io/stat.js';
import { type JsonObject, jsonBytes, parseJson } from '../text/json.js';
import { ChunkReader } from './chunks.js';
import type { ZarrValues } from './fill.js';
import { parseV2, parseV3, type ZarrArrayMeta } from './metadata.js';
import { LocalZarrStore, type StoreOptions, type ZarrStore } from './store.js';

/** What a Zarr array says of itself. `dtype` is int64, float32, v2:U8, v2:S8, v2:object, string, bool … */
export interface ZarrArrayInfo {
  shape: number[];
  chunks: number[];
  dtype: string;
  attributes: Record<string, unknown>;
}

export interface ZarrOptions extends StoreOptions {
  /** `limits.maxArrayBytes` bounds all that is read together (the default), or each read: of recordings, which are read in parts. */
  budget?: 'all' | 'read';
}

interface ZarrNode {
  kind: 'array' | 'group';
  attributes: Record<string, unknown>;
  array: ZarrArrayMeta | null;
}

/** Bytes that an element without a fixed size is counted as. */
const textBytes = 16;
const metadataFiles = ['.zgroup', '.zarray', 'zarr.json'];

/** True where the folder holds Zarr metadata at its root. */
export async function isZarrFolder(folder: string): Promise<boolean> {
  const found = await Promise.all(metadataFiles.map((name) => stat(join(folder, name)).catch(() => null)));
  return found.some((file) => file?.isFile());
}

export class ZarrFolder {
  readonly path: string;
  readonly #store: ZarrStore;
  readonly #options: ZarrOptions;
  readonly #nodes = new Map<string, ZarrNode>();
  #decodedBytes = 0;

  private constructor(store: ZarrStore, options: ZarrOptions) {
    this.path = store.root;
    this.#store = store;
    this.#options = options;
  }

  /** A folder that lies elsewhere. @throws FormatError where it is no Zarr */
  static async in(store: ZarrStore, options: ZarrOptions): Promise<ZarrFolder> {
    const folder = new ZarrFolder(store, options);
    if (await folder.has('')) return folder;
    throw notZarr(store.root);
  }

  /** @throws NotFoundError, FormatError where the folder is no Zarr */
  static async open(folder: string, options: ZarrOptions): Promise<ZarrFolder> {
    const path = await realpath(folder).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`No folder can be read at ${folder} (${cause.code})`, { path: folder }, { cause });
    });
    if (!(await isZarrFolder(path))) throw notZarr(folder);
    return new ZarrFolder(new LocalZarrStore(path, options), options);
  }

  async has(location: string): Promise<boolean> {
    const found = await Promise.all(metadataFiles.map((name) => this.#store.has(keyOf(location, name))));
    return found.includes(true);
  }

  async isArray(location: string): Promise<boolean> {
    if (await this.#store.has(keyOf(location, '.zarray'))) return true;
    if (!(await this.#store.has(keyOf(location, 'zarr.json')))) return false;
    return (await this.#node(location)).kind === 'array';
  }

  /** Names of the groups and arrays directly below a group. */
  async children(location = ''): Promise<string[]> {
    const names = await this.#store.folders(parts(location).join('/'));
    const zarr = await Promise.all(names.map((name) => this.has([...parts(location), name].join('/'))));
    return names.filter((_, i) => zarr[i]).sort();
  }

  async attributes(location = ''): Promise<Record<string, unknown>> {
    return (await this.#node(location)).attributes;
  }

  async describe(location: string): Promise<ZarrArrayInfo> {
    const { attributes, array } = await this.#array(location);
    return { shape: [...array.shape], chunks: [...array.chunks], dtype: array.type.name, attributes };
  }

  /** Numbers of an array in C order; `rows` selects along the first axis. Booleans come as uint8, float16 as float32. */
  async readNumbers(location: string, rows?: readonly [start: number, end: number]): Promise<NdArray> {
    const { values, shape } = await this.#read(location, rows);
    if (isNumericArray(values)) return { data: values as NumericArray, shape };
    throw new FormatError(`${this.path}: ${location} must hold numbers`, { path: this.path, location });
  }

  /** Texts of an array: fixed width ('<U8') or of variable length. */
  async readTexts(location: string): Promise<string[]> {
    const { values } = await this.#read(location);
    if (!isNumericArray(values)) return values as string[];
    throw new FormatError(`${this.path}: ${location} must hold texts`, { path: this.path, location });
  }

  async #read(location: string, rows?: readonly [number, number]): Promise<{ values: ZarrValues; shape: number[] }> {
    const { array } = await this.#array(location);
    const shape = [...array.shape];
    const [start, end] = rows ?? [0, shape[0] ?? 1];
    if (rows) {
      const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
      const inside = whole && shape.length > 0 && start >= 0 && start <= end && end <= shape[0];
      if (!inside)
        throw this.#bad(location, `rows [${rows.join(', ')}) of an array of shape (${shape.join(', ')}) are asked for`);
      shape[0] = end - start;
    }
    this.#budget(location, sizeOf(shape), array);
    const { signal, limits } = this.#options;
    const context = { slices: new Slices(signal), mostBytes: limits.maxArrayBytes };
    const reader = new ChunkReader(
      array,
      { path: this.path, location: parts(location).join('/') },
      this.#store,
      context,
    );
    return { values: await reader.read(start, end), shape };
  }

  /** Counted before anything is decoded, chunk size too: a chunk's declared size is what its buffer would take. */
  #budget(location: string, count: number, { chunks, type }: ZarrArrayMeta): void {
    const allowed = this.#options.limits.maxArrayBytes;
    const itemBytes = type.size || textBytes;
    const before = this.#options.budget === 'read' ? 0 : this.#decodedBytes;
    this.#decodedBytes = before + count * itemBytes;
    const found = Math.max(this.#decodedBytes, sizeOf(chunks) * itemBytes);
    if (!(found <= allowed)) throw new LimitError('maxArrayBytes', allowed, found, `${this.path}: ${location}`);
  }

  async #array(location: string): Promise<ZarrNode & { array: ZarrArrayMeta }> {
    if (!(await this.has(location))) {
      const parent = parts(location).slice(0, -1).join('/');
      const available = await this.children(parent);
      const message = `${this.path}: no array ${location}; there is ${available.join(', ') || 'nothing'} in ${parent || 'its root'}`;
      throw new NotFoundError(message, { path: this.path, location, available });
    }
    const node = await this.#node(location);
    if (node.array) return node as ZarrNode & { array: ZarrArrayMeta };
    throw this.#bad(location, 'an array was expected, found a group');
  }

  async #node(location: string): Promise<ZarrNode> {
    const at = parts(location).join('/');
    const node = this.#nodes.get(at) ?? (await this.#parse(at));
    this.#nodes.set(at, node);
    return node;
  }

  async #parse(location: string): Promise<ZarrNode> {
    const place = { path: this.path, location };
    const v3 = await this.#json(location, 'zarr.json');
    if (v3) {
      const attributes = objectOr(v3.attributes);
      if (v3.zarr_format !== 3)
        throw this.#bad(location, `zarr_format 3 was expected, found ${JSON.stringify(v3.zarr_format)}`);
      if (v3.node_type === 'array') return { kind: 'array', attributes, array: parseV3(v3, place) };
      if (v3.node_type === 'group') return { kind: 'group', attributes, array: null };
      throw this.#bad(location, `node_type array or group was expected, found ${JSON.stringify(v3.node_type)}`);
    }
    const v2 = await this.#json(location, '.zarray');
    const attributes = objectOr(await this.#json(location, '.zattrs'));
    if (v2) return { kind: 'array', attributes, array: parseV2(v2, place) };
    if (await this.#json(location, '.zgroup')) return { kind: 'group', attributes, array: null };
    const message = `${this.path}: there is no Zarr group or array ${location || 'at its root'}`;
    throw new NotFoundError(message, { path: this.path, location });
  }

  async #json(location: string, name: string): Promise<JsonObject | null> {
    const key = keyOf(location, name);
    const bytes = await this.#store.get(key, undefined, jsonBytes(this.#options.limits));
    if (bytes === undefined) return null;
    return parseJson(bytes, join(this.path, key), this.#options.limits, this.#options.signal);
  }

  #bad(location: string, what: string): FormatError {
    const message = `${this.path}: ${location || 'the root'} cannot be read as Zarr: ${what}`;
    return new FormatError(message, { path: this.path, location });
  }
}

function notZarr(path: string): FormatError {
  return new FormatError(`A Zarr folder was expected at ${path}, found none of ${metadataFiles.join(', ')}`, { path });
}

const keyOf = (location: string, name: string) => [...parts(location), name].join('/');
const parts = (location: string) => location.split('/').filter(Boolean);
const objectOr = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
