/** Numbers whose count is known only once all are read. */
import { LimitError } from './errors.js';

export class Growing {
  #values = new Float64Array(1024);
  length = 0;
  readonly #most: number;
  readonly #what: string;

  /** @param most spikes, as limits.maxSpikes allows them */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** @throws LimitError */
  push(value: number): void {
    if (this.length === this.#values.length) {
      if (this.length >= this.#most) throw new LimitError('maxSpikes', this.#most, this.length + 1, this.#what);
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.length);
  }
}
