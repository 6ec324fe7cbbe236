/** Filtered traces of some channels over a short time, with thresholds and the spikes that were detected. */
import { frame } from './axes.js';
import { okabeIto } from './colours.js';
import { columnBox, columnFigure, columnTop, type Titled } from './column.js';
import type { Box } from './raster-marks.js';
import { linearScale, type Scale, timeUnitFor } from './scale.js';
import { ink } from './style.js';
import { element, px } from './svg.js';
import { bottomAxis, leftAxis } from './value-axes.js';

interface TraceRow {
  readonly name: string;
  readonly samples: ArrayLike<number>;
  /** Signed; none where the channel has no threshold. */
  readonly thresholds: readonly number[];
  readonly spikesMs: ArrayLike<number>;
}

interface TraceOptions extends Titled {
  /** Time of the first sample. */
  readonly fromMs: number;
  readonly fsHz: number;
  /** Of the samples: 'µV'. */
  readonly unit: string;
}

const gap = 20;

export function tracesSvg(rows: readonly TraceRow[], options: TraceOptions): string {
  const height = rows.length > 4 ? 70 : 96;
  const samples = rows[0]?.samples.length ?? 1;
  const lengthMs = (samples * 1000) / options.fsHz;
  // ms only early in a recording: 11,210 ms is 11.21 s
  const unit = timeUnitFor(options.fromMs + lengthMs < 2_000 ? lengthMs : 2_000);
  const boxes = rows.map((_, i) => columnBox(columnTop + 14 + i * (height + gap), height));
  const last = boxes[boxes.length - 1] ?? columnBox(columnTop, height);
  const time = linearScale(
    options.fromMs / unit.ms,
    (options.fromMs + lengthMs) / unit.ms,
    last.x,
    last.x + last.width,
  );
  const x = (ms: number) => time(ms / unit.ms);
  const parts = rows.map((row, i) => panel(row, boxes[i], x, options));
  parts.push(bottomAxis(time, last, `Time (${unit.name})`));
  return columnFigure(last.y + last.height + 52, options, parts);
}

function panel(row: TraceRow, box: Box, x: (ms: number) => number, { fromMs, fsHz, unit }: TraceOptions): string {
  const y = traceScale(row, box);
  const threshold = { stroke: okabeIto.vermillion, 'stroke-width': 1, 'stroke-dasharray': '5 3' };
  const spikes = Array.from(row.spikesMs, (ms) => `M${px(x(ms) - 4)} ${px(box.y - 7)}h8l-4 6z`).join('');
  return [
    ...row.thresholds.map((value) =>
      element('path', { d: `M${px(box.x)} ${px(y(value))}h${px(box.width)}`, ...threshold }),
    ),
    element('path', {
      d: tracePath(row.samples, (i) => x(fromMs + (i * 1000) / fsHz), y),
      fill: 'none',
      stroke: ink,
      'stroke-width': 0.9,
      'stroke-linejoin': 'round',
    }),
    spikes && element('path', { d: spikes, fill: okabeIto.blue }),
    // around 0, half of what would fit above it
    leftAxis(y, box, [row.name, `(${unit})`], { count: box.height / 16 }),
    frame(box),
  ]
    .filter(Boolean)
    .join('\n');
}

function traceScale({ samples, thresholds }: TraceRow, box: Box): Scale {
  let most = 0;
  for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i]) > most) most = Math.abs(samples[i]);
  for (const value of thresholds) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  most = 1.08 * (most || 1);
  return linearScale(-most, most, box.y + box.height, box.y);
}

/** Every sample where there is room; else the least and the greatest of what falls into half a unit, so that no peak is lost. */
function tracePath(samples: ArrayLike<number>, x: (sample: number) => number, y: Scale): string {
  const columns = Math.max(1, Math.ceil((x(samples.length) - x(0)) * 2));
  const perColumn = samples.length / columns;
  let d = '';
  const add = (i: number) => {
    if (Number.isFinite(samples[i])) d += `${d ? 'L' : 'M'}${px(x(i))} ${px(y(samples[i]))}`;
  };
  if (perColumn <= 2) {
    for (let i = 0; i < samples.length; i++) add(i);
    return d;
  }
  for (let column = 0; column < columns; column++) {
    const from = Math.floor(column * perColumn);
    const to = Math.min(samples.length, Math.floor((column + 1) * perColumn));
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (samples[i] < samples[low]) low = i;
      if (samples[i] > samples[high]) high = i;
    }
    add(Math.min(low, high));
    if (low !== high) add(Math.max(low, high));
  }
  return d;
}
