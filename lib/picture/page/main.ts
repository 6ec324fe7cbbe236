/** The page of spikes: puts its views together and links them. */

import { drawAxes, gutter } from './axes.js';
import { Camera } from './camera.js';
import { readCounts, readHead, readSpikes, readTraces, type UnitSpikes } from './data.js';
import { make } from './element.js';
import { listen } from './input.js';
import { Probe } from './probe.js';
import { Pyramid } from './pyramid.js';
import { Raster, type Shown } from './raster.js';
import { RatePlot } from './rate.js';
import { Selection } from './selection.js';
import { UnitTable } from './table.js';
import { switchTheme, themeNow } from './theme.js';
import { TraceView } from './traces.js';

const head = readHead();
const spikes: (UnitSpikes | undefined)[] = new Array(head.units.length).fill(undefined);
const whole = { fromMs: head.startMs, toMs: head.startMs + head.lengthMs, rows: head.units.length };
let wanted = false;
const camera = new Camera(whole, () => {
  wanted = true;
});

const view = document.getElementById('view') as HTMLElement;
const status = make('span', 'status');
const bar = make('header', 'bar');
const themeButton = make('button', '', 'Light / dark');
const rasterBox = make('div', 'raster');
const axes = make('canvas', 'axes');
const left = make('div', 'left');
const right = make('div', 'right');
const probe = new Probe(head, select);
const table = new UnitTable(head, select);
const selection = new Selection(head);
const rate = new RatePlot(head, camera, spikes);
let selected = 0;
let shown: Shown = { mode: 'counts', spikes: 0 };
let traceView: TraceView | undefined;

function layOut(): void {
  const title = make('h1', '', head.title);
  bar.append(title, make('p', 'subtitle', head.subtitle), status, themeButton);
  const keys = 'wheel: time · shift + wheel: rows · drag, arrows: move · + −: zoom · 0: all · j k: unit · n p: spike';
  left.append(rate.element, rasterBox, make('p', 'keys', keys));
  if (probe.any) right.append(probe.canvas);
  right.append(table.element);
  view.append(bar, left, right, selection.element);
}

function select(row: number): void {
  selected = Math.min(Math.max(row, 0), head.units.length - 1);
  table.select(selected);
  selection.show(selected, spikes[selected], themeNow());
  probe.draw(themeNow(), selected);
  traceView?.choose(selected);
  wanted = true;
}

function drawFrame(): void {
  const theme = themeNow();
  shown = raster.draw(theme);
  drawAxes(axes, camera, theme, head.rowName);
  drawSelected(theme.selected);
  rate.draw(raster.canvas.clientWidth);
  const count = Math.round(shown.spikes).toLocaleString('en-US');
  status.textContent = shown.mode === 'marks' ? `${count} spikes, each marked` : `${count} spikes, counted by place`;
}

function drawSelected(colour: string): void {
  const context = axes.getContext('2d');
  if (!context) return;
  const height = axes.clientHeight - gutter.bottom;
  const perRow = height / (camera.toRow - camera.fromRow);
  const top = Math.max(0, height - (selected + 1 - camera.fromRow) * perRow);
  const bottom = Math.min(height, height - (selected - camera.fromRow) * perRow);
  if (bottom <= top) return;
  context.fillStyle = colour;
  context.fillRect(gutter.left, top, axes.clientWidth - gutter.left - gutter.right, Math.max(bottom - top, 2));
}

function resize(): void {
  const { clientWidth, clientHeight } = rasterBox;
  raster.resize(
    (clientWidth - gutter.left - gutter.right) * devicePixelRatio,
    (clientHeight - gutter.bottom) * devicePixelRatio,
  );
  wanted = true;
}

function redrawAll(): void {
  rate.remake(themeNow());
  traceView?.draw(themeNow());
  select(selected);
}

function loop(): void {
  if (wanted) {
    wanted = false;
    drawFrame();
  }
  requestAnimationFrame(loop);
}

layOut();
// names, units and probe are there while the counts are read
await new Promise(requestAnimationFrame);
const pyramid = new Pyramid(head, await readCounts(head));
const raster = new Raster(camera, pyramid, spikes);
rasterBox.append(raster.canvas, axes);
rate.use(pyramid);
resize();
rate.remake(themeNow());
drawFrame();
probe.draw(themeNow(), selected);
new ResizeObserver(() => {
  resize();
  redrawAll();
}).observe(rasterBox);
themeButton.addEventListener('click', () => {
  switchTheme();
  redrawAll();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
listen(axes, camera, whole.rows, {
  pick: (row, ms) => {
    select(row);
    traceView?.goTo(ms);
  },
  step: (direction) => select(table.order[table.order.indexOf(selected) + direction] ?? selected),
  jump: (direction) => traceView?.jump(direction),
});
requestAnimationFrame(loop);

async function load(): Promise<void> {
  if (document.readyState === 'loading') {
    await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  }
  for await (const units of readSpikes(head)) {
    for (const { row, spikes: found } of units) {
      spikes[row] = found;
      pyramid.add(row, found);
    }
    status.textContent = 'reading spikes …';
    // a frame between two chunks: the page stays quick while it reads
    await new Promise(requestAnimationFrame);
  }
  // units behind the last chunk have no spikes
  for (let row = 0; row < spikes.length; row++) spikes[row] ??= { times: new Float64Array(0), amplitudes: null };
  pyramid.finish();
  if (head.traces) {
    traceView = new TraceView(head, head.traces, await readTraces(), (row) => spikes[row]);
    view.append(traceView.element);
    traceView.draw(themeNow());
  }
  select(head.traces?.rows[0] ?? 0);
  wanted = true;
}

/** For tests, and for the curious: what is in view and how it was drawn. */
const spikelab = {
  camera,
  loaded: load(),
  select,
  draw: () => drawFrame(),
  shown: () => shown,
  marks: () => raster.marks(),
  order: () => table.order,
  sort: (column: number) => table.sort(column),
  traces: () => traceView,
};
Object.assign(window, { spikelab });
