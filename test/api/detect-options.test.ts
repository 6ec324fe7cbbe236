/** What holds for the options of detection however a recording is read: by native code, or piece by piece through `read`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReadableRecording } from '../../lib/detection/recording.js';
import { detectSpikes, type Finding, LimitError, OptionError, openRecording, type Progress } from '../../lib/index.js';
import { type DetectionCase, expected, makeTraces, optionsOf, timesOf } from '../detection/recording.js';
import { cutPieces } from '../support/pieces.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-detect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  cutPieces(undefined);
});

/** The traces of a case in a flat file, row by row. */
function fileOf(c: DetectionCase): { path: string; opening: object } {
  const path = join(folder, `${expected.detections.indexOf(c)}.bin`);
  writeFileSync(path, makeTraces(c).data);
  return { path, opening: { channels: c.channels, dtype: c.dtype, layout: 'channels-time', fsHz: c.fsHz } };
}

type Detect = (c: DetectionCase, options?: object) => ReturnType<typeof detectSpikes>;

const byFile: Detect = (c, options) => {
  const { path, opening } = fileOf(c);
  return detectSpikes(path, { ...optionsOf(c), ...opening, ...options });
};

/** The same recording, of which only `read` is known. */
const byRead: Detect = async (c, options) => {
  const { path, opening } = fileOf(c);
  const file = await openRecording(path, opening);
  const { format, dtype, channels, samples, fsHz, channelLocations } = file;
  const read = file.read.bind(file);
  const plain = { format, dtype, channels, samples, fsHz, channelLocations, read } as unknown as ReadableRecording;
  try {
    return await detectSpikes(plain, { ...optionsOf(c), ...options });
  } finally {
    await file.close();
  }
};

const long = expected.detections.find((c) => c.samples === 600_000)!;
const silent = expected.detections.find((c) => c.nan)!;
const oneSweep = expected.detections[0];
const twoSweeps = expected.detections.find((c) => c.sigma === 2.5)!;
const sixSweeps = expected.detections.find((c) => c.measure === 'mad')!;

describe.each([
  ['native code', byFile],
  ['read', byRead],
])('detection through %s', (_, detect) => {
  beforeAll(() => expect([silent, twoSweeps, sixSweeps]).not.toContain(undefined));

  it.each([0, 1, 2 ** 23 - 1, 2 ** 23 + 0.5, Number.NaN, Number.POSITIVE_INFINITY, '64 MB', true])(
    'refuses %j for memoryBytes',
    async (memoryBytes) => {
      const found = detect(oneSweep, { memoryBytes });
      await expect(found).rejects.toThrow(OptionError);
      await expect(found).rejects.toThrow(/memoryBytes must be an integer of at least 8388608/);
    },
  );

  it.each([oneSweep, sixSweeps])('refuses more spikes than limits.maxSpikes', async (c) => {
    const found = c.spikes.reduce((sum, samples) => sum + samples.length, 0);
    const all = await detect(c, { limits: { maxSpikes: found } });
    expect(all.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
    for (const allowed of [found - 1, 1, 0]) {
      const refused = detect(c, { limits: { maxSpikes: allowed } });
      await expect(refused).rejects.toThrow(LimitError);
      await expect(refused).rejects.toMatchObject({ limit: 'maxSpikes', allowed });
    }
  });

  it.each([
    ['one sweep', oneSweep],
    ['two sweeps', twoSweeps],
    ['six sweeps', sixSweeps],
  ])('tells the samples that are done, rising to all of them: %s', async (_name, c) => {
    cutPieces(1000);
    const seen: Progress[] = [];
    const sd = await detect(c, { onProgress: (progress: Progress) => seen.push(progress) });
    expect(sd.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
    const done = seen.map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual({ stage: 'detecting', done: c.samples, total: c.samples, unit: 'samples' });
  });

  it('leaves spikes beyond maxSpikesPerChannel out, and says so', async () => {
    const warnings: Finding[] = [];
    const most = 5;
    const onWarning = (finding: Finding) => warnings.push(finding);
    const sd = await detect(long, { maxSpikesPerChannel: most, onWarning });
    expect(sd.train).toEqual(long.spikes.map((samples) => timesOf(samples.slice(0, most), long.fsHz)));
    expect(warnings).toMatchObject([{ code: 'spikes-capped', severity: 'warning', count: long.channels }]);
    expect(warnings[0].message).toMatch(/channels 0, 1 had more than 5 spikes.*maxSpikesPerChannel/);
    expect(sd.report?.findings).toEqual(warnings);
  });

  it('finds no spikes in channels with NaN, and says which', async () => {
    const warnings: Finding[] = [];
    const sd = await detect(silent, { onWarning: (finding: Finding) => warnings.push(finding) });
    const channels = [...new Set(silent.nan!.map(([channel]) => channel))].sort();
    expect(sd.train).toEqual(silent.spikes.map((samples) => timesOf(samples, silent.fsHz)));
    for (const channel of channels) expect(sd.train[channel].length).toBe(0);
    const noted = warnings.find((finding) => finding.code === 'nan-in-traces');
    expect(noted).toMatchObject({ severity: 'warning', count: channels.length });
    expect(noted?.message).toContain(channels.join(', '));
  });

  it('ends with the reason of its signal, before the start and in the middle', async () => {
    const reason = new Error('enough');
    await expect(detect(long, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    // seconds of work: a filter with a long memory is computed in scipy's own order
    const slow = { threads: 1, noise: 'mad', filter: { lowcut: 1, highcut: 3000, order: 9 } };
    const found = detect(long, { ...slow, signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(found).rejects.toBe(reason);
  });
});
