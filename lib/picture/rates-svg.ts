/** Rate of each row, and below it the noise of each channel where it was measured. */
import { frame } from './axes.js';
import { okabeIto } from './colours.js';
import { columnBox, columnFigure, columnTop, type Titled } from './column.js';
import type { Box } from './raster-marks.js';
import { linearScale } from './scale.js';
import { element, px } from './svg.js';
import { bottomAxis, leftAxis } from './value-axes.js';

interface Measured {
  /** One a channel; NaN where it could not be measured. */
  readonly values: ArrayLike<number>;
  /** Such as 'µV'. */
  readonly unit: string;
}

interface RatesOptions extends Titled {
  /** What one row is. Default 'Channel'. */
  readonly rowName?: string;
  readonly noise?: Measured;
}

const panelHeight = 120;
/** More would run together to an area. */
const mostStems = 80;

/** @param ratesHz one a row */
export function ratesSvg(ratesHz: ArrayLike<number>, options: RatesOptions = {}): string {
  const rowName = options.rowName ?? 'Channel';
  const top = columnBox(columnTop + 6, panelHeight);
  const parts = [dots(ratesHz, top, okabeIto.blue), leftAxis(valueScale(ratesHz, top), top, ['Rate (Hz)']), frame(top)];
  let last = top;
  if (options.noise) {
    const { values, unit } = options.noise;
    last = columnBox(top.y + panelHeight + 26, panelHeight);
    parts.push(dots(values, last, okabeIto.vermillion));
    parts.push(leftAxis(valueScale(values, last), last, [`Noise (${unit})`]), frame(last));
  }
  parts.push(bottomAxis(rowScale(ratesHz.length, last), last, rowName, { minStep: 1 }));
  return columnFigure(last.y + last.height + 52, options, parts);
}

const rowScale = (rows: number, box: Box) => linearScale(-0.5, rows - 0.5, box.x, box.x + box.width);

function valueScale(values: ArrayLike<number>, box: Box) {
  let top = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > top) top = values[i];
  return linearScale(0, (top || 1) * 1.08, box.y + box.height, box.y);
}

/** A dot a row on a thin stem, which leads the eye to the row's number. */
function dots(values: ArrayLike<number>, box: Box, colour: string): string {
  const x = rowScale(values.length, box);
  const y = valueScale(values, box);
  const radius = Math.min(4, Math.max(1.2, (0.35 * box.width) / Math.max(values.length, 1)));
  let [stems, marks] = ['', ''];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const [cx, cy] = [x(i), y(values[i])];
    if (values.length <= mostStems) stems += `M${px(cx)} ${px(y(0))}V${px(cy)}`;
    marks += `M${px(cx - radius)} ${px(cy)}a${px(radius)} ${px(radius)} 0 1 0 ${px(2 * radius)} 0a${px(radius)} ${px(radius)} 0 1 0 ${px(-2 * radius)} 0z`;
  }
  const lines = { d: stems, stroke: colour, 'stroke-opacity': '0.35', 'stroke-width': Math.min(1, radius) };
  return (stems && element('path', lines)) + element('path', { d: marks, fill: colour });
}
