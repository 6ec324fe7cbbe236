/** Chunks of one array: fetched, decoded and put where they belong. */

import { cStrides, sizeOf } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { allocate, decodeElements, decodeTexts } from '../npy/elements.js';
import { BadChunk } from './bad-chunk.js';
import { fillArray, type ZarrValues } from './fill.js';
import type { MetaPlace, Pipeline, ZarrArrayMeta } from './metadata.js';
import { copyRegion, type Region } from './region.js';
import { ShardReader } from './shards.js';
import type { DecodeContext } from './step.js';
import type { ZarrStore } from './store.js';
import { decodeJson, decodeVlen } from './vlen.js';

/** Up to this many chunks are looked for by name; of more, the folder is listed first. */
const chunksByName = 1000;
/** Chunks that are asked for in one read where nobody lists them. */
const mostAsked = 1_000_000;

export class ChunkReader {
  readonly #meta: ZarrArrayMeta;
  readonly #pipeline: Pipeline;
  readonly #place: MetaPlace;
  readonly #store: ZarrStore;
  readonly #context: DecodeContext;
  readonly #shards: ShardReader | null;

  constructor(meta: ZarrArrayMeta, place: MetaPlace, store: ZarrStore, context: DecodeContext) {
    this.#meta = meta;
    this.#pipeline = meta.pipeline();
    this.#place = place;
    this.#store = store;
    this.#context = context;
    this.#shards = meta.shard ? new ShardReader(meta, meta.shard, place, store) : null;
  }

  /** The elements from `start` to `end` along the first axis (all of an array without axes), in C order. */
  async read(start: number, end: number): Promise<ZarrValues> {
    const { shape, chunks, type, fill } = this.#meta;
    const low = shape.map((_, axis) => (axis === 0 ? start : 0));
    const high = shape.map((n, axis) => (axis === 0 ? end : n));
    const target: Region = { low, shape: high.map((n, axis) => n - low[axis]), strides: [] };
    target.strides = cStrides(target.shape);
    const count = sizeOf(target.shape);
    const out = this.#empty(count);
    fillArray(out, type, fill, this.#place);
    if (count === 0) return out;
    const first = low.map((n, axis) => Math.floor(n / chunks[axis]));
    const last = high.map((n, axis) => Math.floor((n - 1) / chunks[axis]));
    for await (const { at, stored } of this.#fetched(this.#stored(first, last))) {
      await this.#context.slices.turn();
      if (stored === undefined) continue;
      const source: Region = { low: at.map((n, axis) => n * chunks[axis]), shape: chunks, strides: this.#strides() };
      copyRegion(await this.#decode(stored, at), source, out, target);
    }
    return out;
  }

  #empty(count: number): ZarrValues {
    const { npy, kind } = this.#meta.type;
    if (kind === 'text' || kind === 'object') return new Array<string>(count);
    if (!npy) throw this.#bad(`numbers or texts were expected, found ${this.#meta.type.name}`);
    // float16 is read as float32
    return npy.letter === 'f' && npy.size === 2 ? new Float32Array(count) : allocate(npy, count);
  }

  /** Chunks with their bytes, in order; over a network some come while others are decoded. */
  async *#fetched(places: AsyncIterable<number[]>): AsyncGenerator<{ at: number[]; stored: Uint8Array | undefined }> {
    const coming: { at: number[]; bytes: Promise<Uint8Array | undefined> }[] = [];
    for await (const at of places) {
      const bytes = this.#fetch(at);
      // whoever takes it gets the error; nobody does once another has failed
      bytes.catch(() => {});
      coming.push({ at, bytes });
      if (coming.length < this.#store.connections) continue;
      const next = coming.shift() as (typeof coming)[number];
      yield { at: next.at, stored: await next.bytes };
    }
    for (const { at, bytes } of coming) yield { at, stored: await bytes };
  }

  /** Coordinates from `first` to `last` of chunks that may be stored. */
  async *#stored(first: number[], last: number[]): AsyncGenerator<number[]> {
    const count = sizeOf(first.map((n, axis) => last[axis] - n + 1));
    const files = count > chunksByName ? await this.#files() : undefined;
    if (!files) {
      if (count > mostAsked) throw this.#bad(`at most ${mostAsked} chunks can be asked for one by one, found ${count}`);
      yield* grid(first, last);
      return;
    }
    // chunks in a file, along each axis
    const inFile = this.#meta.chunks.map((n, axis) => (this.#meta.shard ? this.#meta.shard.shape[axis] / n : 1));
    for (const file of files) {
      const low = file.map((n, axis) => Math.max(n * inFile[axis], first[axis]));
      const high = file.map((n, axis) => Math.min((n + 1) * inFile[axis] - 1, last[axis]));
      if (low.every((n, axis) => n <= high[axis])) yield* grid(low, high);
    }
  }

  /** Coordinates of the files that there are: they cost as much as there are, whatever a shape promises. */
  async #files(): Promise<number[][] | undefined> {
    const found: number[][] = [];
    const names = await this.#store.files(this.#place.location);
    if (!names) return undefined;
    for (const name of names) {
      const at = name
        .replace(/^c[/.]/, '')
        .split(/[./]/)
        .map(Number);
      if (at.length === this.#meta.shape.length && this.#meta.key(at) === name) found.push(at);
    }
    return found;
  }

  #fetch(at: number[]): Promise<Uint8Array | undefined> {
    if (this.#shards) return this.#shards.get(at);
    return this.#store.get(`${this.#place.location}/${this.#meta.key(at)}`);
  }

  /** Strides of a decoded chunk for the array's axes. */
  #strides(): number[] {
    const { axes } = this.#pipeline;
    const stored = cStrides(axes.map((axis) => this.#meta.chunks[axis]));
    const out = new Array<number>(axes.length);
    axes.forEach((axis, i) => {
      out[axis] = stored[i];
    });
    return out;
  }

  async #decode(stored: Uint8Array, at: number[]): Promise<ZarrValues> {
    try {
      return await this.#decodeOrThrow(stored);
    } catch (error) {
      if (!(error instanceof BadChunk)) throw error;
      throw this.#bad(`chunk (${at.join(', ')}): ${error.message}`, error);
    }
  }

  async #decodeOrThrow(stored: Uint8Array): Promise<ZarrValues> {
    const { type, chunks } = this.#meta;
    const { vlen, steps } = this.#pipeline;
    const count = sizeOf(chunks);
    const sizes: (number | null)[] = [vlen ? null : count * type.size];
    for (const step of steps) sizes.push(step.stored(sizes[sizes.length - 1]));
    checkSize(stored, sizes[steps.length]);
    let bytes = stored;
    for (let i = steps.length - 1; i >= 0; i--) {
      bytes = await steps[i].decode(bytes, sizes[i], this.#context);
      checkSize(bytes, sizes[i]);
    }
    if (vlen === 'json2') return decodeJson(bytes, count);
    if (vlen) return decodeVlen(bytes, count);
    return this.#elements(bytes, count);
  }

  #elements(bytes: Uint8Array, count: number): ZarrValues {
    const { npy, kind } = this.#meta.type;
    if (!npy) throw new BadChunk(`elements that are read were expected, found ${this.#meta.type.name}`);
    if (kind !== 'text') return decodeElements(bytes, npy, count);
    const header = { type: npy, count, shape: [count], fortranOrder: false, dataOffset: 0 };
    return decodeTexts(bytes, header, this.#place);
  }

  #bad(what: string, cause?: Error): FormatError {
    const { path, location } = this.#place;
    return new FormatError(`${path}: ${location} cannot be read as Zarr: ${what}`, { path, location }, { cause });
  }
}

/** All coordinates of a box, in C order. */
function* grid(first: readonly number[], last: readonly number[]): Generator<number[]> {
  const at = [...first];
  for (;;) {
    yield [...at];
    let axis = at.length - 1;
    for (; axis >= 0 && at[axis] === last[axis]; axis--) at[axis] = first[axis];
    if (axis < 0) return;
    at[axis]++;
  }
}

function checkSize(bytes: Uint8Array, expected: number | null): void {
  if (expected === null || bytes.length === expected) return;
  const cut = bytes.length < expected ? ': it is cut off' : '';
  throw new BadChunk(`${expected} bytes were expected, found ${bytes.length}${cut}`);
}
