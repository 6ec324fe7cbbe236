/** How much is fetched where only the next few bytes are known to be wanted: structures of files lie near each other. */
import type { ByteRange } from './range-fetcher.js';

/** Most files keep what opening them needs in one or two of these. */
export const firstBlockBytes = 2 ** 17;
const largestBlockBytes = 2 ** 23;
/** Blocks begin at multiples of this: a structure often lies shortly behind one that refers to it. */
const alignment = 2 ** 13;
/** Blocks of one call after which they grow: whoever needs so many goes through the whole file. */
const patience = 16;

/** Blocks grow where reads run on, and where one call needs many. */
export class BlockPlan {
  #end = -1;
  #bytes: number;

  constructor(
    private readonly size: number,
    private readonly first = firstBlockBytes,
  ) {
    this.#bytes = first;
  }

  /** The block to fetch for a range; `round`: how many the same call had before. */
  around([start, end]: ByteRange, round: number): ByteRange {
    this.#bytes = start === this.#end ? Math.min(2 * this.#bytes, largestBlockBytes) : this.first;
    const bytes = Math.min(largestBlockBytes, this.#bytes * 2 ** Math.max(0, Math.ceil((round - patience) / 4)));
    const from = start === this.#end ? start : start - (start % Math.min(alignment, this.first));
    this.#end = Math.min(this.size, Math.max(end, from + bytes));
    return [from, this.#end];
  }
}
