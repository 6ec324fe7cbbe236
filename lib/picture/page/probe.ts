/** Places of the units in µm with one scale for both directions, coloured by rate; a click selects. */
import { cividis, cssColour } from '../colours.js';
import type { PageHead } from '../page-head.js';
import { fitCanvas, font, make, short } from './element.js';
import type { Theme } from './theme.js';

interface Site {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

export class Probe {
  readonly canvas = make('canvas', 'probe');
  readonly #sites: Site[];
  readonly #top: number;
  #onScreen: { row: number; x: number; y: number }[] = [];

  constructor(head: PageHead, select: (row: number) => void) {
    this.#sites = head.units.flatMap(({ place, rateHz }, row) =>
      place ? [{ row, x: place[0], y: place[1], value: rateHz }] : [],
    );
    this.#top = this.#sites.reduce((most, { value }) => Math.max(most, value), 0) || 1;
    this.canvas.addEventListener('click', ({ offsetX, offsetY }) => {
      const distance = ({ x, y }: { x: number; y: number }) => (x - offsetX) ** 2 + (y - offsetY) ** 2;
      let nearest = this.#onScreen[0];
      for (const site of this.#onScreen) if (distance(site) < distance(nearest)) nearest = site;
      if (nearest && distance(nearest) < 400) select(nearest.row);
    });
  }

  get any(): boolean {
    return this.#sites.length > 0;
  }

  draw(theme: Theme, selected: number): void {
    if (!this.any) return;
    const context = fitCanvas(this.canvas);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const [x0, x1] = extent(this.#sites.map(({ x }) => x));
    const [y0, y1] = extent(this.#sites.map(({ y }) => y));
    const scale = Math.min((width - 70) / (x1 - x0 || 1), (height - 60) / (y1 - y0 || 1), 8);
    const middle = { x: width / 2 + 12, y: (height - 24) / 2 };
    const size = Math.max(3, Math.min(9, Math.sqrt(((width - 70) * (height - 60)) / this.#sites.length) * 0.5));
    this.#onScreen = this.#sites.map(({ row, x, y }) => ({
      row,
      x: middle.x + (x - (x0 + x1) / 2) * scale,
      y: middle.y - (y - (y0 + y1) / 2) * scale,
    }));
    this.#onScreen.forEach(({ row, x, y }, i) => {
      context.fillStyle = cssColour(cividis(this.#sites[i].value / this.#top));
      context.fillRect(x - size / 2, y - size / 2, size, size);
      if (row !== selected) return;
      context.strokeStyle = theme.alarm;
      context.lineWidth = 2;
      context.strokeRect(x - size / 2 - 3, y - size / 2 - 3, size + 6, size + 6);
    });
    scaleBar(context, theme, scale, width, height);
    context.textAlign = 'left';
    context.fillText(`Rate 0 to ${short(this.#top)} Hz`, 8, height - 6);
  }
}

function scaleBar(context: CanvasRenderingContext2D, theme: Theme, scale: number, width: number, height: number): void {
  const lengths = [5000, 2000, 1000, 500, 200, 100, 50, 20, 10];
  const um = lengths.find((length) => length * scale < width / 3) ?? 5;
  context.fillStyle = theme.text;
  context.font = font;
  context.fillRect(width - 10 - um * scale, height - 24, um * scale, 2);
  context.textAlign = 'right';
  context.fillText(`${um} µm`, width - 10, height - 8);
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}
