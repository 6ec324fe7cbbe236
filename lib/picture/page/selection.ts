/** Intervals and amplitudes of the selected unit. */
import type uPlot from 'uplot';
import { isiHistogram, refractoryMs, shareBelow } from '../isi.js';
import type { PageHead } from '../page-head.js';
import type { UnitSpikes } from './data.js';
import { make, short } from './element.js';
import { type LinePlot, linePlot } from './lines.js';
import type { Theme } from './theme.js';

/** Points of the amplitude plot; of more spikes every n-th is shown, and the title says so. */
const mostPoints = 20_000;
const height = 170;

export class Selection {
  readonly element = make('div', 'selection');
  readonly #title = make('h2');
  readonly #isi = make('div', 'plot');
  readonly #amplitudes = make('div', 'plot');
  readonly #head: PageHead;
  #plots: LinePlot[] = [];

  constructor(head: PageHead) {
    this.#head = head;
    this.element.append(this.#title, this.#isi, this.#amplitudes);
  }

  show(row: number, spikes: UnitSpikes | undefined, theme: Theme): void {
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    const unit = this.#head.units[row];
    if (!unit) return;
    const times = spikes?.times ?? new Float64Array(0);
    const share = shareBelow(times);
    const said = Number.isFinite(share) ? `, ${short(100 * share, 2)} % of intervals below ${refractoryMs} ms` : '';
    const name = unit.id === String(row) ? '' : ` (${unit.id})`;
    this.#title.textContent = `${this.#head.rowName} ${row}${name}: ${unit.spikes.toLocaleString('en-US')} spikes${said}`;
    this.#plots.push(this.#isiPlot(times, theme));
    const amplitudes = this.#amplitudePlot(row, spikes, theme);
    if (amplitudes) this.#plots.push(amplitudes);
  }

  #isiPlot(times: Float64Array, theme: Theme): LinePlot {
    const { edgesMs, counts } = isiHistogram([times]);
    const line = (plot: uPlot) => verticalLine(plot, refractoryMs, theme.alarm);
    const options = { left: 64, xName: 'Interval (ms)', yName: 'Intervals', logX: true, height, over: line };
    const plot = linePlot(this.#isi, theme, { ...options, kind: 'steps' });
    plot.setData([Array.from(edgesMs), [...counts, 0]], true);
    plot.setScale('x', { min: edgesMs[0], max: edgesMs[edgesMs.length - 1] });
    return plot;
  }

  #amplitudePlot(row: number, spikes: UnitSpikes | undefined, theme: Theme): LinePlot | undefined {
    const { amplitudeStep, thresholds } = this.#head.units[row];
    if (!spikes?.amplitudes || amplitudeStep === null) return undefined;
    const every = Math.ceil(spikes.times.length / mostPoints) || 1;
    const chosen = Array.from({ length: Math.ceil(spikes.times.length / every) }, (_, i) => i * every);
    const values = chosen.map((i) => (spikes.amplitudes as Int16Array)[i] * amplitudeStep);
    const over = (plot: uPlot) => {
      for (const threshold of thresholds) horizontalLine(plot, threshold, theme.alarm);
    };
    const xName = every > 1 ? `Time (s), every ${every}th spike` : 'Time (s)';
    const plot = linePlot(this.#amplitudes, theme, {
      ...{ left: 64, xName, yName: `Amplitude (${this.#head.unit})`, height, over, kind: 'points' },
      yRange: (_plot, least, most) => [
        Math.min(least, 0, ...thresholds) * 1.08,
        Math.max(most, 0, ...thresholds) * 1.08,
      ],
    });
    plot.setData([chosen.map((i) => spikes.times[i] / 1000), values], true);
    const { startMs, lengthMs } = this.#head;
    plot.setScale('x', { min: startMs / 1000, max: (startMs + lengthMs) / 1000 });
    return plot;
  }
}

export function horizontalLine(plot: uPlot, value: number, colour: string): void {
  const y = plot.valToPos(value, 'y', true);
  stroke(plot, colour, plot.bbox.left, y, plot.bbox.left + plot.bbox.width, y);
}

function verticalLine(plot: uPlot, value: number, colour: string): void {
  const x = plot.valToPos(value, 'x', true);
  stroke(plot, colour, x, plot.bbox.top, x, plot.bbox.top + plot.bbox.height);
}

function stroke({ ctx }: uPlot, colour: string, x0: number, y0: number, x1: number, y1: number): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.restore();
}
