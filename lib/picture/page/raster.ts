/** The raster: what is in view becomes an image of counts, or marks where they are few. */
import type { Camera } from './camera.js';
import { firstFrom, type UnitSpikes } from './data.js';
import type { Level, Pyramid } from './pyramid.js';
import { RasterGl } from './raster-gl.js';
import type { Theme } from './theme.js';

/** Spikes in view up to which each has its mark. */
const mostMarks = 100_000;
/** Counts up to here find their colour in a table; above, they get the last one. */
const tabled = 16_384;

export interface Shown {
  /** What the last frame was made of. */
  readonly mode: 'counts' | 'marks';
  /** Spikes in view; in the mode 'counts' of whole cells. */
  readonly spikes: number;
}

interface Columns {
  readonly count: number;
  readonly fromMs: number;
  readonly lengthMs: number;
  /** Adds a row to the cells from `offset` on, and says how many spikes that were. */
  add(row: number, sums: Uint32Array, offset: number): number;
}

export class Raster {
  readonly canvas = document.createElement('canvas');
  readonly #gl = new RasterGl(this.canvas);
  readonly #camera: Camera;
  readonly #pyramid: Pyramid;
  readonly #spikes: readonly (UnitSpikes | undefined)[];
  #theme: Theme | undefined;
  #sums = new Uint32Array(0);
  #cells = new Uint8Array(0);
  #pixels = new Uint8Array(0);
  #colours = { top: 0, table: new Uint8Array(tabled) };
  /** Row and time of each mark of the last frame. */
  #marked: { row: number; first: number; end: number }[] = [];
  /** The count with the darkest colour, for one size of the view: it must not flicker while it moves. */
  #top = { key: '', count: 1 };

  constructor(camera: Camera, pyramid: Pyramid, spikes: readonly (UnitSpikes | undefined)[]) {
    this.#camera = camera;
    this.#pyramid = pyramid;
    this.#spikes = spikes;
  }

  resize(width: number, height: number): void {
    this.canvas.width = Math.max(1, Math.round(width));
    this.canvas.height = Math.max(1, Math.round(height));
  }

  draw(theme: Theme): Shown {
    if (theme !== this.#theme) this.#gl.setPalette(theme.palette, theme.ink);
    this.#theme = theme;
    const marks = this.#findMarks();
    return marks === undefined ? this.#drawCounts() : this.#drawMarks(marks);
  }

  /** Of the marks in the last frame; none where it was an image of counts. */
  marks(): { row: number; times: number[] }[] {
    return this.#marked.map(({ row, first, end }) => ({
      row,
      times: Array.from(this.#spikes[row]?.times.subarray(first, end) ?? []),
    }));
  }

  #rows(): [number, number] {
    const { fromRow, toRow } = this.#camera;
    return [Math.floor(fromRow), Math.min(this.#spikes.length, Math.ceil(toRow))];
  }

  /** How many spikes are in view; undefined where some are not there yet, or there are too many. */
  #findMarks(): number | undefined {
    const { fromMs, toMs } = this.#camera;
    this.#marked = [];
    let count = 0;
    const [fromRow, toRow] = this.#rows();
    for (let row = fromRow; row < toRow && count <= mostMarks; row++) {
      const spikes = this.#spikes[row];
      if (!spikes) count = Number.POSITIVE_INFINITY;
      else {
        const first = firstFrom(spikes.times, fromMs);
        // a spike at the right edge is in view
        let end = firstFrom(spikes.times, toMs);
        while (end < spikes.times.length && spikes.times[end] === toMs) end++;
        if (end > first) this.#marked.push({ row, first, end });
        count += end - first;
      }
    }
    if (count <= mostMarks) return count;
    this.#marked = [];
    return undefined;
  }

  #drawMarks(count: number): Shown {
    const { fromMs, toMs, fromRow, toRow } = this.#camera;
    const { width, height } = this.canvas;
    if (this.#pixels.length !== width * height) this.#pixels = new Uint8Array(width * height);
    const pixels = this.#pixels.fill(0);
    const thickness = Math.max(1, Math.round(devicePixelRatio));
    const [perMs, perRow] = [width / (toMs - fromMs), height / (toRow - fromRow)];
    const tall = Math.max(perRow * (perRow > 6 ? 0.72 : 1), 2);
    for (const { row, first, end } of this.#marked) {
      const times = this.#spikes[row]?.times as Float64Array;
      const middle = (row + 0.5 - fromRow) * perRow;
      const bottom = Math.max(0, Math.round(middle - tall / 2)) * width;
      const top = Math.min(height, Math.round(middle + tall / 2)) * width;
      for (let i = first; i < end; i++) {
        const left = Math.round((times[i] - fromMs) * perMs - thickness / 2);
        const from = Math.max(0, Math.min(left, width - thickness));
        for (let line = bottom; line < top; line += width) {
          for (let x = from; x < from + thickness; x++) pixels[line + x] = 255;
        }
      }
    }
    this.#gl.drawCells(pixels, width, height, { x: 0, y: 0, width: 1, height: 1 }, 'marks');
    return { mode: 'marks', spikes: count };
  }

  /** Cells of whole bins and whole rows; where they are smaller than pixels, the drawing takes the mean of neighbours. */
  #drawCounts(): Shown {
    const { fromMs, toMs, fromRow, toRow } = this.#camera;
    const { width, height } = this.canvas;
    const level = this.#pyramid.fitting((toMs - fromMs) / width);
    const loaded = this.#spikes.every((spikes) => spikes !== undefined);
    const levels = this.#pyramid.levels;
    const columns = level || !loaded ? this.#binColumns(level ?? levels[levels.length - 1]) : this.#pixelColumns();
    // up to two rows may share a pixel in the drawing
    const merged = Math.max(1, Math.floor((toRow - fromRow) / height));
    const firstRow = Math.floor(Math.floor(fromRow) / merged) * merged;
    const rows = Math.ceil((Math.min(this.#spikes.length, Math.ceil(toRow)) - firstRow) / merged);
    if (this.#sums.length !== columns.count * rows) this.#sums = new Uint32Array(columns.count * rows);
    const sums = this.#sums.fill(0);
    let spikes = 0;
    for (let row = firstRow; row < Math.min(firstRow + rows * merged, this.#spikes.length); row++) {
      spikes += columns.add(row, sums, Math.floor((row - firstRow) / merged) * columns.count);
    }
    const key = `${width} ${height} ${(toMs - fromMs).toPrecision(6)} ${loaded}`;
    const shares = {
      x: (fromMs - columns.fromMs) / columns.lengthMs,
      width: (toMs - fromMs) / columns.lengthMs,
      y: (fromRow - firstRow) / (rows * merged),
      height: (toRow - fromRow) / (rows * merged),
    };
    this.#gl.drawCells(this.#coloured(sums, key), columns.count, rows, shares, 'counts');
    return { mode: 'counts', spikes };
  }

  #binColumns({ bins, binMs, counts }: Level): Columns {
    const { fromMs, toMs, wholeFromMs } = this.#camera;
    const first = Math.max(0, Math.floor((fromMs - wholeFromMs) / binMs));
    const count = Math.max(1, Math.min(bins, Math.ceil((toMs - wholeFromMs) / binMs)) - first);
    const add: Columns['add'] = (row, sums, offset) => {
      const start = row * bins + first;
      let spikes = 0;
      for (let i = 0; i < count; i++) {
        const n = counts[start + i];
        spikes += n;
        sums[offset + i] += n;
      }
      return spikes;
    };
    return { count, fromMs: wholeFromMs + first * binMs, lengthMs: count * binMs, add };
  }

  /** Where no level is fine enough: spikes counted by pixel. */
  #pixelColumns(): Columns {
    const { fromMs, toMs } = this.#camera;
    const count = this.canvas.width;
    const perMs = count / (toMs - fromMs);
    const add: Columns['add'] = (row, sums, offset) => {
      const times = this.#spikes[row]?.times as Float64Array;
      const first = firstFrom(times, fromMs);
      let i = first;
      for (; i < times.length && times[i] < toMs; i++) {
        sums[offset + Math.min(count - 1, Math.floor((times[i] - fromMs) * perMs))]++;
      }
      return i - first;
    };
    return { count, fromMs, lengthMs: toMs - fromMs, add };
  }

  #coloured(sums: Uint32Array, key: string): Uint8Array {
    if (this.#top.key !== key) this.#top = { key, count: highCount(sums) };
    if (this.#cells.length !== sums.length) this.#cells = new Uint8Array(sums.length);
    const [cells, colours] = [this.#cells, this.#coloursUpTo(this.#top.count)];
    for (let i = 0; i < sums.length; i++) {
      const n = sums[i];
      cells[i] = n < tabled ? colours[n] : 255;
    }
    return cells;
  }

  /** The colour of each count, made anew where another count has the darkest. */
  #coloursUpTo(top: number): Uint8Array {
    if (this.#colours.top !== top) {
      const perCount = 254 / Math.log1p(top);
      const table = Uint8Array.from({ length: tabled }, (_, n) =>
        n ? Math.min(255, 1 + Math.log1p(n) * perCount) : 0,
      );
      this.#colours = { top, table };
    }
    return this.#colours.table;
  }
}

/** The greatest but for one cell in 500: a few bursts must not bleach all others. Of a sample of 20,000 cells. */
function highCount(sums: Uint32Array): number {
  const step = Math.max(1, Math.floor(sums.length / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < sums.length; i += step) if (sums[i] > 0) sample.push(sums[i]);
  sample.sort((a, b) => a - b);
  return sample[Math.floor((sample.length - 1) * 0.998)] || 1;
}
