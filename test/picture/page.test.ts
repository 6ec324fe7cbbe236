import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type PageSource, pageData } from '../../lib/picture/page-data.js';
import type { PageHead } from '../../lib/picture/page-head.js';
import { pageHtml } from '../../lib/picture/page-html.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';

const unpacked = (text: string) => inflateRawSync(Buffer.from(text, 'base64'));

/** Steps of seven bits a byte, lowest first, as the format of the page says; written apart from the page's own reader. */
function stepsIn(bytes: Buffer, count: number, from: number): { steps: bigint[]; end: number } {
  const steps: bigint[] = [];
  let at = from;
  while (steps.length < count) {
    let [step, shift] = [0n, 0n];
    do {
      step |= BigInt(bytes[at] & 127) << shift;
      shift += 7n;
    } while (bytes[at++] >= 128);
    steps.push(step);
  }
  return { steps, end: at };
}

const source = (sd: SpikeData, more: Partial<PageSource> = {}): PageSource => ({
  ...{ sd, title: 'a <b>', subtitle: 'c', rowName: 'Unit', unit: 'µV' },
  ...more,
});

async function html(data: ReturnType<typeof pageData>): Promise<string> {
  let text = '';
  for await (const piece of pageHtml(data)) text += piece;
  return text;
}

describe('the data of a page', () => {
  it('holds every spike to half a microsecond, and amplitudes to a 30,000th of the largest', () => {
    // steps of one, two and six bytes: 100 µs, 10 ms, and 10⁹ ms with a start below 0
    const trains = [[-5, -4.9, 5.1001], [], [999_999_999.5]];
    const sd = new SpikeData(trains, { startTime: -5, length: 1e9 + 5 });
    const amplitudes = [[-100, 33.3, 2], [], [7]];
    const { chunks } = pageData(source(sd, { amplitudes }));
    const bytes = unpacked(chunks.join(''));
    let at = 0;
    for (const [row, train] of trains.entries()) {
      const { steps, end } = stepsIn(bytes, train.length, at);
      let time = 0n;
      steps.forEach((step, i) => {
        time += step;
        expect(Math.abs(Number(time) / 1000 - 5 - train[i])).toBeLessThanOrEqual(0.00051);
      });
      const most = Math.max(...amplitudes[row].map(Math.abs));
      amplitudes[row].forEach((value, i) => {
        expect(Math.abs((bytes.readInt16LE(end + 2 * i) * most) / 32_000 - value)).toBeLessThan(most / 30_000);
      });
      at = end + 2 * train.length;
    }
    expect(at).toBe(bytes.length);
  });

  it('counts each spike in its bin, and says rates, shares and places of the units', () => {
    const trains = [[0, 1, 2, 1000], [500]];
    const sd = new SpikeData(trains, { length: 1000, neuronAttributes: [{ unit_id: 'x', location: [3, 4] }, {}] });
    const { head, counts } = pageData(source(sd, { noise: [2, Number.NaN] }));
    const cells = unpacked(counts);
    expect([head.bins, head.countBytes, cells.length]).toEqual([4096, 1, 2 * 4096]);
    const expected = new Array(2 * 4096).fill(0);
    // 4.096 bins a millisecond: 0, 4.1, 8.2, 4096 (the end belongs to the last), 2048 (an edge belongs to the bin before it)
    for (const bin of [0, 4, 8, 4095]) expected[bin]++;
    expected[4096 + 2047 + 1]++;
    expect([...cells].reduce((sum, n) => sum + n)).toBe(5);
    expect([...cells.subarray(0, 4096)]).toEqual(expected.slice(0, 4096));
    expect([...cells.subarray(4096 + 2047, 4096 + 2049)].reduce((sum, n) => sum + n)).toBe(1);
    expect(head.units[0]).toMatchObject({ id: 'x', spikes: 4, rateHz: 4, short: 2 / 3, place: [3, 4], noise: 2 });
    expect(head.units[1]).toMatchObject({ id: '1', spikes: 1, rateHz: 1, short: null, place: null, noise: null });
  });
});

describe('the file of a page', () => {
  it('holds all that it needs, asks nothing of a network, and its code is below 300 KB', async () => {
    const text = await html(pageData(source(new SpikeData([[1, 2]], { length: 10 }))));
    expect(text).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('<title>a &lt;b&gt;</title>');
    const size = (name: string) => readFileSync(new URL(`../../dist/page/${name}`, import.meta.url)).length;
    expect(size('page.js') + size('page.css')).toBeLessThan(300_000);
    expect(readFileSync(new URL('../../dist/page/page.js', import.meta.url), 'utf8')).not.toMatch(/\bimport\s*["'{(]/);
  });

  it('keeps a title from ending the script that it lies in', async () => {
    const text = await html(pageData(source(new SpikeData([[1]], { length: 10 }), { title: '</script><b>' })));
    const json = text.match(/id="head">([^<]*)<\/script>/)?.[1] ?? '';
    expect((JSON.parse(json) as PageHead).title).toBe('</script><b>');
  });
});
