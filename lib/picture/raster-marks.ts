/** The spikes of a raster: a tick each while ticks can be told apart, a map of rates where they would only paint it black. */

import { palettePng } from './palette-png.js';
import type { Scale } from './scale.js';
import { addCounts, type Bins, binsFor, type Trains } from './spike-counts.js';
import { densityPalette, ink } from './style.js';
import { element, px } from './svg.js';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Marks {
  readonly svg: string;
  /** Where spikes are shown as a map of rates: what its lightest (one spike) and its darkest colour mean. */
  readonly density?: { readonly bins: Bins; readonly minHz: number; readonly maxHz: number; readonly clipped: boolean };
}

/** Ticks per pixel of a row's length above which a row would run together. */
const densestTicks = 0.25;
const mostTicks = 60_000;

export function rasterMarks(sd: Trains, box: Box, time: Scale): Marks {
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  const busiest = sd.train.reduce((most, train) => Math.max(most, train.length), 0);
  const tooDense = busiest > densestTicks * box.width * 4 || spikes > densestTicks * box.width * sd.N;
  return spikes > mostTicks || (tooDense && spikes > 0) ? densityMap(sd, box) : { svg: tickMarks(sd, box, time) };
}

/** Channel 0 at the bottom, as in the field's plots. */
export function rowCentre(channel: number, sd: Trains, box: Box): number {
  return box.y + box.height - ((channel + 0.5) * box.height) / sd.N;
}

function tickMarks(sd: Trains, box: Box, time: Scale): string {
  const row = box.height / sd.N;
  // a mark of a narrow picture is printed small: it may reach into the rows beside its own
  const height = Math.max(row * (row > 6 ? 0.72 : 1), box.width < 500 ? 2.6 : 1.2);
  const paths = sd.train.map((train, channel) => {
    const top = px(rowCentre(channel, sd, box) - height / 2);
    let d = '';
    let last = '';
    for (const t of train) {
      // at a tenth of a pixel two spikes in one place are one mark
      const x = String(Math.round(time(t) * 10) / 10);
      if (x !== last) d += `M${x} ${top}v${px(height)}`;
      last = x;
    }
    return d && element('path', { d });
  });
  const width = row > 6 || box.width < 500 ? 1.3 : 1;
  return element('g', { stroke: ink, 'stroke-width': width, fill: 'none' }, paths.filter(Boolean).join('\n'));
}

function densityMap(sd: Trains, box: Box): Marks {
  const bins = binsFor(sd, box.width);
  // more channels than rows of pixels share a row, which then shows their mean
  const perRow = Math.ceil(sd.N / (box.height * 2));
  const rows = Math.ceil(sd.N / perRow);
  const counts = new Uint32Array(rows * bins.count);
  sd.train.forEach((train, channel) => {
    addCounts(train, sd, bins, counts, (rows - 1 - Math.floor(channel / perRow)) * bins.count);
  });
  const { top, clipped } = colourTop(counts);
  // one spike gets the lightest colour, so that it never vanishes
  const perSpike = 254 / Math.max(top - 1, 1);
  const pixels = Uint8Array.from(counts, (n) => (n === 0 ? 0 : 1 + Math.round((Math.min(n, top) - 1) * perSpike)));
  const png = palettePng(pixels, bins.count, rows, densityPalette).toString('base64');
  const image = element('image', {
    href: `data:image/png;base64,${png}`,
    x: box.x,
    y: box.y + box.height - (rows * perRow * box.height) / sd.N,
    width: (box.width * bins.count * bins.widthMs) / sd.length,
    height: (rows * perRow * box.height) / sd.N,
    preserveAspectRatio: 'none',
    'image-rendering': 'optimizeSpeed',
    'clip-path': 'url(#plot)',
  });
  const oneSpikeHz = 1000 / bins.widthMs / perRow;
  return { svg: image + rowGaps(sd, box), density: { bins, minHz: oneSpikeHz, maxHz: top * oneSpikeHz, clipped } };
}

/** White between the rows, where there is room for it. */
function rowGaps(sd: Trains, box: Box): string {
  const row = box.height / sd.N;
  if (row < 6) return '';
  const d = Array.from({ length: sd.N - 1 }, (_, i) => `M${px(box.x)} ${px(box.y + (i + 1) * row)}h${px(box.width)}`);
  return element('path', { d: d.join(''), stroke: '#ffffff', 'stroke-width': row > 20 ? 5 : 2 });
}

/** The count that gets the darkest colour: the highest, unless a few cells would bleach all others. */
function colourTop(counts: Uint32Array): { top: number; clipped: boolean } {
  const busy = counts.filter((n) => n > 0).sort();
  const most = busy[busy.length - 1] ?? 1;
  const high = busy[Math.floor((busy.length - 1) * 0.995)] ?? 1;
  return most > 1.5 * high ? { top: high, clipped: true } : { top: most, clipped: false };
}
