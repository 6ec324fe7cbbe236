import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  detectSpikes,
  loadSpikeDataFromSpikeInterfaceRecording,
  openRecording,
  type Recording,
} from '../../../lib/index.js';
import { readers } from '../../support/readers.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const temporary = useTemporaryFolder();
const flat = { channels: 2, fsHz: 20_000, onWarning: () => {} };
const settings = { memoryBytes: 2 ** 30 + 7 };

/** Two channels whose samples are (7919 i) mod 41 − 20, i counting through the file. */
function writeFlat(samples = 20_000): string {
  const path = temporary('x.dat');
  writeFileSync(
    path,
    Int16Array.from({ length: samples * 2 }, (_, i) => ((i * 7919) % 41) - 20),
  );
  return path;
}

const value = (sample: number, channel: number) => (((sample * 2 + channel) * 7919) % 41) - 20;

describe('an isolated recording', () => {
  it('says what an open one says, and gives its samples', async () => {
    const path = writeFlat();
    await using here = await openRecording(path, flat);
    await using there = await openRecording(path, { ...flat, isolate: true });
    const said = ({ format, channels, samples, fsHz, dtype, channelIds, gainsToUv }: Recording) => ({
      ...{ format, channels, samples, fsHz, dtype, channelIds, gainsToUv },
    });
    expect(said(there)).toEqual(said(here));
    const { data, shape } = await there.read({ start: 100, end: 103, channels: [1, 0] });
    expect(data).toBeInstanceOf(Int16Array);
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data as Int16Array)).toEqual([1, 0].flatMap((c) => [100, 101, 102].map((s) => value(s, c))));
    expect((await there.read({ start: 5, end: 5 })).shape).toEqual([2, 0]);
  });

  it('answers reads that run at once, each with its own samples', async () => {
    await using recording = await openRecording(writeFlat(), { ...flat, isolate: settings });
    const starts = Array.from({ length: 20 }, (_, i) => i * 900);
    const found = await Promise.all(starts.map((start) => recording.read({ start, end: start + 900 })));
    found.forEach(({ data }, i) => {
      expect([data[0], data.at(-1)]).toEqual([value(starts[i], 0), value(starts[i] + 899, 1)]);
    });
  });

  it('refuses wrong ranges, goes on after an aborted read, and closes', async () => {
    const recording = await openRecording(writeFlat(), { ...flat, isolate: settings });
    await expect(recording.read({ start: -1, end: 3 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    const controller = new AbortController();
    const aborted = recording.read({ start: 0, end: 20_000 }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect((await recording.read({ start: 7, end: 8 })).data[0]).toBe(value(7, 0));
    await recording.close();
    await recording.close();
    await expect(recording.read({ start: 0, end: 1 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    expect(readers()).toEqual([]);
  });

  it('holds no place of a loading child while it is open', async () => {
    const path = writeFlat();
    const one = { ...settings, maxChildren: 1 };
    const open = [];
    for (let i = 0; i < 3; i++) open.push(await openRecording(path, { ...flat, isolate: one }));
    expect(readers()).toHaveLength(3);
    for (const recording of open) await recording.close();
    expect(readers()).toEqual([]);
  });

  it('is an error once its child has died, and this process lives', async () => {
    const recording = await openRecording(writeFlat(), { ...flat, isolate: settings });
    for (const pid of readers()) process.kill(pid, 'SIGSEGV');
    const read = recording.read({ start: 0, end: 10 });
    await expect(read).rejects.toMatchObject({ name: 'IsolationError', reason: 'crash' });
    await expect(recording.read({ start: 0, end: 10 })).rejects.toMatchObject({ name: 'IsolationError' });
    await recording.close();
  });
});

describe('isolated detection', () => {
  it('finds the same spikes from a path, and from an isolated recording', async () => {
    const path = writeFlat();
    const detection = { filter: false as const, thresholdSigma: 1.5 };
    const options = { ...flat, ...detection };
    const here = await detectSpikes(path, options);
    expect(here.train.some((train) => train.length > 0)).toBe(true);
    const there = await detectSpikes(path, { ...options, isolate: true });
    expect(there.train).toEqual(here.train);
    expect(there.report?.findings).toEqual(here.report?.findings);
    await using recording = await openRecording(path, { ...flat, isolate: true });
    expect((await detectSpikes(recording, { ...detection, isolate: true })).train).toEqual(here.train);
    const again = await loadSpikeDataFromSpikeInterfaceRecording(path, { ...options, isolate: true });
    expect(again.train).toEqual(here.train);
  });

  it('refuses a recording that is open in this process', async () => {
    await using recording = await openRecording(writeFlat(), flat);
    await expect(detectSpikes(recording, { isolate: true })).rejects.toMatchObject({ option: 'isolate' });
  });

  it('refuses nonsense for isolate, as every function does', async () => {
    const options = { ...flat, isolate: 'yes please' as never };
    const path = writeFlat();
    await expect(openRecording(path, options)).rejects.toMatchObject({ option: 'isolate' });
    await expect(detectSpikes(path, options)).rejects.toMatchObject({ option: 'isolate' });
  });

  it('takes no place of a load, and is refused where too many are open', async () => {
    const path = writeFlat();
    const isolate = { ...settings, maxChildren: 1, maxRecordings: 2 };
    const open = () => openRecording(path, { ...flat, isolate });
    const [first, second] = await Promise.all([open(), open()]);
    await expect(open()).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'isolate.maxRecordings' });
    // the one place of loads is free
    expect((await detectSpikes(path, { ...flat, isolate })).N).toBe(2);
    await first.close();
    const third = await open();
    expect((await third.read({ start: 7, end: 8 })).data[0]).toBe(value(7, 0));
    await Promise.all([second.close(), third.close()]);
    const three = await Promise.allSettled([open(), open(), open()]);
    expect(three.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await Promise.all(three.map((each) => (each.status === 'fulfilled' ? each.value.close() : null)));
  });
});
