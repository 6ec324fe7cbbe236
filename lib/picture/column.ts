/** The frame of pictures that fill one column of a journal: 85 mm wide, text of 6 to 7 pt. */
import type { Box } from './raster-marks.js';
import { faint, fontFamily, ink } from './style.js';
import { element, px, textElement } from './svg.js';

/** 85 mm in units of half a point (0.176 mm): text of size 13 is 6.5 pt in print, a line of width 1 is 0.5 pt. */
export const columnWidth = 482;
const columnMm = 85;
/** Pixels of a PNG: 432 a printed inch. */
export const columnPixels = 3 * columnWidth;

const left = 68;
const right = 24;
/** Title and subtitle end here. */
export const columnTop = 56;

export interface Titled {
  readonly title?: string;
  /** A second, smaller line: how the spikes were found, where they come from. */
  readonly subtitle?: string;
}

/** A panel over the whole width, right of the labels of its axis. */
export function columnBox(y: number, height: number): Box {
  return { x: left, y, width: columnWidth - left - right, height };
}

/** An SVG document with a white ground. */
export function columnFigure(height: number, { title, subtitle }: Titled, parts: readonly string[]): string {
  const drawn = [
    element('rect', { width: columnWidth, height, fill: '#ffffff' }),
    title ? textElement(fitted(title, 15), 14, 22, { 'font-size': 15, 'font-weight': 600 }) : '',
    subtitle ? textElement(fitted(subtitle, 11.5), 14, 40, { 'font-size': 11.5, fill: faint }) : '',
    ...parts,
  ];
  const mm = (units: number) => `${px((units * columnMm) / columnWidth)}mm`;
  const size = { viewBox: `0 0 ${columnWidth} ${px(height)}`, width: mm(columnWidth), height: mm(height) };
  const text = { 'font-family': fontFamily, 'font-size': 13, fill: ink };
  const content = `\n${drawn.filter(Boolean).join('\n')}\n`;
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, ...text }, content)}\n`;
}

/** A letter of Inter is about 0.53 of its size wide. */
function fitted(text: string, size: number): string {
  const most = Math.floor((columnWidth - 28) / (size * 0.53));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Says in the middle of a panel why it is empty. */
export function emptyPanel(box: Box, why: string): string {
  return textElement(why, box.x + box.width / 2, box.y + box.height / 2, { 'text-anchor': 'middle', fill: faint });
}
