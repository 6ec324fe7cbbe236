/** What part of the raster is in view. */

export interface Extent {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: number;
}

export class Camera {
  /** Where the recording starts. */
  readonly wholeFromMs: number;
  fromMs: number;
  toMs: number;
  /** Row 0 lies at the bottom; a row is one high. */
  fromRow = 0;
  toRow: number;
  readonly #whole: Extent;
  readonly #changed: () => void;

  constructor(whole: Extent, changed: () => void) {
    this.#whole = whole;
    this.#changed = changed;
    this.wholeFromMs = whole.fromMs;
    [this.fromMs, this.toMs, this.toRow] = [whole.fromMs, whole.toMs, whole.rows];
  }

  reset(): void {
    const { fromMs, toMs, rows } = this.#whole;
    this.show(fromMs, toMs, 0, rows);
  }

  /** By shares of what is in view. */
  pan(time: number, rows = 0): void {
    const [ms, high] = [time * (this.toMs - this.fromMs), rows * (this.toRow - this.fromRow)];
    this.show(this.fromMs + ms, this.toMs + ms, this.fromRow + high, this.toRow + high);
  }

  /** `factor` below 1 comes nearer; `at` is the share of the view that stays in its place. */
  zoomTime(factor: number, at = 0.5): void {
    const still = this.fromMs + at * (this.toMs - this.fromMs);
    this.show(still + (this.fromMs - still) * factor, still + (this.toMs - still) * factor, this.fromRow, this.toRow);
  }

  zoomRows(factor: number, at = 0.5): void {
    const still = this.fromRow + at * (this.toRow - this.fromRow);
    this.show(this.fromMs, this.toMs, still + (this.fromRow - still) * factor, still + (this.toRow - still) * factor);
  }

  /** Stays within the recording, and from 1 ms and one row up. */
  show(fromMs: number, toMs: number, fromRow = this.fromRow, toRow = this.toRow): void {
    const whole = this.#whole;
    [this.fromMs, this.toMs] = within(fromMs, toMs, whole.fromMs, whole.toMs, 1);
    [this.fromRow, this.toRow] = within(fromRow, toRow, 0, Math.max(1, whole.rows), 1);
    this.#changed();
  }
}

function within(from: number, to: number, least: number, most: number, narrowest: number): [number, number] {
  const middle = (from + to) / 2;
  const size = Math.min(Math.max(to - from, narrowest), most - least);
  const start = Math.min(Math.max(middle - size / 2, least), most - size);
  return [start, start + size];
}
