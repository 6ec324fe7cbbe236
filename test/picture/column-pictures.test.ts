import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { amplitudesSvg } from '../../lib/picture/amplitudes-svg.js';
import { cividis } from '../../lib/picture/colours.js';
import { isiHistogram, shareBelow } from '../../lib/picture/isi.js';
import { isiSvg } from '../../lib/picture/isi-svg.js';
import { probeSvg } from '../../lib/picture/probe-svg.js';
import { columnRasterSvg } from '../../lib/picture/raster-svg.js';
import { ratesSvg } from '../../lib/picture/rates-svg.js';
import { tracesSvg } from '../../lib/picture/traces-svg.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';

interface Isi {
  trains: number[][];
  edgesMs: number[];
  counts: number[];
  sharesBelow: (number | null)[];
}
const expected: { isi: Isi } = JSON.parse(
  readFileSync(new URL('../../fixtures/picture/recording.expected.json', import.meta.url), 'utf8'),
);

describe('intervals between spikes', () => {
  it('are counted as numpy counts them', () => {
    const { trains, edgesMs, counts } = expected.isi;
    const found = isiHistogram(trains);
    expect(found.edgesMs.length).toBe(edgesMs.length);
    found.edgesMs.forEach((edge, i) => {
      expect(edge / edgesMs[i]).toBeCloseTo(1, 12);
    });
    expect(Array.from(found.counts)).toEqual(counts);
    expect(found.intervals).toBe(1499 + 399);
  });

  it('have the share below 1.5 ms that numpy finds, NaN without intervals', () => {
    const { trains, sharesBelow } = expected.isi;
    expect(trains.map((train) => shareBelow(train))).toEqual(sharesBelow.map((share) => share ?? Number.NaN));
  });

  it('say the share of all of them, and that of 0 ms has no place on the axis', () => {
    // intervals 1, 0, 2 and 10: two of four below 1.5
    const svg = isiSvg([
      [0, 1, 1, 3],
      [5, 15],
    ]);
    expect(svg).toContain('50 % of 4 below 1.5 ms');
    expect(svg).toContain('1 of 0 ms');
    expect(isiSvg([[1], []])).toContain('no two spikes');
  });
});

/** Every number of the SVG's text, in the order of the document. */
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);

describe('pictures for a column', () => {
  it('are 85 mm wide, with axes that name their units', () => {
    const sd = new SpikeData([[1, 2], [3]], { length: 10 });
    const pictures = {
      raster: [columnRasterSvg(sd), ['Time (ms)', 'Rate (Hz)', '(spikes/s)']],
      rates: [ratesSvg([1, 2], { noise: { values: [3, 4], unit: 'µV' } }), ['Rate (Hz)', 'Noise (µV)', 'Channel']],
      probe: [probeSvg([{ x: 0, y: 0, value: 1 }], { valueName: 'Rate (Hz)' }), ['x (µm)', 'y (µm)', 'Rate (Hz)']],
      isi: [isiSvg(sd.train), ['Interval between spikes (ms)', 'Intervals']],
      amplitudes: [
        amplitudesSvg([{ name: 'Channel 0', timesMs: [1], amplitudes: [-50], thresholds: [-40] }], {
          startMs: 0,
          lengthMs: 10,
          unit: 'µV',
        }),
        ['Amplitude (µV)', 'Time (ms)', 'Channel 0, threshold −40 µV'],
      ],
      traces: [
        tracesSvg([{ name: 'Channel 0', samples: [0, -3, 1], thresholds: [-2], spikesMs: [0.5] }], {
          fromMs: 0,
          fsHz: 1000,
          unit: 'µV',
        }),
        ['Time (ms)', 'Channel 0', '(µV)'],
      ],
    } as const;
    for (const [svg, names] of Object.values(pictures)) {
      expect(svg).toMatch(/^<svg [^>]*width="85mm"/);
      expect(texts(svg)).toEqual(expect.arrayContaining([...names]));
      expect(svg).not.toContain('NaN');
    }
  });

  it('put a site where it is, with one scale for x and y, and colour it by its value', () => {
    const sites = [
      { x: 0, y: 0, value: 0 },
      { x: 100, y: 0, value: 5 },
      { x: 0, y: 200, value: 10 },
      { x: 100, y: 200, value: Number.NaN },
    ];
    const svg = probeSvg(sites, { valueName: 'Rate (Hz)' });
    const rects = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="[\d.]+" fill="([^"]+)"/g)];
    const at = (fill: string) => {
      const found = rects.find(([, , , colour]) => colour === fill);
      return found ? [Number(found[1]), Number(found[2])] : [];
    };
    const rgb = (t: number) => `rgb(${cividis(t).join(',')})`;
    const [x0, y0] = at(rgb(0));
    const [x100, sameY] = at(rgb(0.5));
    const [sameX, y200] = at(rgb(1));
    expect([sameX, sameY]).toEqual([x0, y0]);
    expect((y0 - y200) / (x100 - x0)).toBeCloseTo(2, 2);
    expect(at('none')).toEqual([x100, y200]);
  });

  it('cut a long shank into strips that hold each site once', () => {
    const sites = Array.from({ length: 384 }, (_, i) => ({ x: (i % 2) * 32, y: 20 * Math.floor(i / 2), value: i + 1 }));
    const svg = probeSvg(sites, { valueName: 'Rate (Hz)' });
    expect([...svg.matchAll(/fill="rgb\(/g)]).toHaveLength(384);
  });

  it('draw each spike of an amplitude picture where its time and size are', () => {
    const row = { name: 'Unit 0', timesMs: [0, 500, 1000], amplitudes: [-100, -50, Number.NaN], thresholds: [-40] };
    const svg = amplitudesSvg([row], { startMs: 0, lengthMs: 1000, unit: 'µV' });
    const points = svg.match(/d="((?:M[\d.]+ [\d.]+h0)+)"/)?.[1] ?? '';
    const [[x0, y100], [x500, y50], ...more] = [...points.matchAll(/M([\d.]+) ([\d.]+)h0/g)].map((m) => [+m[1], +m[2]]);
    expect(more).toEqual([]);
    const [, left, threshold, width] = (svg.match(/M([\d.]+) ([\d.]+)h([\d.]+)" stroke="#d55e00"/) ?? []).map(Number);
    expect(x0).toBeCloseTo(left, 1);
    expect(x500).toBeCloseTo(left + width / 2, 1);
    // 50 above −100 lies −50; the threshold lies a fifth of that above it
    expect((y50 - threshold) / (y100 - y50)).toBeCloseTo(0.2, 2);
  });

  it('keep the deepest sample of a trace that has more samples than the picture has places', () => {
    const samples = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
    samples[54_321] = -50;
    const options = { fromMs: 0, fsHz: 20_000, unit: 'µV' };
    const svg = tracesSvg([{ name: 'Channel 0', samples, thresholds: [-50], spikesMs: [] }], options);
    const line = svg.match(/M[\d.]+ ([\d.]+)h[\d.]+" stroke="#d55e00"/)?.[1];
    expect(svg).toMatch(new RegExp(`L[\\d.]+ ${line?.replace('.', '\\.')}[L"]`));
    expect(svg.length).toBeLessThan(60_000);
  });
});
