/** Recordings in HDF5 on a server: windows and detections as from disk, and nothing fetched twice in one pass. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  detectSpikes,
  loadSpikeDataFromHdf5,
  loadSpikeDataFromHdf5RawThresholded,
  openRecording,
} from '../../lib/index.js';
import { type RangeServer, startRangeServer } from '../support/range-server.js';

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
const here = { allowPrivateHosts: true, onWarning: () => {} };
let server: RangeServer;
beforeAll(async () => {
  server = await startRangeServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const serve = async (name: string) => server.serve(`/${name}`, await readFile(fixtures + name));

describe('a recording on a server', () => {
  it.each([
    ['recordings/series.nwb', {}],
    ['recordings/datasets.h5', { fsHz: 20_000, dataset: 'raw/channels_time' }],
    ['recordings/maxwell_new.raw.h5', {}],
    ['recordings/mcs.h5', {}],
  ])('gives the windows of %s', async (name, options) => {
    await using local = await openRecording(fixtures + name, { ...here, ...options });
    await using remote = await openRecording(await serve(name), { ...here, ...options });
    const { channels, samples, fsHz, format, channelIds, startMs } = local;
    expect(remote).toMatchObject({ channels, samples, fsHz, format, channelIds, startMs });
    for (const range of [
      { start: 0, end: samples },
      { start: 3, end: 7, channels: [channels - 1, 0] },
    ]) {
      expect(await remote.read(range)).toEqual(await local.read(range));
    }
  });

  it('is detected in as from disk, its file fetched once', async () => {
    const name = 'recordings/datasets.h5';
    const options = { ...here, fsHz: 20_000, dataset: 'raw/channels_time', filter: false, thresholdSigma: 1 } as const;
    const [local, remote] = [
      await detectSpikes(fixtures + name, options),
      await detectSpikes(await serve(name), options),
    ];
    expect(remote.train).toEqual(local.train);
    expect(server.requests.length).toBe(1);
  });

  it('is thresholded by its loader, and spikes in HDF5 load', async () => {
    const traces = await serve('recordings/datasets.h5');
    const options = { ...here, fsHz: 20_000, filter: false, thresholdSigma: 1 } as const;
    const load = (source: string) => loadSpikeDataFromHdf5RawThresholded(source, 'raw/channels_time', options);
    expect((await load(traces)).train).toEqual((await load(`${fixtures}recordings/datasets.h5`)).train);
    const style = { ...here, idcesDataset: 'idces', timesDataset: 'times', timesUnit: 'ms' } as const;
    const paired = async (source: string) => (await loadSpikeDataFromHdf5(source, style)).train;
    expect(await paired(await serve('hdf5/paired.h5'))).toEqual(await paired(`${fixtures}hdf5/paired.h5`));
  });

  it('is read in a child process, which asks the server', async () => {
    const url = await serve('recordings/series.nwb');
    await using remote = await openRecording(url, { ...here, isolate: true });
    await using local = await openRecording(`${fixtures}recordings/series.nwb`, here);
    expect(await remote.read({ start: 0, end: 10 })).toEqual(await local.read({ start: 0, end: 10 }));
    expect(server.requests.length).toBe(1);
    const frames = server.serve('/frames.raw', new Uint8Array(Int16Array.from([1, 2, 3, 4, 5, 6]).buffer));
    await using flat = await openRecording(frames, { ...here, channels: 2, fsHz: 1000, isolate: true });
    expect((await flat.read({ start: 1, end: 3 })).data).toEqual(Int16Array.from([3, 5, 4, 6]));
  });

  it('is read there where it is flat, without a copy on disk', async () => {
    const [channels, frames] = [3, 400_000];
    const stored = Int16Array.from({ length: channels * frames }, (_, i) => ((i * 7919) % 32_768) - 16_384);
    const url = server.serve('/flat.dat', new Uint8Array(stored.buffer));
    const folder = await mkdtemp(join(tmpdir(), 'flat-'));
    const path = join(folder, 'flat.dat');
    await writeFile(path, stored);
    const usual = process.env.TMPDIR;
    process.env.TMPDIR = join(folder, 'none');
    try {
      const options = { ...here, channels, fsHz: 20_000 };
      await using remote = await openRecording(url, options);
      expect(remote).toMatchObject({ format: 'binary', channels, samples: frames, dtype: 'int16' });
      const { data } = await remote.read({ start: 7, end: frames - 7, channels: [2, 0] });
      const rows = [2, 0].flatMap((c) => Array.from({ length: frames - 14 }, (_, t) => stored[(t + 7) * channels + c]));
      expect(data).toEqual(Int16Array.from(rows));
      // each byte once but for the first block, which came with the size
      expect(server.bytes).toBeLessThan(stored.byteLength + 2 ** 18);
      await using local = await openRecording(path, options);
      const detection = { thresholdSigma: 1.5 } as const;
      const [found, wanted] = [await detectSpikes(remote, detection), await detectSpikes(local, detection)];
      expect(wanted.train.some((train) => train.length > 100)).toBe(true);
      expect(found.train).toEqual(wanted.train);
    } finally {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
      await rm(folder, { recursive: true });
    }
  });

  it('is read there where it is an array of numpy', async () => {
    const url = await serve('npy/f4_big.npy');
    const options = { ...here, fsHz: 1000, layout: 'time-channels' } as const;
    await using remote = await openRecording(url, options);
    await using local = await openRecording(`${fixtures}npy/f4_big.npy`, options);
    const range = { start: 0, end: local.samples };
    expect(await remote.read(range)).toEqual(await local.read(range));
    expect(server.requests.length).toBe(1);
  });

  it('that changes while it is read is an error, and so is one that is too short', async () => {
    const options = { ...here, channels: 2, fsHz: 1000 };
    const url = server.serve('/changing.dat', new Uint8Array(4_000_000));
    await using recording = await openRecording(url, options);
    server.etag = '"two"';
    await expect(recording.read({ start: 900_000, end: 1_000_000 })).rejects.toMatchObject({
      name: 'RemoteError',
      message: expect.stringContaining('was replaced while it was read'),
    });
    await expect(openRecording(server.serve('/short.dat', new Uint8Array(3)), options)).rejects.toThrow(
      'found 3 bytes',
    );
  });
});
