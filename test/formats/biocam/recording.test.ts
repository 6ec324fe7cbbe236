import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detectSpikes, identify, SpikeData } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { cutPieces } from '../../support/pieces.js';

testCases('biocam');

it('is told by its content', async () => {
  const [found] = await identify(join(fixturesOf('biocam'), 'wells.brw'));
  expect(found).toMatchObject({ format: 'biocam', readable: true, details: { version: 'BRW 4' } });
  expect(found.parts).toMatchObject([
    { name: 'Well_A1', channels: 3, samples: 20 },
    { name: 'Well_B1', channels: 2 },
  ]);
  expect(await identify(join(fixturesOf('biocam'), 'sparse.brw'))).toMatchObject([
    { format: 'biocam', readable: false },
  ]);
});

it('detects in frames of one dimension whose chunks end within a frame, piece by piece, what it detects in the array', async () => {
  const path = join(fixturesOf('biocam'), 'split.brw');
  const rows: { path: string; data?: number[][]; fsHz?: number }[] = JSON.parse(
    readFileSync(join(fixturesOf('biocam'), 'expected.json'), 'utf8'),
  );
  const { data = [], fsHz = 0 } = rows.find((row) => row.path === 'split.brw') ?? {};
  const options = { filter: false, thresholdSigma: 1, keepRaw: false, startTime: 0 } as const;
  const whole = await SpikeData.fromThresholding(data, { ...options, fsHz });
  expect(whole.train.every((train) => train.length > 20)).toBe(true);
  for (const samples of [undefined, 64, 100]) {
    cutPieces(samples);
    try {
      for (const threads of [1, 3]) {
        expect((await detectSpikes(path, { ...options, threads })).train).toEqual(whole.train);
      }
    } finally {
      cutPieces(undefined);
    }
  }
});
