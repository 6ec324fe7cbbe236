/** Gaps between the timestamps of samples: a recording with gaps has no one rate, so it is refused unless they are small. */

import { FormatError } from '../core/errors.js';
import type { Gap } from './recording.js';
import type { RecordContext } from './recording-format.js';

/** Gaps that an error names. */
const listed = 10;
/** Gaps that are kept for moving what lies behind them; timestamps with more are no timestamps of samples. */
const mostGaps = 1_000_000;

/** Collects steps that are no step of one sample, over timestamps that come in pieces. */
export class GapFinder {
  readonly #path: string;
  readonly #stepOf: number;
  readonly #passed: number;
  readonly #toMs: number;
  readonly #report: RecordContext['report'];
  readonly #gaps: Gap[] = [];
  #refused = 0;
  #count = 0;
  #index = 0;
  #last = Number.NaN;

  /** @param step of one sample, in the timestamps' own unit; `toMs` turns that unit into ms */
  constructor(
    path: string,
    step: number,
    toMs: number,
    { options, report }: Pick<RecordContext, 'options' | 'report'>,
  ) {
    this.#path = path;
    this.#stepOf = step;
    this.#toMs = toMs;
    this.#passed = Math.max(step / 2, (options.gapToleranceMs ?? 0) / toMs);
    this.#report = report;
  }

  add(timestamps: ArrayLike<number | bigint>): void {
    const half = this.#stepOf / 2;
    for (let i = 0; i < timestamps.length; i++, this.#index++) {
      const time = Number(timestamps[i]);
      const extra = time - this.#last - this.#stepOf;
      this.#last = time;
      // the first has none before it; a timestamp that is no number is a gap
      if (this.#index !== 0 && !(Math.abs(extra) <= half)) this.addGap(this.#index, extra);
    }
  }

  /** Where a format lists its gaps itself: `extra` is the time beyond one sample, in the timestamps' unit. */
  addGap(sample: number, extra: number): void {
    if (!(Math.abs(extra) <= this.#passed)) this.#refused++;
    this.#count++;
    if (this.#gaps.length < mostGaps) {
      this.#gaps.push({ sample, missing: Math.round(extra / this.#stepOf), ms: extra * this.#toMs });
    }
  }

  /**
   * Gaps that the tolerance passes over, with a finding.
   *
   * @throws FormatError with the table of gaps where one is larger
   */
  check(): readonly Gap[] {
    if (this.#refused || this.#count > mostGaps) {
      const expected = `one sample (${(this.#stepOf * this.#toMs).toFixed(3)} ms) apart`;
      const message = `Timestamps ${expected} were expected in ${this.#path}, found ${this.#count} gaps (sample: step): ${this.#table()}. Give gapToleranceMs to read on`;
      throw new FormatError(message, { path: this.#path });
    }
    if (this.#count) {
      const message = `${this.#count} gaps were passed over in ${this.#path} (sample: step): ${this.#table()}. Samples are read without a pause; detected spikes keep the time of the clock`;
      this.#report.warning('gaps-passed-over', message, this.#count);
    }
    return this.#gaps;
  }

  #table(): string {
    const step = this.#stepOf * this.#toMs;
    const rows = this.#gaps.slice(0, listed).map(({ sample, ms }) => `${sample}: ${(ms + step).toFixed(3)} ms`);
    const more = this.#count > listed ? `, and ${this.#count - listed} more` : '';
    return rows.join('; ') + more;
  }
}
