import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSpikes, openRecording, planBatch } from '../../lib/index.js';
import { TraceRecording } from '../../lib/recordings/trace-recording.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { all, fixture } from './support.js';

const at = useTemporaryFolder();
/** Processes start and work side by side: on a busy machine that takes its time. */
const slow = { timeout: 300_000 };

/** Noise, and a spike of one sample in 997 of a channel: recordings of one rig, of different length and width. */
function record(name: string, channels: number, samples: number): { source: string; options: Record<string, unknown> } {
  const data = new Int16Array(channels * samples);
  let state = 7;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = (state >> 27) + (Math.floor(i / channels) % 997 === 0 ? -300 : 0);
  }
  writeFileSync(at(name), data);
  return { source: at(name), options: { channels, fsHz: 20_000, noise: 'mad' } };
}

describe('planBatch', () => {
  it('says samples exactly, and output and memory within 20 % of what is measured', slow, async () => {
    const items = [record('a.dat', 4, 60_000), record('b.dat', 16, 120_000), record('c.dat', 16, 300_000)];
    const missing = { source: at('none.dat') };
    const { items: planned, total } = await planBatch([...items, missing], { out: at('out'), jobs: 1 });
    expect(planned.map(({ id, channels, samples }) => [id, channels, samples])).toEqual([
      ['a', 4, 60_000],
      ['b', 16, 120_000],
      ['c', 16, 300_000],
      ['none', 0, 0],
    ]);
    expect(planned[3].error?.code).toBe('ERR_NOT_FOUND');
    expect([total.items, total.unreadable, total.jobs]).toEqual([4, 1, 1]);
    expect(total.samples).toBe(4 * 60_000 + 16 * 420_000);
    const results = await all(items, { out: at('out'), jobs: 1 });
    let measured = 0;
    for (const [i, { id, output, peakBytes }] of results.entries()) {
      const files = [output as string, `${id}.units.parquet`];
      const bytes = files.reduce((sum, name) => sum + statSync(join(at('out'), name)).size, 0);
      measured += bytes;
      expect(planned[i].outputBytes / bytes, id).toBeGreaterThan(0.8);
      expect(planned[i].memoryBytes / peakBytes, id).toBeGreaterThan(0.8);
      expect(planned[i].memoryBytes / peakBytes, id).toBeLessThan(1.25);
    }
    expect(Math.abs(total.outputBytes / measured - 1)).toBeLessThan(0.2);
    expect(planned.slice(0, 3).every(({ seconds }) => seconds > 0)).toBe(true);
  });

  it('measures HDF5, of which no part is read as the whole is', slow, async () => {
    const options = { dataset: '/traces/raw', fsHz: 20_000 };
    const items = ['a', 'b'].map((id) => ({ id, source: fixture('cli/recording.h5'), options }));
    const { items: planned, total } = await planBatch(items, { out: at('out'), jobs: 1 });
    const results = await all(items, { out: at('out'), jobs: 1 });
    for (const [i, { output, id, peakBytes }] of results.entries()) {
      const files = [output as string, `${id}.units.parquet`];
      const bytes = files.reduce((sum, name) => sum + statSync(join(at('out'), name)).size, 0);
      expect(Math.abs(planned[i].outputBytes / bytes - 1), id).toBeLessThan(0.2);
      expect(Math.abs(planned[i].memoryBytes / peakBytes - 1), id).toBeLessThan(0.25);
      expect(planned[i].seconds).toBeGreaterThan(0);
    }
    expect(total.seconds).toBeGreaterThan(0);
    // its beginning all the same, as a file that ends there has it
    const recording = await openRecording(items[0].source, options);
    const short = (recording as TraceRecording).beginning(10_000);
    const found = await detectSpikes(short, { filter: false, thresholdSigma: 4 });
    const whole = await recording.read({ start: 0, end: 10_000 });
    expect([(recording as TraceRecording).cutsFairly, short.samples, found.length]).toEqual([false, 10_000, 500]);
    expect((await short.read({ start: 0, end: 10_000 })).data).toEqual(whole.data);
    await recording.close();
  });

  it('says why the short runs of a kind failed, which its items would too', slow, async () => {
    const { source, options } = record('d.dat', 2, 20_000);
    const misspelt = { source, options: { ...options, thresholdSigmas: 3 } };
    const { items: planned, total } = await planBatch([misspelt], { out: at('out'), jobs: 1 });
    expect(planned[0].error?.code).toBe('ERR_OPTION');
    expect(planned[0].error?.message).toMatch(/Did you mean thresholdSigma/);
    expect([total.unreadable, total.seconds]).toEqual([1, 0]);
  });

  it('counts the spikes of sorted items by their headers', slow, async () => {
    const sorted = { source: fixture('kilosort/curated'), do: 'convert' as const };
    const { items } = await planBatch([sorted], { out: at('out'), jobs: 1 });
    const [{ spikes, units }] = await all([sorted], { out: at('out'), jobs: 1 });
    expect(items[0]).toMatchObject({ error: null });
    expect([spikes, units]).toEqual([300, 6]);
    expect(items[0].outputBytes).toBeGreaterThan(0);
  });
});

it('takes the beginning of a recording for a file that ends there', slow, async () => {
  const { source, options } = record('whole.dat', 3, 50_000);
  const recording = await openRecording(source, { channels: 3, fsHz: 20_000 });
  const short = (recording as TraceRecording).beginning(20_001);
  expect(recording).toBeInstanceOf(TraceRecording);
  const found = await detectSpikes(short, { noise: 'mad' });
  await recording.close();
  truncateSync(source, 3 * 2 * 20_001);
  const cut = await detectSpikes(source, options);
  expect(found.train).toEqual(cut.train);
  expect([short.samples, found.length]).toEqual([20_001, cut.length]);
  expect(found.train[0].length).toBeGreaterThan(5);
});
