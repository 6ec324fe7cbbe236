/** Rate of all units together over the time that is in view. */
import type { PageHead } from '../page-head.js';
import { gutter } from './axes.js';
import type { Camera } from './camera.js';
import { firstFrom, type UnitSpikes } from './data.js';
import { make } from './element.js';
import { type LinePlot, linePlot } from './lines.js';
import type { Pyramid } from './pyramid.js';
import type { Theme } from './theme.js';

/** Bins in view: as in the picture of a recording. */
const wantedBins = 250;
const height = 110;

export class RatePlot {
  readonly element = make('div', 'rate');
  readonly #head: PageHead;
  readonly #camera: Camera;
  readonly #spikes: readonly (UnitSpikes | undefined)[];
  #pyramid: Pyramid | undefined;
  #plot: LinePlot | undefined;

  constructor(head: PageHead, camera: Camera, spikes: readonly (UnitSpikes | undefined)[]) {
    [this.#head, this.#camera, this.#spikes] = [head, camera, spikes];
  }

  use(pyramid: Pyramid): void {
    this.#pyramid = pyramid;
  }

  remake(theme: Theme): void {
    this.#plot?.destroy();
    this.#plot = linePlot(this.element, theme, { left: gutter.left, yName: 'Spikes/s', height, kind: 'steps' });
  }

  draw(width: number): void {
    const plot = this.#plot;
    if (!plot) return;
    const whole = width + gutter.left + gutter.right;
    if (plot.width !== whole) plot.setSize({ width: whole, height });
    plot.setData(this.#rates(), true);
    plot.setScale('x', { min: this.#camera.fromMs, max: this.#camera.toMs });
  }

  /** Edges in ms, and spikes a second from each to the next. */
  #rates(): [number[], number[]] {
    const { fromMs, toMs } = this.#camera;
    const level = this.#pyramid?.fitting((toMs - fromMs) / wantedBins);
    if (!level) return this.#counted();
    const { startMs } = this.#head;
    const first = Math.max(0, Math.floor((fromMs - startMs) / level.binMs));
    const end = Math.min(level.bins, Math.ceil((toMs - startMs) / level.binMs));
    const bins = Array.from({ length: end - first }, (_, i) => first + i);
    const rates = bins.map((bin) => (level.totals[bin] * 1000) / level.binMs);
    return [
      [...bins.map((bin) => startMs + bin * level.binMs), startMs + end * level.binMs],
      [...rates, 0],
    ];
  }

  #counted(): [number[], number[]] {
    const { fromMs, toMs } = this.#camera;
    const binMs = (toMs - fromMs) / wantedBins;
    const counts = new Array<number>(wantedBins).fill(0);
    for (const unit of this.#spikes) {
      const times = unit?.times ?? new Float64Array(0);
      for (let i = firstFrom(times, fromMs); i < times.length && times[i] < toMs; i++) {
        counts[Math.min(wantedBins - 1, Math.floor((times[i] - fromMs) / binMs))]++;
      }
    }
    const edges = Array.from({ length: wantedBins + 1 }, (_, i) => fromMs + i * binMs);
    return [edges, [...counts.map((count) => (count * 1000) / binMs), 0]];
  }
}
