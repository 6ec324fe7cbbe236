/** Spikes counted in bins of several widths, so that any stretch of time is drawn from about as many cells as there are pixels. */
import type { PageHead } from '../page-head.js';
import type { UnitSpikes } from './data.js';

export interface Level {
  readonly bins: number;
  readonly binMs: number;
  /** rows × bins. */
  readonly counts: Uint8Array | Uint16Array;
  /** Of all rows together. */
  readonly totals: Float64Array;
}

/** Cells of the finest level: 32 MB. */
const mostCells = 16_000_000;

export class Pyramid {
  /** From the coarsest. */
  readonly levels: Level[] = [];
  readonly #head: PageHead;
  #finest: Uint16Array | undefined;
  #bins = 0;

  constructor(head: PageHead, counts: Uint8Array | Uint16Array) {
    this.#head = head;
    const level = this.#level(head.bins, counts);
    this.levels.push(level);
    while (this.levels[0].bins > 256) this.levels.unshift(this.#halved(this.levels[0]));
    const rows = Math.max(head.units.length, 1);
    let bins = head.bins;
    while (bins * 2 * rows <= mostCells && bins < 2 ** 18) bins *= 2;
    if (bins > head.bins) {
      this.#bins = bins;
      this.#finest = new Uint16Array(rows * bins);
    }
  }

  /** Counts one unit into the level that the page does not carry. */
  add(row: number, { times }: UnitSpikes): void {
    const counts = this.#finest;
    if (!counts) return;
    const { startMs, lengthMs } = this.#head;
    const perMs = this.#bins / lengthMs;
    const first = row * this.#bins;
    for (let i = 0; i < times.length; i++) {
      const bin = Math.min(this.#bins - 1, Math.max(0, Math.floor((times[i] - startMs) * perMs)));
      counts[first + bin]++;
    }
  }

  /** When all units are counted. */
  finish(): void {
    if (!this.#finest) return;
    const made = [this.#level(this.#bins, this.#finest)];
    const base = this.levels[this.levels.length - 1].bins;
    while (made[0].bins > 2 * base) made.unshift(this.#halved(made[0]));
    this.levels.push(...made);
    this.#finest = undefined;
  }

  /** The coarsest whose bins are no wider than `ms`; undefined where none is so fine. */
  fitting(ms: number): Level | undefined {
    return this.levels.find(({ binMs }) => binMs <= ms * (1 + 1e-9));
  }

  #level(bins: number, counts: Level['counts']): Level {
    const totals = new Float64Array(bins);
    for (let i = 0, bin = 0; i < counts.length; i++) {
      totals[bin] += counts[i];
      if (++bin === bins) bin = 0;
    }
    return { bins, binMs: this.#head.lengthMs / bins, counts, totals };
  }

  #halved({ bins, counts }: Level): Level {
    const half = new Uint16Array(counts.length / 2);
    for (let i = 0; i < half.length; i++) half[i] = Math.min(65_535, counts[2 * i] + counts[2 * i + 1]);
    return this.#level(bins / 2, half);
  }
}
