/** A remote file that is read where it lies: its bytes are brought when they are wanted, and held while there is room. */
import { native } from '../../addon/binding.js';
import type { MissingBytes, NativeRanges } from '../../addon/contract.js';
import { RemoteError } from '../../core/errors.js';
import { type ByteSource, checkRange } from '../byte-source.js';
import type { RangedObject } from '../ranged-object.js';
import type { Transfer } from '../transfer.js';
import { BlockPlan, firstBlockBytes } from './blocks.js';
import { cachedBytes } from './cached-bytes.js';
import { type ByteRange, coalesced, RangeFetcher } from './range-fetcher.js';

/** Held for one file between calls; what a single call needs is held until it ends. */
const heldBytes = 64 * 2 ** 20;
/** Known ranges of less than this come as part of a block: the next one lies beside it. */
const smallRange = 2 ** 14;
/** Small ranges that come in blocks at a time. */
const mostBlocks = 4;
/** Calls that were given all that they missed, and miss something again without reading on. */
const mostIdle = 8;

export class RemoteFile implements ByteSource {
  readonly #fetcher: RangeFetcher;
  readonly #plan: BlockPlan;
  readonly #small: ByteSource;
  /** On their way. */
  readonly #coming = new Map<Promise<void>, ByteRange[]>();
  /** Of a block; at the usual size of blocks what would be fetched in the time of a request. */
  readonly #leastFetched: number;
  #ranges: NativeRanges | undefined;
  #calls = 0;

  /** @param blockBytes of the first blocks */
  constructor(object: RangedObject, transfer: Transfer, blockBytes = firstBlockBytes) {
    this.#fetcher = new RangeFetcher(object, transfer);
    this.#plan = new BlockPlan(object.size, blockBytes);
    this.#leastFetched = blockBytes / 2;
    this.#small = cachedBytes(this.#fetcher);
  }

  get name(): string {
    return this.#fetcher.object.name;
  }

  get size(): number {
    return this.#fetcher.object.size;
  }

  /** The first bytes, which came with the answer that told the size. */
  get head(): Uint8Array {
    return this.#fetcher.object.head;
  }

  read(start: number, end: number, options?: { signal?: AbortSignal }): Promise<Uint8Array> {
    checkRange(start, end, this.size, this.name);
    return this.#small.read(start, end, options);
  }

  /** Fills `bytes` from a position on, in large requests, of which nothing is held. @throws FormatError behind the end, RemoteError */
  fill(bytes: Uint8Array, position: number, signal?: AbortSignal): Promise<void> {
    checkRange(position, position + bytes.length, this.size, this.name);
    const known = this.head.subarray(position, position + bytes.length);
    bytes.set(known);
    return this.#fetcher.fill(bytes.subarray(known.length), position + known.length, signal);
  }

  /** Where native code finds the bytes. */
  get ranges(): NativeRanges {
    if (!this.#ranges) {
      this.#ranges = native().rangesOpen(this.size);
      native().rangesSupply(this.#ranges, 0, this.head, false);
    }
    return this.#ranges;
  }

  /** Runs a native call, or several at a time; `bring` gets it what it misses. */
  async during<T>(call: (bring: (missing: MissingBytes) => Promise<void>) => Promise<T>): Promise<T> {
    let [round, idle] = [0, 0];
    this.#calls++;
    try {
      return await call(async (missing) => {
        idle = (await this.#bring(missing, round++)) ? 0 : idle + 1;
        if (idle > mostIdle)
          throw new RemoteError(`${this.name}: its parts could not be brought together`, { url: this.name });
      });
    } finally {
      // what is let go of while a call goes on would be fetched for it again and again
      if (--this.#calls === 0 && this.#ranges) native().rangesTrim(this.#ranges, heldBytes);
    }
  }

  /** Whether anything was to be brought that another call had not. */
  async #bring({ missing, expected }: MissingBytes, round: number): Promise<boolean> {
    const known = coalesced(pairs(expected));
    const small = known.filter(([start, end]) => end - start < smallRange);
    // nodes of an index that lie all over the file: blocks around them would be most of it
    const scattered = small.length > mostBlocks;
    const bulk = scattered ? known : known.filter(([start, end]) => end - start >= smallRange);
    const blocks = [...pairs(missing), ...(scattered ? [] : small)]
      .filter((range) => !this.#isComing(range))
      .map((range) => this.#plan.around(range, round));
    const wanted = bulk.filter((range) => !this.#isComing(range));
    const waiting = [...this.#coming.keys()];
    if (blocks.length || wanted.length) {
      const coming = this.#fetch(coalesced(blocks, 0), wanted);
      this.#coming.set(coming, [...blocks, ...wanted]);
      waiting.push(coming.finally(() => this.#coming.delete(coming)));
    }
    await Promise.all(waiting);
    return waiting.length > 0;
  }

  #isComing([start, end]: ByteRange): boolean {
    for (const ranges of this.#coming.values()) {
      if (ranges.some(([from, to]) => from <= start && end <= to)) return true;
    }
    return false;
  }

  /** What is here already is left out, where that spares a request or many bytes. */
  async #fetch(blocks: readonly ByteRange[], bulk: readonly ByteRange[]): Promise<void> {
    const { ranges } = this;
    const gaps = (start: number, end: number) => coalesced(pairs(native().rangesGaps(ranges, start, end)));
    const absent = blocks.flatMap(([start, end]) => {
      const found = gaps(start, end);
      const bytes = found.reduce((sum, [from, to]) => sum + to - from, 0);
      // most of the block is here: the reader goes backwards, and what lies before comes too
      return bytes < this.#leastFetched ? gaps(Math.max(0, start - this.#leastFetched), end) : found;
    });
    await Promise.all([
      this.#fetcher.passBy(absent, (start, bytes) => native().rangesSupply(ranges, start, bytes, false)),
      this.#fetcher.passBy(bulk, (start, bytes) => native().rangesSupply(ranges, start, bytes, true)),
    ]);
  }

  async close(): Promise<void> {
    this.#fetcher.object.close();
  }
}

function pairs(flat: Float64Array): ByteRange[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
}
