/** Axes of numbers, linear and logarithmic, beside panels of any width. */
import type { Box } from './raster-marks.js';
import { label, type Scale, shortLabel, ticks } from './scale.js';
import { ink } from './style.js';
import { element, px, textElement } from './svg.js';

const tickLength = 5;
/** A digit of text size 13. */
const digitWidth = 7.6;

interface AxisMark {
  readonly value: number;
  /** Empty for a tick without a number. */
  readonly text: string;
}

/** Round numbers, about `count` of them. */
function roundMarks(scale: Scale, count: number, minStep = 0): AxisMark[] {
  return ticks(scale.from, scale.to, Math.max(2, count), minStep).map((value) => ({ value, text: shortLabel(value) }));
}

/** As `roundMarks`, with all digits: times late in a long recording differ in the last ones. */
function exactMarks(scale: Scale, count: number, minStep = 0): AxisMark[] {
  const values = ticks(scale.from, scale.to, Math.max(2, count), minStep);
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const maximumFractionDigits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const text = (value: number) =>
    value.toLocaleString('en-US', { maximumFractionDigits, useGrouping: Math.abs(value) >= 10_000 }).replace('-', '−');
  return values.map((value) => ({ value, text: text(value) }));
}

/** Whole powers of ten with numbers, their multiples 2 … 9 without. */
export function decadeMarks({ from, to }: Scale): AxisMark[] {
  const marks: AxisMark[] = [];
  for (let exponent = Math.floor(Math.log10(from)); exponent <= Math.ceil(Math.log10(to)); exponent++) {
    for (let factor = 1; factor < 10; factor++) {
      const value = exponent < 0 ? factor / 10 ** -exponent : factor * 10 ** exponent;
      const inside = value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9);
      if (inside) marks.push({ value, text: factor === 1 ? label(value) : '' });
    }
  }
  return marks;
}

/** A logarithmic map from data to pixels. */
export function logScale(from: number, to: number, pixelFrom: number, pixelTo: number): Scale {
  const perUnit = (pixelTo - pixelFrom) / Math.log(to / from);
  return Object.assign((value: number) => pixelFrom + Math.log(value / from) * perUnit, { from, to });
}

interface AxisOptions {
  readonly marks?: readonly AxisMark[];
  /** Least step between round numbers: 1 for what is counted. */
  readonly minStep?: number;
  /** About how many round numbers. Default: one each 24 units of height, or 72 of width. */
  readonly count?: number;
}

export function bottomAxis(scale: Scale, box: Box, name: string, options: AxisOptions = {}): string {
  const bottom = box.y + box.height;
  const marks = options.marks ?? exactMarks(scale, options.count ?? box.width / 72, options.minStep);
  const drawn = marks.map(({ value, text }) => {
    const x = scale(value);
    const length = text ? tickLength : tickLength / 2;
    const tick = element('path', { d: `M${px(x)} ${px(bottom)}v${length}`, stroke: ink });
    return tick + (text ? textElement(text, x, bottom + 19, { 'text-anchor': 'middle' }) : '');
  });
  const middle = { 'text-anchor': 'middle', 'font-size': 14 };
  return [...drawn, textElement(name, box.x + box.width / 2, bottom + 39, middle)].join('\n');
}

/** `name` may be of several lines. */
export function leftAxis(scale: Scale, box: Box, name: readonly string[], options: AxisOptions = {}): string {
  const marks = options.marks ?? roundMarks(scale, options.count ?? box.height / 24, options.minStep);
  const drawn = marks.map(({ value, text }) => {
    const y = scale(value);
    const length = text ? tickLength : tickLength / 2;
    const tick = element('path', { d: `M${px(box.x)} ${px(y)}h${-length}`, stroke: ink });
    return tick + (text ? textElement(text, box.x - 8, y + 4.5, { 'text-anchor': 'end' }) : '');
  });
  const widest = marks.reduce((most, { text }) => Math.max(most, text.length), 0);
  const nearest = box.x - 8 - widest * digitWidth - 6;
  const y = box.y + box.height / 2;
  const lines = name.map((line, i) => {
    const x = Math.max(nearest - 15 * (name.length - 1 - i), 13 + 15 * i);
    const turned = { 'text-anchor': 'middle', 'font-size': 14, transform: `rotate(-90 ${px(x)} ${px(y)})` };
    return textElement(line, x, y, turned);
  });
  return [...drawn, ...lines].join('\n');
}
