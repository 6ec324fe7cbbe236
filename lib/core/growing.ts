/** Numbers whose count is known only once all are read. */
import { LimitError } from './errors.js';
import { inSlices } from './slices.js';

/** Numbers of a piece: a megabyte, which is copied in well below a millisecond. */
const pieceLength = 2 ** 17;
/** Of the first one, as most are few. */
const firstLength = 2 ** 10;

/** Pieces before the first one of pieceLength. */
const doublings = 1 + Math.log2(pieceLength / firstLength);

/** Grows by pieces: one array that doubles would hold the event loop for as long as half of all takes to copy. */
export class Growing<T extends Float64Array | Int32Array = Float64Array> {
  readonly #full: T[] = [];
  #piece: T;
  #used = 0;
  #before = 0;
  readonly #most: number;
  readonly #what: string;

  /** @param most spikes, as limits.maxSpikes allows them */
  constructor(most: number, what: string, Type: new (length: number) => T = Float64Array as never) {
    this.#most = most;
    this.#what = what;
    this.#piece = new Type(firstLength);
  }

  get length(): number {
    return this.#before + this.#used;
  }

  /** @throws LimitError */
  push(value: number): void {
    if (this.#used === this.#piece.length) this.#grow();
    this.#piece[this.#used++] = value;
  }

  /** The number at a place below `length`. */
  at(index: number): number {
    // pieces double up to pieceLength, and are of that length from there on
    if (index >= pieceLength) {
      const beyond = index - pieceLength;
      return this.#pieceAt(doublings + Math.floor(beyond / pieceLength))[beyond % pieceLength];
    }
    const piece = 32 - Math.clz32(Math.floor(index / firstLength));
    return this.#pieceAt(piece)[piece ? index - (firstLength << (piece - 1)) : index];
  }

  #pieceAt(piece: number): T {
    return this.#full[piece] ?? this.#piece;
  }

  #grow(): void {
    if (this.length >= this.#most) throw new LimitError('maxSpikes', this.#most, this.length + 1, this.#what);
    this.#full.push(this.#piece);
    this.#before += this.#used;
    this.#used = 0;
    this.#piece = this.#like(Math.min(pieceLength, Math.max(firstLength, this.#before)));
  }

  /** For few: the event loop is held while they are put together. */
  get values(): T {
    const out = this.#like(this.length);
    let at = 0;
    for (const piece of this.#pieces()) {
      out.set(piece as never, at);
      at += piece.length;
    }
    return out;
  }

  /** All numbers, put together in slices. @throws the signal's reason */
  async joined(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const out = this.#like(this.length);
    const pieces = this.#pieces();
    let at = 0;
    const copy = (from: number) => {
      out.set(pieces[from] as never, at);
      at += pieces[from].length;
    };
    await inSlices(pieces.length, 1, copy, signal);
    return out;
  }

  #pieces(): T[] {
    return [...this.#full, this.#piece.subarray(0, this.#used) as T];
  }

  #like(length: number): T {
    return new (this.#piece.constructor as new (length: number) => T)(length);
  }
}
