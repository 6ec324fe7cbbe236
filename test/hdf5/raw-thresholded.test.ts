import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  FormatError,
  loadSpikeDataFromHdf5RawThresholded,
  NotFoundError,
  OptionError,
  type Progress,
} from '../../lib/index.js';

const folder = fileURLToPath(new URL('../../fixtures/hdf5_raw/', import.meta.url));
const traces = join(folder, 'traces.h5');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, number[][]>;
const onWarning = () => {};
const fsHz = 20000;

describe('loadSpikeDataFromHdf5RawThresholded', () => {
  it.each(['int16', 'int32_big', 'int64', 'float32'])('finds the spikes of scipy in %s', async (type) => {
    const sd = await loadSpikeDataFromHdf5RawThresholded(traces, `stream/${type}`, { fsHz });
    expect(sd.train.map((train) => Array.from(train))).toEqual(expected.filtered);
    expect(sd.train.every((train) => train.length > 0)).toBe(true);
    expect([sd.N, sd.length, sd.startTime]).toEqual([3, 200, 0]);
    expect(sd.rawData).toBeNull();
    expect(sd.report?.bytesRead).toBeGreaterThan(0);
    expect(sd.report?.spikes).toBe(expected.filtered.flat().length);
  });

  it('takes the options of thresholding', async () => {
    const options = { fsHz, filter: false, thresholdSigma: 4, keepRaw: 'original' } as const;
    const sd = await loadSpikeDataFromHdf5RawThresholded(traces, '/stream/int16', options);
    expect(sd.train.map((train) => Array.from(train))).toEqual(expected.unfiltered);
    expect(sd.rawData?.shape).toEqual([3, 4000]);
    expect(sd.rawData?.data).toBeInstanceOf(Int16Array);
    expect(sd.rawTime?.[20]).toBe(1);
  });

  it('honours start and length of the file, and those of the caller before them', async () => {
    const sd = await loadSpikeDataFromHdf5RawThresholded(join(folder, 'placed.h5'), 'raw', { fsHz });
    expect([sd.startTime, sd.length]).toEqual([-50, 250]);
    expect(sd.train[0][0]).toBeCloseTo(expected.filtered[0][0] - 50, 9);
    const asked = { fsHz, startTime: 10, length: 300 };
    const moved = await loadSpikeDataFromHdf5RawThresholded(join(folder, 'placed.h5'), 'raw', asked);
    expect([moved.startTime, moved.length]).toEqual([10, 300]);
    expect(moved.train[0][0]).toBeCloseTo(expected.filtered[0][0] + 10, 9);
  });

  it('reports progress of both stages', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, onProgress });
    expect(seen.map(({ stage, done, total }) => [stage, done, total])).toEqual(
      expect.arrayContaining([
        ['reading', 12000, 12000],
        ['detecting', 4000, 4000],
      ]),
    );
  });

  it.each([
    ['vector', FormatError, /\(channels, samples\).*shape \(4000\)/],
    ['texts', FormatError, /must be numbers/],
    ['records', FormatError, /must be numbers/],
    ['no_samples', FormatError, /shape \(3, 0\)/],
    ['no_channels', FormatError, /shape \(0, 100\)/],
    ['stream', FormatError, /a dataset was expected, found a group/],
    ['gone', NotFoundError, /\/stream\/int16/],
    ['', OptionError, /dataset must be/],
  ])('refuses dataset %j', async (dataset, kind, message) => {
    const load = loadSpikeDataFromHdf5RawThresholded(traces, dataset, { fsHz, onWarning });
    await expect(load).rejects.toThrow(kind);
    await expect(load).rejects.toThrow(message);
  });

  it.each([undefined, null, 0, -1, Number.NaN, true, '20000'])('refuses fsHz %j', async (rate) => {
    const load = loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz: rate as number });
    await expect(load).rejects.toThrow(/fsHz must be a positive finite number/);
  });

  it('ends with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const load = loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, signal: stop.signal });
    stop.abort(reason);
    await expect(load).rejects.toBe(reason);
  });
});
