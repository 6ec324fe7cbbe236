/** Map of a probe or array: each site at its place in µm, coloured by a value. Both directions have one scale. */
import { frame } from './axes.js';
import { cividis, cssColour } from './colours.js';
import { columnFigure, columnTop, columnWidth, type Titled } from './column.js';
import type { Box } from './raster-marks.js';
import { label, linearScale, ticks } from './scale.js';
import { faint, ink } from './style.js';
import { element, px, textElement } from './svg.js';
import { bottomAxis, leftAxis } from './value-axes.js';

export interface Site {
  readonly x: number;
  readonly y: number;
  /** NaN where there is none. */
  readonly value: number;
}

interface ProbeOptions extends Titled {
  /** With its unit: 'Rate (Hz)'. */
  readonly valueName: string;
}

const left = 68;
const barWidth = 12;
/** For the bar of colours with its numbers. */
const barRoom = 84;
const mostHeight = 430;
/** For the numbers left of the second strip and those after it. */
const labelRoom = 46;

export function probeSvg(sites: readonly Site[], options: ProbeOptions): string {
  const strips = stripsOf(sites);
  const side = siteSide(sites);
  const room = columnWidth - left - barRoom;
  const { widthUm, heightUm } = strips;
  const stripRoom = room / strips.count;
  const perUm = Math.min(
    (stripRoom - (strips.count > 1 ? labelRoom : 14)) / (widthUm || 1),
    mostHeight / (heightUm || 1),
  );
  const height = Math.max(heightUm * perUm, 120);
  const top = Math.max(...sites.map(({ value }) => (Number.isFinite(value) ? value : 0)), 0) || 1;
  const parts = Array.from({ length: strips.count }, (_, i) => {
    const width = Math.max(widthUm * perUm, strips.count > 1 ? 20 : 60);
    const spare = strips.count > 1 ? 0 : (room - 14 - width) / 2;
    const box: Box = { x: left + spare + i * stripRoom, y: columnTop, width, height };
    return strip(sites, box, {
      ...strips,
      first: i === 0,
      from: strips.yFrom + i * heightUm,
      perUm,
      side,
      top,
    });
  });
  const bar: Box = { x: columnWidth - 62, y: columnTop + 22, width: barWidth, height: Math.min(height - 22, 150) };
  parts.push(colourBar(bar, top, options.valueName));
  const wholeWidth = { x: left, y: columnTop, width: room - 14, height };
  parts.push(centred('x (µm)', wholeWidth));
  return columnFigure(columnTop + height + 52, options, parts);
}

interface Strips {
  readonly count: number;
  readonly xFrom: number;
  readonly yFrom: number;
  readonly widthUm: number;
  /** Of one strip. */
  readonly heightUm: number;
}

/** A shank that is much longer than wide is cut into strips side by side, bottom first. */
function stripsOf(sites: readonly Site[]): Strips {
  const side = siteSide(sites);
  const [xFrom, xTo] = range(
    sites.map(({ x }) => x),
    side,
  );
  const [yFrom, yTo] = range(
    sites.map(({ y }) => y),
    side,
  );
  const long = (yTo - yFrom) / (xTo - xFrom);
  const count = long > 6 ? Math.min(6, Math.max(2, Math.round(Math.sqrt(long / 3)))) : 1;
  return { count, xFrom, yFrom, widthUm: xTo - xFrom, heightUm: (yTo - yFrom) / count };
}

function range(values: readonly number[], margin: number): [number, number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [from, to] = [Math.min(from, value), Math.max(to, value)];
  return values.length ? [from - margin, to + margin] : [0, 1];
}

/** Side of a drawn site: 0.8 of the least distance between two of them, so that none covers another; 20 µm for one alone. */
function siteSide(sites: readonly Site[]): number {
  const sorted = [...sites].sort((a, b) => a.y - b.y || a.x - b.x);
  let least = Number.POSITIVE_INFINITY;
  sorted.forEach((site, i) => {
    for (let k = i + 1; k < sorted.length && sorted[k].y - site.y < least; k++) {
      const apart = Math.max(Math.abs(sorted[k].x - site.x), sorted[k].y - site.y);
      // units may share a place
      if (apart > 1) least = Math.min(least, apart);
    }
  });
  return Number.isFinite(least) ? 0.8 * least : 20;
}

interface StripLook extends Strips {
  readonly first: boolean;
  readonly from: number;
  readonly perUm: number;
  readonly side: number;
  readonly top: number;
}

function strip(sites: readonly Site[], box: Box, look: StripLook): string {
  const { xFrom, from, heightUm, perUm, side, top, widthUm } = look;
  const spare = (box.width - widthUm * perUm) / 2;
  const x = linearScale(xFrom, xFrom + widthUm, box.x + spare, box.x + box.width - spare);
  const y = linearScale(from, from + box.height / perUm, box.y + box.height, box.y);
  const inside = sites.filter((site) => site.y >= from && site.y < from + heightUm);
  const size = Math.max(side * perUm, 2);
  // weak values first, so that where places coincide the strongest is seen
  const drawn = [...inside]
    .sort((a, b) => (a.value || 0) - (b.value || 0))
    .map((site) => {
      const fill = Number.isFinite(site.value) ? cssColour(cividis(site.value / top)) : 'none';
      const edge = fill === 'none' ? { stroke: faint, 'stroke-width': 0.6 } : {};
      return element('rect', {
        x: x(site.x) - size / 2,
        y: y(site.y) - size / 2,
        width: size,
        height: size,
        fill,
        ...edge,
      });
    });
  const shown = ticks(x.from, x.to, Math.max(1, box.width / 46)).map((value) => ({ value, text: label(value) }));
  const name = look.first ? ['y (µm)'] : [];
  return [...drawn, bottomAxis(x, box, '', { marks: shown }), leftAxis(y, box, name), frame(box)].join('\n');
}

const centred = (text: string, box: Box) =>
  textElement(text, box.x + box.width / 2, box.y + box.height + 39, { 'text-anchor': 'middle', 'font-size': 14 });

function colourBar(box: Box, top: number, name: string): string {
  const stops = Array.from({ length: 11 }, (_, i) =>
    element('stop', { offset: i / 10, 'stop-color': cssColour(cividis(i / 10)) }),
  );
  const y = linearScale(0, top, box.y + box.height, box.y);
  const marks = ticks(0, top, Math.max(2, box.height / 36)).map((value) => {
    const tick = element('path', { d: `M${px(box.x + box.width)} ${px(y(value))}h4`, stroke: ink });
    return tick + textElement(label(value), box.x + box.width + 8, y(value) + 4.5);
  });
  return [
    element('linearGradient', { id: 'values', x1: 0, y1: 1, x2: 0, y2: 0 }, stops.join('')),
    element('rect', { ...box, fill: 'url(#values)' }),
    ...marks,
    textElement(name, columnWidth - 14, box.y - 10, { 'text-anchor': 'end' }),
  ].join('\n');
}
