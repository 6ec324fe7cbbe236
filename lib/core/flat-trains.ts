/** Spike trains back to back in one buffer. */
/** Trains back to back: unit u has times[offsets[u]] … times[offsets[u + 1] - 1], sorted, finite, in ms. */
export interface FlatTrains {
  times: Float64Array;
  /** N + 1 entries, from 0 to times.length. */
  offsets: Float64Array;
}

/** Marks trains that need no further check: the constructor of SpikeData takes them as they are. */
export class CheckedTrains implements FlatTrains {
  constructor(
    readonly times: Float64Array,
    readonly offsets: Float64Array,
  ) {}

  get count(): number {
    return this.offsets.length - 1;
  }

  /** With empty trains up to `count`. */
  padded(count: number): CheckedTrains {
    if (count === this.count) return this;
    const offsets = new Float64Array(count + 1).fill(this.times.length);
    offsets.set(this.offsets);
    return new CheckedTrains(this.times, offsets);
  }
}
