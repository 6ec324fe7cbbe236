/** The page in a headless Chromium; without one these tests say so and end. */
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageData } from '../../lib/picture/page-data.js';
import { pageHtml } from '../../lib/picture/page-html.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';
import { chromiumPath, Page } from '../support/chromium.js';

const chromium = chromiumPath();
if (!chromium) process.stderr.write('no chromium on the PATH: the page is not tried in a browser\n');

const lengthMs = 10_000;
/** 40 units; unit u fires each 100 + 10 u ms, so that every time is known without the page. */
const trains = Array.from({ length: 40 }, (_, unit) => {
  const everyMs = 100 + 10 * unit;
  return Array.from({ length: Math.floor((lengthMs - 5) / everyMs) }, (_, i) => 5 + i * everyMs);
});
/** 1 s of unit 3 at 20 kHz: 0 but for −50 at each of its spikes. */
const samples = new Float64Array(20_000);
for (const ms of trains[3]) if (ms < 1000) samples[Math.round(ms * 20)] = -50;

describe.runIf(chromium)('the page in a browser', () => {
  let folder: string;
  let page: Page;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spikelab-page-'));
    const neuronAttributes = trains.map((_, unit) => ({ location: [(unit % 4) * 20, Math.floor(unit / 4) * 20] }));
    const data = pageData({
      sd: new SpikeData(trains, { length: lengthMs, neuronAttributes }),
      ...{ title: 'page', subtitle: 'made by hand', rowName: 'Unit', unit: 'µV' },
      amplitudes: trains.map((train, unit) => train.map(() => -50 - unit)),
      thresholds: () => [-40],
      traces: { rows: [3], fromMs: 0, fsHz: 20_000, samples: [samples] },
    });
    const file = join(folder, 'page.html');
    await pipeline(Readable.from(pageHtml(data)), createWriteStream(file));
    page = await Page.open(chromium as string, { width: 1300, height: 1200 });
    await page.send('Page.navigate', { url: pathToFileURL(file).href });
    await page.value(`new Promise((ready) => {
      const look = () => (globalThis.spikelab ? ready(spikelab.loaded.then(() => true)) : setTimeout(look, 20));
      look();
    })`);
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const shown = () => page.value<{ mode: string; spikes: number }>('(spikelab.draw(), spikelab.shown())');

  it('marks the spikes that it was given, all of them and those of a window', { timeout: 60_000 }, async () => {
    const marks = 'spikelab.marks().map(({ row, times }) => [row, times])';
    expect(await shown()).toEqual({ mode: 'marks', spikes: trains.flat().length });
    const all = await page.value<[number, number[]][]>(marks);
    expect(all.map(([row]) => row)).toEqual(trains.map((_, row) => row));
    all.forEach(([row, times]) => {
      times.forEach((time, i) => {
        expect(Math.abs(time - trains[row][i])).toBeLessThan(0.001);
      });
      expect(times).toHaveLength(trains[row].length);
    });
    await page.value('spikelab.camera.show(1000, 2000, 10, 20)');
    await shown();
    const some = await page.value<[number, number[]][]>(marks);
    const expected = trains.slice(10, 20).map((train) => train.filter((ms) => ms >= 1000 && ms <= 2000).length);
    expect(some.map(([row]) => row)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(some.map(([, times]) => times.length)).toEqual(expected);
    await page.value('spikelab.camera.reset()');
  });

  it('paints the mark of a spike where its time and unit are', { timeout: 60_000 }, async () => {
    await page.value('spikelab.camera.show(0, 100, 0, 4)');
    await shown();
    // the only spike of each of these units in 100 ms is at 5 ms; unit 0 lies at the bottom
    const dark = await page.value<number[][]>(`(() => {
      const canvas = document.querySelector('.raster canvas');
      const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
      const context = copy.getContext('2d');
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const found = [];
      for (let unit = 0; unit < 4; unit++) {
        const y = Math.floor(copy.height * (1 - (unit + 0.5) / 4));
        for (let x = 0; x < copy.width; x++) if (data[4 * (y * copy.width + x)] < 128) found.push([unit, (100 * x) / copy.width]);
      }
      return found;
    })()`);
    expect(dark.map(([unit]) => unit)).toEqual([0, 1, 2, 3]);
    for (const [, ms] of dark) expect(Math.abs(ms - 5)).toBeLessThan(0.3);
    await page.value('spikelab.camera.reset()');
  });

  it('moves with keys and wheel, sorts units, and steps from spike to spike', { timeout: 60_000 }, async () => {
    const press = (key: string) => page.value(`dispatchEvent(new KeyboardEvent('keydown', { key: '${key}' }))`);
    const window = () => page.value<number[]>('[spikelab.camera.fromMs, spikelab.camera.toMs]');
    await press('+');
    // a fifth nearer, around the middle
    expect((await window()).map(Math.round)).toEqual([1000, 9000]);
    await press('ArrowRight');
    expect((await window()).map(Math.round)).toEqual([1800, 9800]);
    await press('0');
    await page.value(
      `document.querySelector('.axes').dispatchEvent(new WheelEvent('wheel', { deltaY: -100, clientX: 600, clientY: 400, bubbles: true }))`,
    );
    const [from, to] = await window();
    expect(to - from).toBeCloseTo(10_000 * Math.exp(-0.25), 3);
    await press('0');
    await page.value('spikelab.sort(2)');
    // by spikes, most first; the same again turns it round
    expect((await page.value<number[]>('spikelab.order()')).slice(0, 2)).toEqual([0, 1]);
    await page.value('spikelab.sort(2)');
    const fewest = Math.min(...trains.map((train) => train.length));
    expect(trains[(await page.value<number[]>('spikelab.order()'))[0]]).toHaveLength(fewest);
    await page.value('spikelab.sort(0), spikelab.select(3), spikelab.traces().goTo(100)');
    const jumps = await page.value<number[]>('[1, 1, -1].map((way) => spikelab.traces().jump(way))');
    // unit 3 fires at 5, 135, 265 …
    expect(jumps.map(Math.round)).toEqual([135, 265, 135]);
  });

  it('has a light and a dark face', { timeout: 60_000 }, async () => {
    const ground = () => page.value<string>('getComputedStyle(document.body).backgroundColor');
    const [first] = [await ground(), await page.value(`document.querySelector('header button').click()`)];
    const second = await ground();
    expect([first, second].sort()).toEqual(['rgb(16, 20, 27)', 'rgb(255, 255, 255)']);
    const image = await page.screenshot();
    expect(image.length).toBeGreaterThan(20_000);
    if (process.env.SPIKELAB_SCREENSHOTS) writeFileSync(join(process.env.SPIKELAB_SCREENSHOTS, 'page-dark.png'), image);
    await page.value(`document.querySelector('header button').click()`);
    if (process.env.SPIKELAB_SCREENSHOTS) {
      writeFileSync(join(process.env.SPIKELAB_SCREENSHOTS, 'page-light.png'), await page.screenshot());
    }
  });
});
