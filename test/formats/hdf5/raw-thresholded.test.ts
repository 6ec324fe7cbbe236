import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FormatError,
  LimitError,
  loadSpikeDataFromHdf5RawThresholded,
  NotFoundError,
  OptionError,
  type Progress,
} from '../../../lib/index.js';
import { makeTraces, expected as signal, timesOf } from '../../detection/recording.js';
import { openHdf5 } from '../../support/h5wasm.js';

const folder = fileURLToPath(new URL('../../../fixtures/hdf5_raw/', import.meta.url));
const traces = join(folder, 'traces.h5');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, number[][]>;
const onWarning = () => {};
const fsHz = 20000;

describe('loadSpikeDataFromHdf5RawThresholded', () => {
  it.each(['int16', 'int32_big', 'int64', 'float16', 'float32'])('finds the spikes of scipy in %s', async (type) => {
    const sd = await loadSpikeDataFromHdf5RawThresholded(traces, `stream/${type}`, { fsHz });
    expect(sd.train.map((train) => Array.from(train))).toEqual(expected.filtered);
    expect(sd.train.every((train) => train.length > 0)).toBe(true);
    expect([sd.N, sd.length, sd.startTime]).toEqual([3, 200, 0]);
    expect(sd.rawData).toBeNull();
    expect(sd.report?.bytesRead).toBeGreaterThan(0);
    expect(sd.report?.spikes).toBe(expected.filtered.flat().length);
  });

  it.each(['bool', 'enum', 'bitfield'])('takes %s for numbers', async (type) => {
    for (const keepRaw of [false, 'original'] as const) {
      const options = { fsHz, filter: false, thresholdSigma: 4, keepRaw };
      const sd = await loadSpikeDataFromHdf5RawThresholded(traces, `levels/${type}`, options);
      expect(sd.train.map((train) => Array.from(train))).toEqual(expected.levels);
    }
  });

  it('takes the options of thresholding', async () => {
    const options = { fsHz, filter: false, thresholdSigma: 4, keepRaw: 'original' } as const;
    const sd = await loadSpikeDataFromHdf5RawThresholded(traces, '/stream/int16', options);
    expect(sd.train.map((train) => Array.from(train))).toEqual(expected.unfiltered);
    expect(sd.rawData?.shape).toEqual([3, 4000]);
    expect(sd.rawData?.data).toBeInstanceOf(Int16Array);
    expect(sd.rawTime?.[20]).toBe(1);
  });

  it('refuses more spikes than limits.maxSpikes, held or in pieces', async () => {
    const spikes = expected.filtered.flat().length;
    for (const keepRaw of [false, 'original'] as const) {
      const load = (maxSpikes: number) =>
        loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, keepRaw, limits: { maxSpikes } });
      expect((await load(spikes)).report?.spikes).toBe(spikes);
      await expect(load(spikes - 1)).rejects.toThrow(LimitError);
      await expect(load(spikes - 1)).rejects.toMatchObject({ limit: 'maxSpikes', allowed: spikes - 1, found: spikes });
    }
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

  it('reports progress in samples; reading counts where the traces are held', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, onProgress });
    expect(seen).toEqual([{ stage: 'detecting', done: 4000, total: 4000, unit: 'samples' }]);
    await loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, onProgress, keepRaw: 'original' });
    expect(seen.map(({ stage, done, total }) => [stage, done, total])).toEqual(
      expect.arrayContaining([
        ['reading', 12000, 12000],
        ['detecting', 4000, 4000],
      ]),
    );
  });

  it('finds the same in a child process', async () => {
    const sd = await loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, isolate: true });
    expect(sd.train.map((train) => Array.from(train))).toEqual(expected.filtered);
  });

  it('refuses a claim that no file of this size can hold, however it is read', async () => {
    for (const keepRaw of [false, 'original'] as const) {
      const load = loadSpikeDataFromHdf5RawThresholded(join(folder, 'claims.h5'), 'raw', { fsHz, keepRaw });
      await expect(load).rejects.toThrow(FormatError);
      await expect(load).rejects.toThrow(/found a claim of 8000000000000 bytes at \/raw/);
    }
  });

  it('refuses more channels than limits.maxUnits', async () => {
    const load = loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz, limits: { maxUnits: 2 } });
    await expect(load).rejects.toThrow(LimitError);
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

describe('recordings of many pieces', () => {
  const long = signal.detections.find((c) => c.samples === 600_000)!;
  const scratch = mkdtempSync(join(tmpdir(), 'spikelab-raw-'));
  const path = join(scratch, 'long.h5');
  const options = { fsHz: long.fsHz, memoryBytes: 2 ** 23, limits: { maxArrayBytes: 4 * 10 ** 6 }, onWarning };
  const wanted = long.spikes.map((samples) => timesOf(samples, long.fsHz));

  beforeAll(async () => {
    const { data, shape } = makeTraces(long);
    const file = await openHdf5(path, 'w');
    const whole = { data: data as Float64Array, shape: [...shape] };
    file.create_dataset({ name: 'contiguous', ...whole });
    file.create_dataset({ name: 'chunked', ...whole, chunks: [1, 10_007], compression: 1 });
    file.close();
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(['contiguous', 'chunked'])('never holds the samples of a %s dataset', async (dataset) => {
    const seen: number[] = [];
    const onProgress = ({ done }: Progress) => seen.push(done);
    const sd = await loadSpikeDataFromHdf5RawThresholded(path, dataset, { ...options, onProgress });
    expect(sd.train).toEqual(wanted);
    expect(sd.length).toBe((long.samples * 1000) / long.fsHz);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(long.samples);
  });

  it('holds them where they are asked for, within the limit', async () => {
    const held = loadSpikeDataFromHdf5RawThresholded(path, 'chunked', { ...options, keepRaw: 'original' });
    await expect(held).rejects.toThrow(LimitError);
  });

  it('stops in the middle with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => stop.abort(reason);
    // seconds of work: a filter with a long memory is computed in scipy's own order
    const slow = { threads: 1, filter: { lowcut: 1, highcut: 3000, order: 9 }, signal: stop.signal, onProgress };
    await expect(loadSpikeDataFromHdf5RawThresholded(path, 'chunked', { ...options, ...slow })).rejects.toBe(reason);
  });
});
