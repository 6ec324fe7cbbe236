/** The picture of a recording's spikes: raster by channel, population rate above it, rate of each channel beside it. */
import { channelAxis, frame, rateAxis, timeAxis } from './axes.js';
import { columnFigure, columnTop } from './column.js';
import { type Box, type Marks, rasterMarks, rowCentre } from './raster-marks.js';
import { duration, label, linearScale, type Scale } from './scale.js';
import { binsFor, channelRates, populationRate, type Trains } from './spike-counts.js';
import { densityStops, faint, fontFamily, grid, ink, rateFill, rateLine } from './style.js';
import { element, px, textElement } from './svg.js';

export interface RasterOptions {
  title?: string;
  /** A second, smaller line: how the spikes were found, where they come from. */
  subtitle?: string;
  /** What one row is. Default 'Channel'. */
  rowName?: string;
}

const width = 1200;
const left = 98;
const rateHeight = 120;
const rateTop = 96;
const sideWidth = 130;
const gap = 22;

/** An SVG document, 1200 wide; its height fits the number of channels. */
export function rasterSvg(sd: Trains, options: RasterOptions = {}): string {
  const plotWidth = width - left - gap - sideWidth - 28;
  const raster: Box = { x: left, y: rateTop + rateHeight + gap, width: plotWidth, height: rasterHeight(sd.N) };
  const rate: Box = { x: left, y: rateTop, width: plotWidth, height: rateHeight };
  const side: Box = { x: left + plotWidth + gap, y: raster.y, width: sideWidth, height: raster.height };
  const height = raster.y + raster.height + 62;
  const parts = [
    element('rect', { width, height, fill: '#ffffff' }),
    header(options),
    ...rasterPanels(sd, { raster, rate, side }, options.rowName),
  ];
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${px(height)}`, width, height };
  const text = { 'font-family': fontFamily, 'font-size': 13, fill: ink };
  return `${element('svg', { ...attributes, ...text }, `\n${parts.filter(Boolean).join('\n')}\n`)}\n`;
}

/** The same for a column of a journal. */
export function columnRasterSvg(sd: Trains, options: RasterOptions = {}): string {
  const [x, plotWidth, side] = [84, 288, 82];
  const rate: Box = { x, y: columnTop + 14, width: plotWidth, height: 66 };
  const rowHeight = Math.min(Math.max(18 * sd.N, 100), 300);
  const raster: Box = { x, y: rate.y + rate.height + 16, width: plotWidth, height: rowHeight };
  const beside: Box = { x: x + plotWidth + 14, y: raster.y, width: side, height: rowHeight };
  const panels = rasterPanels(sd, { raster, rate, side: beside }, options.rowName);
  return columnFigure(raster.y + rowHeight + 56, options, panels);
}

function rasterPanels(
  sd: Trains,
  { raster, rate, side }: { raster: Box; rate: Box; side: Box },
  rowName = 'Channel',
): string[] {
  const time = linearScale(sd.startTime, sd.startTime + (sd.length || 1), raster.x, raster.x + raster.width);
  const marks = rasterMarks(sd, raster, time);
  return [
    element('defs', {}, element('clipPath', { id: 'plot' }, element('rect', { ...raster }))),
    timeAxis(time, raster, rate),
    populationPanel(sd, rate),
    rowLines(sd, raster),
    marks.svg,
    frame(raster),
    channelAxis(sd.N, (channel) => rowCentre(channel, sd, raster), raster, rowName),
    sidePanel(sd, side),
    legend(marks, side, rate),
    sd.train.some((train) => train.length) ? '' : noSpikes(raster),
  ];
}

/** Whole half-pixels a row, so that rows of a PNG at double size do not beat against its pixels. */
function rasterHeight(rows: number): number {
  const wanted = Math.min(Math.max(34 * rows, 150), Math.max(620, Math.min(2 * rows, 900)));
  const row = wanted / Math.max(rows, 1);
  return row >= 0.5 ? (Math.floor(row * 2) / 2) * Math.max(rows, 1) : wanted;
}

function header({ title, subtitle }: RasterOptions): string {
  const lines = [];
  if (title) lines.push(textElement(shorten(title, 90), left, 40, { 'font-size': 20, 'font-weight': 600 }));
  if (subtitle) lines.push(textElement(shorten(subtitle, 150), left, 64, { fill: faint }));
  return lines.join('\n');
}

function noSpikes(box: Box): string {
  const centre = { 'text-anchor': 'middle', fill: faint, 'font-size': 16 };
  return textElement('no spikes', box.x + box.width / 2, box.y + box.height / 2 - 10, centre);
}

const shorten = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Faint lines along the rows, where there is room for them, tie a tick to its channel. */
function rowLines(sd: Trains, box: Box): string {
  if (box.height / sd.N < 10) return '';
  const d = Array.from({ length: sd.N }, (_, channel) => `M${box.x} ${px(rowCentre(channel, sd, box))}h${box.width}`);
  return element('path', { d: d.join(''), stroke: grid, 'stroke-width': 1 });
}

function populationPanel(sd: Trains, box: Box): string {
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  const bins = binsFor(sd, Math.min(Math.max(10 * Math.sqrt(spikes), 60), 250));
  const rates = populationRate(sd, bins);
  const top = rates.reduce((most, r) => Math.max(most, r), 0) || 1;
  const y = linearScale(0, top * 1.05, box.y + box.height, box.y);
  const time: Scale = linearScale(0, sd.length || 1, box.x, box.x + box.width);
  let d = `M${box.x} ${px(y(0))}`;
  rates.forEach((r, i) => {
    d += `V${px(y(r))}H${px(time(Math.min((i + 1) * bins.widthMs, sd.length || 1)))}`;
  });
  const area = element('path', { d: `${d}V${px(y(0))}Z`, fill: rateFill, stroke: rateLine, 'stroke-width': 1 });
  const note = textElement(`${duration(bins.widthMs)} bins`, box.x + box.width, box.y - 8, {
    'text-anchor': 'end',
    fill: faint,
    'font-size': 12,
  });
  return [area, frame(box), rateAxis(y, box, ['Population rate', '(spikes/s)']), note].join('\n');
}

/** Rate of each channel as a bar on the same rows as the raster. */
function sidePanel(sd: Trains, box: Box): string {
  const rates = channelRates(sd);
  const top = rates.reduce((most, r) => Math.max(most, r), 0) || 1;
  const x = linearScale(0, top * 1.05, box.x, box.x + box.width);
  const row = box.height / sd.N;
  const thickness = row * (row > 6 ? 0.72 : 1);
  let d = '';
  rates.forEach((r, channel) => {
    if (r > 0)
      d += `M${box.x} ${px(rowCentre(channel, sd, box) - thickness / 2)}H${px(x(r))}v${px(thickness)}H${box.x}Z`;
  });
  const bars = d && element('path', { d, fill: rateFill });
  return [bars, frame(box), rateAxis(x, box, ['Rate (Hz)'], 'horizontal')].join('\n');
}

/** What the colours of a map of rates mean. */
function legend(marks: Marks, { x, width: sideWidth }: Box, box: Box): string {
  if (!marks.density) return '';
  const { bins, minHz, maxHz, clipped } = marks.density;
  const y = box.y + box.height - 34;
  const stops = densityStops.map(([r, g, b], i, all) =>
    element('stop', { offset: i / (all.length - 1), 'stop-color': `rgb(${r},${g},${b})` }),
  );
  const small = { 'font-size': 12 };
  return [
    element('linearGradient', { id: 'density' }, stops.join('')),
    textElement('Raster: rate', x, y - 26, { ...small, fill: faint }),
    textElement(`(Hz, ${duration(bins.widthMs)} bins)`, x, y - 10, { ...small, fill: faint }),
    element('rect', { x, y, width: sideWidth, height: 10, fill: 'url(#density)' }),
    textElement(label(round(minHz)), x, y + 26, small),
    textElement(`${clipped ? '≥ ' : ''}${label(round(maxHz))}`, x + sideWidth, y + 26, {
      ...small,
      'text-anchor': 'end',
    }),
  ].join('\n');
}

const round = (hz: number) => Number(hz.toPrecision(2));
