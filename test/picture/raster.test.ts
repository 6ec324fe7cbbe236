import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { palettePng } from '../../lib/picture/palette-png.js';
import { svgToPng } from '../../lib/picture/png.js';
import { rasterSvg } from '../../lib/picture/raster-svg.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';

/** Pixels of an 8-bit palette PNG without filters, by the layout that ISO/IEC 15948 gives. */
function pixelsOf(png: Buffer): { width: number; height: number; rows: number[][]; palette: number[] } {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  expect([...header.subarray(8)]).toEqual([8, 3, 0, 0, 0]);
  const lines = inflateSync(chunks.get('IDAT') as Buffer);
  const rows = Array.from({ length: height }, (_, y) => [
    ...lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)),
  ]);
  return { width, height, rows, palette: [...(chunks.get('PLTE') as Buffer)] };
}

const embedded = (svg: string) => Buffer.from(svg.match(/base64,([^"]+)"/)?.[1] ?? '', 'base64');
/** The x of every tick of every row, from the paths with the spikes. */
const tickRows = (svg: string) =>
  [...svg.matchAll(/<path d="((?:M[\d.]+ [\d.]+v[\d.]+)+)"\/>/g)].map(([, d]) =>
    [...d.matchAll(/M([\d.]+) /g)].map(([, x]) => Number(x)),
  );

describe('the raster picture', () => {
  it('draws a tick for each spike at its time, on the row of its channel', () => {
    const svg = rasterSvg(new SpikeData([[0, 250], [], [500, 1000]], { length: 1000 }));
    const rows = tickRows(svg);
    expect(rows).toHaveLength(2);
    const [start, quarter] = rows[0];
    const [half, end] = rows[1];
    expect(half - start).toBeCloseTo((end - start) / 2, 1);
    expect(quarter - start).toBeCloseTo((end - start) / 4, 1);
  });

  it('puts spikes that lie within a tenth of a pixel into one tick', () => {
    const train = Float64Array.from({ length: 900 }, (_, i) => 500 + i * 1e-4);
    expect(tickRows(rasterSvg(new SpikeData([train, [1], [2], [3], [4]], { length: 60_000 })))[0].length).toBeLessThan(
      3,
    );
  });

  it('turns into a map of rates where ticks would run together, and loses no spike', () => {
    const train = Float64Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 10_000).sort();
    const svg = rasterSvg(new SpikeData([train, [42]], { length: 10_000 }));
    const { width, height, rows, palette } = pixelsOf(embedded(svg));
    expect([width, height]).toEqual([500, 2]);
    expect(palette).toHaveLength(768);
    // channel 0 is the bottom row; 20 ms bins: 40 spikes each, and one bin of channel 1
    expect(rows[0].flatMap((colour, bin) => (colour ? [bin] : []))).toEqual([2]);
    expect(rows[1].every((colour) => colour > 200)).toBe(true);
    expect(svg).toContain('20 ms bins');
  });

  it('stays small for a million spikes on 384 channels', () => {
    const trains = Array.from({ length: 384 }, (_, c) =>
      Float64Array.from({ length: 2700 }, (_, i) => (i * 7919 + c * 131) % 600_000).sort(),
    );
    expect(rasterSvg(new SpikeData(trains, { length: 600_000 })).length).toBeLessThan(500_000);
  });

  it('escapes what stands in names', () => {
    const svg = rasterSvg(new SpikeData([[1]], { length: 2 }), { title: '<a&"b">\u0000\ud800' });
    expect(svg).toContain('&lt;a&amp;&quot;b&quot;&gt;��');
  });

  it.each([
    ['no channels', new SpikeData([])],
    ['no spikes', new SpikeData([[], []], { length: 100 })],
    ['no length', new SpikeData([[0]], { length: 0 })],
    ['a negative start', new SpikeData([[-5]], { startTime: -10, length: 20 })],
    ['more channels than pixels', new SpikeData([[1]], { N: 3000, length: 20 })],
  ])('draws a recording with %s', async (_, sd) => {
    const svg = rasterSvg(sd);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect((await svgToPng(svg)).length).toBeGreaterThan(1000);
  });
});

describe('PNG', () => {
  it('draws text and ticks: pixels that are not white', async () => {
    const png = Buffer.from(await svgToPng(rasterSvg(new SpikeData([[5]], { length: 10 }), { title: 'σ' })));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2400, expect.any(Number)]);
  });

  it('holds exactly the pixels that it was given', () => {
    const pixels = Uint8Array.from([0, 1, 2, 2, 1, 0]);
    const png = palettePng(pixels, 3, 2, [
      [255, 255, 255],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(pixelsOf(png).rows).toEqual([
      [0, 1, 2],
      [2, 1, 0],
    ]);
    // CRC-32 of 'IEND', which stands at the end of every PNG
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
  });
});
