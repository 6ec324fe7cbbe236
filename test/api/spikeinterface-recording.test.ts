import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSpikeDataFromSpikeInterfaceRecording as load } from '../../lib/api/spikeinterface-recording.js';
import type { Traces } from '../../lib/core/arrays.js';
import { LimitError, NotFoundError, OptionError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import { expected, makeTraces, optionsOf, timesOf } from '../detection/recording.js';

/** Two channels at 1 kHz: a pulse of five samples from sample 50 in the first, nothing in the second. */
const pulse = Float64Array.from({ length: 100 }, (_, t) => (t >= 50 && t < 55 ? 10 : 0));
const silence = new Float64Array(100);
const frames = Float64Array.from({ length: 200 }, (_, i) => (i % 2 ? 0 : pulse[i >> 1]));
const of = (traces: Traces | Promise<Traces>) => ({ getSamplingFrequency: () => 1000, getTraces: () => traces });
const options = { thresholdSigma: 3 };
const trains = async (traces: Traces | Promise<Traces>) =>
  (await load(of(traces), options)).train.map((times) => [...times]);

describe('recording objects', () => {
  it('takes the shorter side for the channels, whatever holds the samples', async () => {
    const wanted = [[50.5], []];
    expect(await trains({ data: frames, shape: [100, 2] })).toEqual(wanted);
    expect(await trains([pulse, silence])).toEqual(wanted);
    expect(await trains(Promise.resolve([Array.from(pulse), Array.from(silence)]))).toEqual(wanted);
    expect(await trains({ data: Int16Array.from(frames), shape: [100, 2] })).toEqual(wanted);
    // the same frames, seen by strides
    expect(await trains({ data: frames, shape: [2, 100], stride: [1, 2] })).toEqual(wanted);
  });

  it('reads as many samples as channels as (samples, channels), and warns', async () => {
    const square = new Float64Array(100 * 100);
    for (let t = 50; t < 55; t++) square[t * 100 + 7] = 10;
    const warnings: Finding[] = [];
    const onWarning = (finding: Finding) => warnings.push(finding);
    const sd = await load(of({ data: square, shape: [100, 100] }), { ...options, onWarning });
    expect([...sd.train[7]]).toEqual([50.5]);
    expect(warnings.map(({ code }) => code)).toEqual(['orientation-guessed']);
    expect(sd.report?.findings).toEqual(warnings);
  });

  it('filters only when asked to, and passes the segment on', async () => {
    const asked: unknown[] = [];
    const recording = {
      getSamplingFrequency: () => 20_000,
      getTraces: (query?: object) => {
        asked.push(query);
        return [pulse, silence];
      },
    };
    const plain = await load(recording, { ...options, segmentIndex: 2 });
    expect(asked).toEqual([{ segmentIndex: 2 }]);
    expect(plain.train.map((times) => times.length)).toEqual([1, 0]);
    expect([...(plain.rawData?.data ?? [])].slice(0, 100)).toEqual([...pulse]);
    const filtered = await load(recording, { ...options, filter: true, keepRaw: 'filtered' });
    expect([...(filtered.rawData?.data ?? [])].slice(0, 100)).not.toEqual([...pulse]);
  });

  it('refuses what is no recording or has no two dimensions', async () => {
    const bad = [{ data: new Float64Array(8), shape: [2, 2, 2] }, [], [1, 2], [[1, 2], [3]], [['a', 'b']], null];
    for (const traces of bad) await expect(load(of(traces as never), options)).rejects.toThrow(OptionError);
    await expect(load({ getTraces: () => [pulse] } as never)).rejects.toThrow(/getSamplingFrequency/);
    await expect(load({ ...of([pulse]), getSamplingFrequency: () => 0 })).rejects.toThrow(OptionError);
    await expect(load(of([pulse]), { segmentIndex: -1 })).rejects.toThrow(OptionError);
  });
});

describe('recordings on disk', () => {
  const path = fileURLToPath(new URL('../../fixtures/recordings/mcs.h5', import.meta.url));

  it('opens what openRecording knows, and finds what the same traces in memory give', async () => {
    const sd = await load(path, { thresholdSigma: 1.5 });
    expect(sd.N).toBe(5);
    expect(sd.rawData).toBeNull();
    expect(sd.metadata).toMatchObject({ source_format: 'mcs', fs_Hz: 25_000 });
    const { openRecording } = await import('../../lib/api/open-recording.js');
    const recording = await openRecording(path);
    const traces = await recording.read({ start: 0, end: 60 });
    await recording.close();
    const inMemory = await load(
      { getSamplingFrequency: () => 25_000, getTraces: () => traces },
      { thresholdSigma: 1.5 },
    );
    expect(sd.train).toEqual(inMemory.train);
    expect(sd.train.flatMap((times) => [...times]).length).toBeGreaterThan(5);
  });

  it('says which electrode each unit is, and where it came from', async () => {
    const sd = await load(path, { thresholdSigma: 1.5 });
    const { openRecording } = await import('../../lib/api/open-recording.js');
    const recording = await openRecording(path);
    await recording.close();
    expect(sd.electrodes).toEqual(recording.channelIds);
    expect(sd.metadata.source_file).toBe(path);
  });

  it('reads a recording larger than any array may be', async () => {
    const c = expected.detections.find((d) => d.samples === 600_000)!;
    const folder = mkdtempSync(join(tmpdir(), 'spikelab-si-'));
    try {
      const file = join(folder, 'rows.bin');
      writeFileSync(file, makeTraces(c).data);
      const opening = { format: 'binary', channels: c.channels, dtype: c.dtype, layout: 'channels-time' } as const;
      const within = { limits: { maxArrayBytes: c.samples * 8 }, memoryBytes: 2 ** 23 };
      const sd = await load(file, { ...optionsOf(c), ...opening, ...within });
      expect(sd.train).toEqual(c.spikes.map((samples) => timesOf(samples, c.fsHz)));
      expect(sd.report?.format).toBe('spikeinterface-recording');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says where nothing is, and what is beyond the limits', async () => {
    await expect(load('/nowhere/at/all')).rejects.toThrow(NotFoundError);
    await expect(load(path, { limits: { maxUnits: 4 } })).rejects.toThrow(LimitError);
    await expect(load(path, { limits: { maxArrayBytes: 1000 }, keepRaw: 'original' })).rejects.toThrow(LimitError);
  });
});
