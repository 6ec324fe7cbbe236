/** Pieces told as records: the same samples at the same places, by the formula, and as few runs as their places allow. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import { SpikeData } from '../../lib/index.js';
import { sampleType } from '../../lib/recordings/flat-file.js';
import { openLayout } from '../../lib/recordings/layout-recording.js';
import { packLayout } from '../../lib/recordings/pack-layout.js';
import type { SampleLayout } from '../../lib/recordings/sample-layout.js';
import { Random } from '../prove/random.js';
import { contextOf } from './layout-context.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-pack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Pieces {
  channels: number;
  pieces: number;
  /** Samples of a piece, the last of which may have fewer. */
  samples: number;
  last?: number;
  /** Bytes before each piece. */
  head?: number;
  /** Bytes more before these cycles. */
  pauses?: Record<number, number>;
  /** Of the channels in a cycle. */
  order?: (cycle: number) => number[];
}

/** Each channel a stream, each piece a run, and the samples that were put there. */
function made(name: string, { channels, pieces, samples, last = samples, head = 0, pauses = {}, order }: Pieces) {
  const random = new Random(name.length);
  const path = join(folder, `${name}.bin`);
  const places = Array.from({ length: channels }, () => [] as number[]);
  const counts = Array.from({ length: pieces }, (_, p) => (p === pieces - 1 ? last : samples));
  let at = 3 * 2;
  counts.forEach((count, p) => {
    at += pauses[p] ?? 0;
    for (const c of order?.(p) ?? Array.from({ length: channels }, (_, i) => (i * 7) % channels)) {
      places[c].push(at + head);
      at += head + 2 * count;
    }
  });
  const bytes = Buffer.from(Array.from({ length: at }, () => random.int(0, 255)));
  const total = counts.reduce((sum, n) => sum + n, 0);
  const truth = places.map((own) =>
    own.flatMap((place, p) => Array.from({ length: counts[p] }, (_, i) => bytes.readInt16LE(place + 2 * i))),
  );
  writeFileSync(path, bytes);
  const layout: SampleLayout = {
    ...{ type: sampleType('int16', 'dtype'), samples: total, files: [path] },
    channels: places.map((_, c) => ({ stream: c, offset: 0 })),
    streams: places.map((byteOffsets) => ({
      ...{ recordSamples: 1, recordBytes: 2, step: 2 },
      runs: { files: byteOffsets.map(() => 0), byteOffsets, samples: counts },
    })),
  };
  return { path, layout, truth, total };
}

const shapeOf = (layout: SampleLayout) =>
  packLayout(layout).streams.map(({ recordSamples, recordBytes, runs }) => [
    recordSamples,
    recordBytes,
    runs.samples.length,
  ]);

const other = (cycle: number) => (cycle % 3 ? [0, 1, 2] : [2, 0, 1]);
const cases: [name: string, pieces: Pieces, shape: number[][]][] = [
  ['of one channel, side by side', { channels: 1, pieces: 9, samples: 4 }, [[4, 8, 1]]],
  ['behind heads', { channels: 5, pieces: 12, samples: 100, head: 16 }, [[100, 5 * 216, 1]]],
  [
    // beside each other at another distance at the end
    'of which the last is shorter',
    { channels: 3, pieces: 8, samples: 64, last: 10 },
    [
      [64, 384, 1],
      [64, 384, 2],
      [64, 384, 2],
    ],
  ],
  ['with pauses', { channels: 4, pieces: 40, samples: 256, pauses: { 7: 50, 8: 2000 } }, [[256, 2048, 3]]],
  ['at any distance', { channels: 4, pieces: 5, samples: 256, pauses: { 1: 3, 2: 9, 3: 1, 4: 7 } }, [[256, 2048, 5]]],
  [
    'in another order each cycle',
    { channels: 3, pieces: 4, samples: 8, order: other },
    [
      [1, 2, 4],
      [1, 2, 4],
      [1, 2, 4],
    ],
  ],
  [
    'that are long',
    { channels: 2, pieces: 3, samples: 400_000 },
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ],
];

describe('pieces', () => {
  it.each(cases)('%s are as few records as can be', (name, pieces, shape) => {
    const { layout } = made(name, pieces);
    expect(shapeOf(layout)).toEqual(shape);
  });

  it.each(cases)('%s are read as they lie', async (name, pieces) => {
    const { path, layout, truth, total } = made(name, pieces);
    await using recording = await openLayout(layout, { format: 'pieces', path, fsHz: 1000 }, contextOf(folder));
    const all = layout.channels.map((_, c) => c);
    const data = Float64Array.from(truth.flat());
    expect(Float64Array.from((await recording.read({ start: 0, end: total })).data as Int16Array)).toEqual(data);
    const some = await recording.read({ start: 1, end: total - 1, channels: [all.length - 1, 0] });
    expect(Array.from(some.data as Int16Array)).toEqual(
      [truth[all.length - 1], truth[0]].flatMap((row) => row.slice(1, -1)),
    );
    const options = { thresholdSigma: 1, filter: false, keepRaw: false, onWarning: () => {} } as const;
    const wanted = await SpikeData.fromThresholding({ data, shape: [all.length, total] }, { ...options, fsHz: 1000 });
    recording.read = () => Promise.reject(new Error('native code must read this by itself'));
    expect((await detectSpikes(recording, options)).train).toEqual(wanted.train);
  });
});
