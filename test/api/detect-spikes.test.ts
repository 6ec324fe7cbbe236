import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';
import type { NdArray, NumericArray } from '../../lib/core/arrays.js';
import type { ReadableRecording } from '../../lib/detection/recording.js';
import { detectPeaks, detectSpikes, OptionError, type Progress, SpikeData } from '../../lib/index.js';
import { describeCase, expected, makeTraces, optionsOf, timesOf } from '../detection/recording.js';

const cases = expected.detections;
const { signalKernels } = native().buildInfo();
const folder = mkdtempSync(join(tmpdir(), 'spikelab-detect-'));

afterEach(() => {
  delete process.env.SPIKELAB_ISA;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Reads {
  largest: number;
  total: number;
}

/** A recording that is in memory, and says how it was read. */
function recordingOf(traces: NdArray, fsHz: number): ReadableRecording & { reads: Reads } {
  const [channels, samples] = traces.shape;
  const reads = { largest: 0, total: 0 };
  return {
    format: 'test',
    dtype: 'any',
    channels,
    samples,
    fsHz,
    channelLocations: null,
    reads,
    async read({ start, end, channels: wanted }) {
      const rows = wanted ?? Array.from({ length: channels }, (_, c) => c);
      const data = new (traces.data.constructor as Float64ArrayConstructor)(rows.length * (end - start));
      rows.forEach((c, r) => {
        data.set(traces.data.subarray(c * samples + start, c * samples + end) as Float64Array, r * (end - start));
      });
      reads.largest = Math.max(reads.largest, data.byteLength);
      reads.total += data.byteLength;
      return { data: data as NumericArray, shape: [rows.length, end - start] };
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

describe.each(signalKernels)('detectSpikes with the %s kernels', (isa) => {
  it.each(cases.map((c) => [describeCase(c), c] as const))("finds scipy's spikes piece by piece: %s", async (_, c) => {
    process.env.SPIKELAB_ISA = isa;
    // the smallest budget makes the most pieces
    for (const [threads, memoryBytes] of [
      [1, 2 ** 23],
      [2, 2 ** 26],
    ]) {
      const recording = recordingOf(makeTraces(c), c.fsHz);
      const sd = await detectSpikes(recording, { ...optionsOf(c), threads, memoryBytes });
      expect(sd.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
      expect(sd.length).toBe((c.samples * 1000) / c.fsHz);
    }
  });
});

describe('detectSpikes', () => {
  const long = expected.detections.find((c) => c.samples === 600000)!;

  it('asks for pieces within its memory, once through', async () => {
    const recording = recordingOf(makeTraces(long), long.fsHz);
    const seen: Progress[] = [];
    const options = { memoryBytes: 2 ** 23, onProgress: (p: Progress) => seen.push(p) };
    const sd = await detectSpikes(recording, options);
    expect(sd.train[1]).toEqual(timesOf(long.spikes[1], long.fsHz));
    expect(recording.reads.largest).toBeLessThanOrEqual(2 ** 23 / 3);
    // neighbouring pieces overlap by what lets the filter settle
    expect(recording.reads.total).toBeGreaterThanOrEqual(2 * 600_000 * 8);
    expect(recording.reads.total).toBeLessThanOrEqual(1.02 * 2 * 600_000 * 8);
    expect(seen.at(-1)).toEqual({ stage: 'detecting', done: 600_000, total: 600_000, unit: 'samples' });
    expect(sd.report).toMatchObject({ format: 'test', spikes: long.spikes.flat().length });
    expect(sd.rawData).toBeNull();
  });

  it('is what fromThresholding does with a recording', async () => {
    const recording = recordingOf(makeTraces(long), long.fsHz);
    const sd = await SpikeData.fromThresholding(recording as never, { memoryBytes: 2 ** 23 });
    expect(sd.train).toEqual(long.spikes.map((samples) => timesOf(samples, long.fsHz)));
    expect(sd.rawData).toBeNull();
    expect(recording.reads.largest).toBeLessThan(2 ** 23);
  });

  it('reads a flat file by its path, frame by frame', async () => {
    const c = expected.detections.find((d) => d.dtype === 'int16')!;
    const { data } = makeTraces(c);
    const frames = new Int16Array(data.length);
    frames.forEach((_, i) => {
      frames[i] = Number(data[(i % c.channels) * c.samples + Math.floor(i / c.channels)]);
    });
    const path = join(folder, 'frames.bin');
    writeFileSync(path, frames);
    const sd = await detectSpikes(path, { format: 'binary', channels: c.channels, dtype: 'int16', fsHz: c.fsHz });
    expect(sd.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
  });

  it('carries original or filtered traces where that is asked for', async () => {
    const traces = makeTraces(cases[0]);
    const recording = recordingOf(traces, 20000);
    expect((await detectSpikes(recording, { keepRaw: 'original' })).rawData?.data).toEqual(traces.data);
    const wanted = await SpikeData.fromThresholding(traces, { keepRaw: 'filtered' });
    expect((await detectSpikes(recording, { keepRaw: 'filtered' })).rawData).toEqual(wanted.rawData);
  });

  it('gives each unit the electrode and the place of its channel', async () => {
    const recording = {
      ...recordingOf(makeTraces(long), long.fsHz),
      channelIds: ['A1', 'B7'],
      channelLocations: { data: Float64Array.of(0, 20, 40, 60), shape: [2, 2] },
    };
    const { neuronAttributes } = await detectSpikes(recording);
    expect(neuronAttributes).toEqual([
      { electrode: 'A1', location: [0, 20] },
      { electrode: 'B7', location: [40, 60] },
    ]);
  });

  it('refuses to be told how a recording opens that is open already, without saying passwords', async () => {
    const recording = recordingOf(makeTraces(cases[0]), 20000);
    const given = { dataset: '/other', segmentIndex: 1, awsSecretAccessKey: 'hunter2' };
    const refused = detectSpikes(recording, given);
    await expect(refused).rejects.toThrow(OptionError);
    await expect(refused).rejects.toThrow(/^dataset, segmentIndex, awsSecretAccessKey must be left away/);
    await expect(refused).rejects.not.toThrow(/hunter2/);
    await expect(detectPeaks(recording, { dataset: '/other' })).rejects.toMatchObject({ option: 'dataset' });
    expect((await detectSpikes(recording, { dataset: null as never, fsHz: 20000, limits: {} })).N).toBe(
      cases[0].channels,
    );
  });

  it('stops in the middle with the reason of its signal', async () => {
    const recording = recordingOf(makeTraces(long), long.fsHz);
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => stop.abort(reason);
    await expect(detectSpikes(recording, { memoryBytes: 2 ** 23, signal: stop.signal, onProgress })).rejects.toBe(
      reason,
    );
    expect(recording.reads.total).toBeLessThan(2 * 600_000 * 8);
  });

  it('refuses what is no recording, and one that does not give what it says', async () => {
    for (const source of [null, 5, {}, []]) await expect(detectSpikes(source as never)).rejects.toThrow(OptionError);
    const recording = recordingOf(makeTraces(cases[0]), 20000);
    await expect(detectSpikes({ ...recording, samples: 21 })).rejects.toThrow(/at least 22 samples/);
    const read = async () => ({ data: new Float64Array(4), shape: [2, 2] });
    await expect(detectSpikes({ ...recording, read })).rejects.toThrow(/must give \(3, 20011\) samples/);
    await expect(detectSpikes(recording, { memoryBytes: 1 })).rejects.toThrow(/memoryBytes/);
  });
});
