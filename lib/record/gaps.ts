/** Gaps between the timestamps of samples: a recording with gaps has no one rate, so it is refused unless they are small. */
import { FormatError } from '../errors.js';
import type { RecordContext } from './format.js';

const listed = 10;

/** Collects steps that are no step of one sample, over timestamps that come in pieces. */
export class GapFinder {
  readonly #path: string;
  readonly #stepOf: number;
  readonly #tolerance: number;
  readonly #toMs: number;
  readonly #gaps: string[] = [];
  #count = 0;
  #index = 0;
  #last = Number.NaN;

  /** @param step of one sample, in the timestamps' own unit; `toMs` turns that unit into ms */
  constructor(path: string, step: number, toMs: number, { options }: RecordContext) {
    this.#path = path;
    this.#stepOf = step;
    this.#toMs = toMs;
    this.#tolerance = options.gapToleranceMs === undefined ? step / 2 : options.gapToleranceMs / toMs;
  }

  add(timestamps: ArrayLike<number | bigint>): void {
    for (let i = 0; i < timestamps.length; i++, this.#index++) {
      const time = Number(timestamps[i]);
      const step = time - this.#last;
      this.#last = time;
      // the first has none before it; a timestamp that is no number is a gap
      if (this.#index === 0 || Math.abs(step - this.#stepOf) <= this.#tolerance) continue;
      if (this.#count++ < listed) this.#gaps.push(`${this.#index}: ${(step * this.#toMs).toFixed(3)} ms`);
    }
  }

  /** @throws FormatError with the table of gaps */
  check(): void {
    if (!this.#count) return;
    const more = this.#count > listed ? `, and ${this.#count - listed} more` : '';
    const expected = `one sample (${(this.#stepOf * this.#toMs).toFixed(3)} ms) apart`;
    const message = `Timestamps ${expected} were expected in ${this.#path}, found ${this.#count} gaps (sample: step): ${this.#gaps.join('; ')}${more}. Give gapToleranceMs to read on`;
    throw new FormatError(message, { path: this.#path });
  }
}
