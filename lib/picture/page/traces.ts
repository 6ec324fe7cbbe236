/** The filtered trace of one channel: least and greatest of what falls into a pixel, thresholds, spikes, and steps from spike to spike. */
import type uPlot from 'uplot';
import type { PageHead, PageTraces } from '../page-head.js';
import { firstFrom, type UnitSpikes } from './data.js';
import { make } from './element.js';
import { type LinePlot, linePlot } from './lines.js';
import { horizontalLine } from './selection.js';
import type { Theme } from './theme.js';

/** Samples that one entry of a level stands for, from one level to the next. */
const fold = 8;

interface Envelope {
  readonly least: Int16Array;
  readonly greatest: Int16Array;
}

export class TraceView {
  readonly element = make('div', 'traces');
  readonly #plotBox = make('div', 'plot');
  readonly #choice = make('select');
  readonly #head: PageHead;
  readonly #about: PageTraces;
  readonly #samples: Int16Array;
  readonly #envelopes = new Map<number, Envelope[]>();
  readonly #spikesOf: (row: number) => UnitSpikes | undefined;
  #plot: LinePlot | undefined;
  #row: number;
  #fromMs: number;
  #toMs: number;

  constructor(
    head: PageHead,
    about: PageTraces,
    samples: Int16Array,
    spikesOf: (row: number) => UnitSpikes | undefined,
  ) {
    [this.#head, this.#about, this.#samples, this.#spikesOf] = [head, about, samples, spikesOf];
    this.#row = about.rows[0];
    this.#fromMs = about.fromMs;
    this.#toMs = this.#fromMs + Math.min(50, this.#lengthMs);
    const bar = make('div', 'bar');
    for (const row of about.rows) this.#choice.append(new Option(`${head.rowName} ${row}`, String(row)));
    this.#choice.addEventListener('change', () => this.choose(Number(this.#choice.value)));
    const back = make('button', '', '◀ spike (p)');
    const on = make('button', '', 'spike (n) ▶');
    back.addEventListener('click', () => this.jump(-1));
    on.addEventListener('click', () => this.jump(1));
    const seconds = (this.#lengthMs / 1000).toLocaleString('en-US', { maximumSignificantDigits: 3 });
    bar.append(make('h2', '', `Filtered traces, ${seconds} s`), this.#choice, back, on);
    this.element.append(bar, this.#plotBox);
    this.#listen();
  }

  get #lengthMs(): number {
    return (this.#about.samples * 1000) / this.#about.fsHz;
  }

  /** What is in view, for tests. */
  get view(): { row: number; fromMs: number; toMs: number } {
    return { row: this.#row, fromMs: this.#fromMs, toMs: this.#toMs };
  }

  choose(row: number): void {
    if (!this.#about.rows.includes(row)) return;
    this.#row = row;
    this.#choice.value = String(row);
    this.#update();
  }

  /** The time in the middle of the view, where the page has traces of it. */
  goTo(ms: number): void {
    const half = (this.#toMs - this.#fromMs) / 2;
    this.#show(ms - half, ms + half);
  }

  /** To the next spike of the channel behind the middle, or the one before it. */
  jump(direction: 1 | -1): number | undefined {
    const times = this.#spikesOf(this.#row)?.times ?? new Float64Array(0);
    const middle = (this.#fromMs + this.#toMs) / 2;
    const at = direction > 0 ? firstFrom(times, middle + 0.02) : firstFrom(times, middle - 0.02) - 1;
    const time = times[at];
    const { fromMs } = this.#about;
    if (time === undefined || time < fromMs || time > fromMs + this.#lengthMs) return undefined;
    const half = (this.#toMs - this.#fromMs) / 2;
    // not through #show: at an end of the traces the spike must still be the middle, or the next jump would find it again
    [this.#fromMs, this.#toMs] = [time - half, time + half];
    this.#update();
    return time;
  }

  draw(theme: Theme): void {
    this.#plot?.destroy();
    this.#plot = linePlot(this.#plotBox, theme, {
      ...{ left: 64, xName: 'Time (ms)', yName: `Trace (${this.#head.unit})`, height: 190, kind: 'line' },
      over: (plot) => this.#drawOver(plot, theme),
      yRange: (_plot, least, most) => {
        const size = 1.08 * Math.max(Math.abs(least), Math.abs(most), ...this.#thresholds.map(Math.abs), 1e-9);
        return [-size, size];
      },
    });
    this.#update();
  }

  get #thresholds(): readonly number[] {
    return this.#head.units[this.#row].thresholds;
  }

  #drawOver(plot: uPlot, theme: Theme): void {
    for (const threshold of this.#thresholds) horizontalLine(plot, threshold, theme.alarm);
    const times = this.#spikesOf(this.#row)?.times ?? new Float64Array(0);
    const size = 4 * devicePixelRatio;
    plot.ctx.fillStyle = theme.alarm;
    for (let i = firstFrom(times, this.#fromMs); i < times.length && times[i] <= this.#toMs; i++) {
      const x = plot.valToPos(times[i], 'x', true);
      plot.ctx.beginPath();
      plot.ctx.moveTo(x - size, plot.bbox.top);
      plot.ctx.lineTo(x + size, plot.bbox.top);
      plot.ctx.lineTo(x, plot.bbox.top + 2 * size);
      plot.ctx.fill();
    }
  }

  #show(fromMs: number, toMs: number): void {
    const { fromMs: first } = this.#about;
    const size = Math.min(Math.max(toMs - fromMs, 2), this.#lengthMs);
    const from = Math.min(Math.max((fromMs + toMs - size) / 2, first), first + this.#lengthMs - size);
    [this.#fromMs, this.#toMs] = [from, from + size];
    this.#update();
  }

  #update(): void {
    if (!this.#plot) return;
    this.#plot.setData(this.#points(this.#plot.width) as [number[], number[]], true);
    this.#plot.setScale('x', { min: this.#fromMs, max: this.#toMs });
  }

  /** Every sample where there is room, else from the level with about two entries a pixel. */
  #points(pixels: number): number[][] {
    const { fromMs, fsHz, samples, rows, steps } = this.#about;
    const index = rows.indexOf(this.#row);
    const step = steps[index];
    const start = Math.max(0, Math.floor(((this.#fromMs - fromMs) * fsHz) / 1000) - 1);
    const end = Math.min(samples, Math.ceil(((this.#toMs - fromMs) * fsHz) / 1000) + 2);
    const time = (sample: number) => fromMs + ((sample + 0.5) * 1000) / fsHz;
    const [x, y]: number[][] = [[], []];
    const level = Math.floor(Math.log((end - start) / (2 * pixels)) / Math.log(fold));
    if (level < 1) {
      for (let i = start; i < end; i++) {
        x.push(time(i));
        y.push(this.#samples[index * samples + i] * step);
      }
      return [x, y];
    }
    const levels = this.#envelopesOf(index);
    const { least, greatest } = levels[Math.min(level, levels.length) - 1];
    const size = fold ** Math.min(level, levels.length);
    for (let entry = Math.floor(start / size); entry < Math.min(least.length, Math.ceil(end / size)); entry++) {
      x.push(time(entry * size), time((entry + 0.5) * size));
      y.push(least[entry] * step, greatest[entry] * step);
    }
    return [x, y];
  }

  #envelopesOf(index: number): Envelope[] {
    const known = this.#envelopes.get(index);
    if (known) return known;
    const { samples } = this.#about;
    const own = this.#samples.subarray(index * samples, (index + 1) * samples);
    const levels: Envelope[] = [];
    let below: Envelope = { least: own, greatest: own };
    do {
      below = folded(below);
      levels.push(below);
    } while (below.least.length > 2000);
    this.#envelopes.set(index, levels);
    return levels;
  }

  #listen(): void {
    this.#plotBox.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const factor = Math.exp(Math.sign(event.deltaY) * 0.2);
        const share = Math.min(1, Math.max(0, (event.offsetX - 64) / (this.#plotBox.clientWidth - 64)));
        const still = this.#fromMs + share * (this.#toMs - this.#fromMs);
        this.#show(still + (this.#fromMs - still) * factor, still + (this.#toMs - still) * factor);
      },
      { passive: false },
    );
    this.#plotBox.addEventListener('pointermove', (event) => {
      if (!(event.buttons & 1)) return;
      const ms = (-event.movementX / this.#plotBox.clientWidth) * (this.#toMs - this.#fromMs);
      this.#show(this.#fromMs + ms, this.#toMs + ms);
    });
  }
}

function folded({ least, greatest }: Envelope): Envelope {
  const count = Math.ceil(least.length / fold);
  const made = { least: new Int16Array(count).fill(32_767), greatest: new Int16Array(count).fill(-32_768) };
  for (let i = 0, entry = 0; i < least.length; i++) {
    if (i >= (entry + 1) * fold) entry++;
    if (least[i] < made.least[entry]) made.least[entry] = least[i];
    if (greatest[i] > made.greatest[entry]) made.greatest[entry] = greatest[i];
  }
  return made;
}
