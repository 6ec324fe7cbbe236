/** Chunks inside shards (codec sharding_indexed): a file of chunks with an index of their places. */
import { sizeOf } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { crc32c } from './crc32c.js';
import type { MetaPlace, ShardLayout, ZarrArrayMeta } from './metadata.js';
import type { ZarrStore } from './store.js';

/** Indexes that are kept: neighbouring chunks ask for the same one. */
const keptIndexes = 16;
const empty = 2n ** 64n - 1n;

export class ShardReader {
  readonly #meta: ZarrArrayMeta;
  readonly #layout: ShardLayout;
  readonly #place: MetaPlace;
  readonly #store: ZarrStore;
  readonly #indexes = new Map<string, BigUint64Array | null>();

  constructor(meta: ZarrArrayMeta, layout: ShardLayout, place: MetaPlace, store: ZarrStore) {
    this.#meta = meta;
    this.#layout = layout;
    this.#place = place;
    this.#store = store;
  }

  /** The stored bytes of a chunk; undefined where it, or its shard, is not stored. */
  async get(at: readonly number[]): Promise<Uint8Array | undefined> {
    const counts = this.#layout.shape.map((n, axis) => n / this.#meta.chunks[axis]);
    const key = `${this.#place.location}/${this.#meta.key(at.map((n, axis) => Math.floor(n / counts[axis])))}`;
    const index = await this.#index(key, sizeOf(counts));
    if (index === null) return undefined;
    const inside = at.reduce((sum, n, axis) => sum * counts[axis] + (n % counts[axis]), 0);
    const [start, length] = [index[2 * inside], index[2 * inside + 1]];
    if (start === empty && length === empty) return undefined;
    return this.#store.get(key, { start: Number(start), length: Number(length) });
  }

  async #index(key: string, count: number): Promise<BigUint64Array | null> {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const { indexAtEnd, indexChecksum } = this.#layout;
    const length = 16 * count + (indexChecksum ? 4 : 0);
    const stored = await this.#store.get(key, { start: indexAtEnd ? -length : 0, length });
    const index = stored === undefined ? null : this.#checked(stored, count, key);
    if (this.#indexes.size >= keptIndexes) this.#indexes.clear();
    this.#indexes.set(key, index);
    return index;
  }

  #checked(stored: Uint8Array, count: number, key: string): BigUint64Array {
    const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
    if (this.#layout.indexChecksum && crc32c(stored.subarray(0, 16 * count)) !== view.getUint32(16 * count, true)) {
      const { path, location } = this.#place;
      throw new FormatError(
        `${path}: ${location} cannot be read as Zarr: the index of the shard ${key} does not match its checksum`,
        { path, location },
      );
    }
    return BigUint64Array.from({ length: 2 * count }, (_, i) => view.getBigUint64(8 * i, true));
  }
}
