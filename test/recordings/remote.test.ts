/** Recordings in HDF5 on a server: windows and detections as from disk, and nothing fetched twice in one pass. */
import { readFile } from 'node:fs/promises';
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
  });
});
