/** Amplitude of each spike over time, with the threshold that it crossed: one panel a row. */
import { frame } from './axes.js';
import { okabeIto } from './colours.js';
import { columnBox, columnFigure, columnTop, emptyPanel, type Titled } from './column.js';
import { palettePng } from './palette-png.js';
import type { Box } from './raster-marks.js';
import { label, linearScale, type Scale, timeUnitFor } from './scale.js';
import { densityPalette, faint } from './style.js';
import { element, px, textElement } from './svg.js';
import { bottomAxis, leftAxis } from './value-axes.js';

interface AmplitudeRow {
  readonly name: string;
  readonly timesMs: ArrayLike<number>;
  /** Signed; as many as times. */
  readonly amplitudes: ArrayLike<number>;
  /** Signed: −4.5σ, or both signs; none where they are not known. */
  readonly thresholds: readonly number[];
}

interface AmplitudeOptions extends Titled {
  readonly startMs: number;
  readonly lengthMs: number;
  /** Of the amplitudes: 'µV'. */
  readonly unit: string;
}

const panelHeight = 120;
/** More points than this become a picture, in which darker places have more spikes. */
const mostPoints = 5_000;

export function amplitudesSvg(rows: readonly AmplitudeRow[], options: AmplitudeOptions): string {
  const boxes = rows.map((_, i) => columnBox(columnTop + 12 + i * (panelHeight + 26), panelHeight));
  const last = boxes[boxes.length - 1] ?? columnBox(columnTop, panelHeight);
  const time = timeUnitFor(options.lengthMs);
  const x = linearScale(
    options.startMs / time.ms,
    (options.startMs + (options.lengthMs || 1)) / time.ms,
    last.x,
    last.x + last.width,
  );
  const parts = rows.map((row, i) => panel(row, boxes[i], (ms) => x(ms / time.ms), options.unit));
  parts.push(bottomAxis(x, last, `Time (${time.name})`));
  return columnFigure(last.y + last.height + 52, options, parts);
}

function panel(row: AmplitudeRow, box: Box, x: (ms: number) => number, unit: string): string {
  const y = amplitudeScale(row, box);
  const lines = row.thresholds.map((value) =>
    element('path', {
      d: `M${px(box.x)} ${px(y(value))}h${px(box.width)}`,
      stroke: okabeIto.vermillion,
      'stroke-width': 1.2,
      'stroke-dasharray': '5 3',
    }),
  );
  const said = row.thresholds.length ? `${row.name}, threshold ${sign(row.thresholds)} ${unit}` : row.name;
  return [
    row.timesMs.length ? points(row, box, x, y) : emptyPanel(box, 'no spikes'),
    ...lines,
    leftAxis(y, box, [`Amplitude (${unit})`]),
    textElement(said, box.x + box.width, box.y - 4, { 'text-anchor': 'end', 'font-size': 12, fill: faint }),
    frame(box),
  ].join('\n');
}

function sign(thresholds: readonly number[]): string {
  const size = label(Number(Math.abs(thresholds[0]).toPrecision(3)));
  return thresholds.length > 1 ? `±${size}` : thresholds[0] < 0 ? `−${size}` : size;
}

/** From 0, or around it where there are both signs. */
function amplitudeScale({ amplitudes, thresholds }: AmplitudeRow, box: Box): Scale {
  let [least, most] = [0, 0];
  const take = (value: number) => {
    if (value < least) least = value;
    if (value > most) most = value;
  };
  for (let i = 0; i < amplitudes.length; i++) take(amplitudes[i]);
  thresholds.forEach(take);
  if (least === most) most = 1;
  return linearScale(least * 1.08, most * 1.08, box.y + box.height, box.y);
}

function points({ timesMs, amplitudes }: AmplitudeRow, box: Box, x: (ms: number) => number, y: Scale): string {
  if (timesMs.length > mostPoints) return pointMap({ timesMs, amplitudes }, box, x, y);
  let d = '';
  for (let i = 0; i < timesMs.length; i++) {
    // a spike without a measured amplitude has no place
    if (Number.isFinite(amplitudes[i])) d += `M${px(x(timesMs[i]))} ${px(y(amplitudes[i]))}h0`;
  }
  return element('path', {
    d,
    stroke: okabeIto.blue,
    'stroke-width': 3,
    'stroke-linecap': 'round',
    'stroke-opacity': '0.7',
  });
}

function pointMap(
  { timesMs, amplitudes }: Pick<AmplitudeRow, 'timesMs' | 'amplitudes'>,
  box: Box,
  x: (ms: number) => number,
  y: Scale,
): string {
  const [columns, rows] = [Math.ceil(box.width), Math.ceil(box.height)];
  const counts = new Uint32Array(columns * rows);
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most, Math.floor(value)));
  for (let i = 0; i < timesMs.length; i++) {
    if (!Number.isFinite(amplitudes[i])) continue;
    counts[clamp(y(amplitudes[i]) - box.y, rows - 1) * columns + clamp(x(timesMs[i]) - box.x, columns - 1)]++;
  }
  const top = counts.reduce((most, n) => Math.max(most, n), 1);
  const colour = (n: number) => (n ? 1 + Math.round((254 * Math.log(n)) / Math.max(Math.log(top), 1e-9)) : 0);
  const png = palettePng(Uint8Array.from(counts, colour), columns, rows, densityPalette).toString('base64');
  return element('image', {
    href: `data:image/png;base64,${png}`,
    ...{ x: box.x, y: box.y, width: columns, height: rows, preserveAspectRatio: 'none' },
    'image-rendering': 'optimizeSpeed',
  });
}
