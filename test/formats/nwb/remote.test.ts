/** NWB files on a server: only what is needed is fetched, and it comes to the same as the file on disk. */
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identify, loadSpikeDataFromNwb, openRecording } from '../../../lib/index.js';
import { type RangeServer, startRangeServer } from '../../support/range-server.js';
import { sparseFile } from '../../support/sparse-file.js';

const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const here = { allowPrivateHosts: true };
let server: RangeServer;
let large: string;
let expected: {
  units: number;
  spikes: number[];
  storedBytes: number;
  firstMs: number[];
  lastMs: number[];
  sumMs: number[];
  inWindow: number;
  quality: string[];
};

beforeAll(async () => {
  server = await startRangeServer();
  large = server.serve('/large.nwb', await sparseFile(`${fixtures}remote/large.nwb.json`));
  expected = JSON.parse(await readFile(`${fixtures}remote/expected.json`, 'utf8'));
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('spikelab-'));

describe('an NWB file of 4 GB on a server', () => {
  it('gives all units for ten requests and a megabyte beyond their bytes', async () => {
    const before = await temporary();
    const sd = await loadSpikeDataFromNwb(large, here);
    expect(sd.train.map((train) => train.length)).toEqual(expected.spikes);
    sd.train.forEach((train, u) => {
      expect(train[0]).toBeCloseTo(expected.firstMs[u], 9);
      expect(train.at(-1)).toBeCloseTo(expected.lastMs[u], 9);
      expect(train.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(expected.sumMs[u], 4);
    });
    expect(sd.neuronAttributes?.map(({ quality }) => quality)).toEqual(expected.quality);
    expect(sd.neuronAttributes?.[10]).toMatchObject({ location: [16, 100], location_label: 'area0' });
    expect(server.requests.length).toBeLessThanOrEqual(10);
    expect(server.bytes).toBeLessThanOrEqual(expected.storedBytes + 2 ** 20);
    expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(sd.report).toMatchObject({
      remote: 'ranges',
      requests: server.requests.length,
      bytesRead: server.bytes,
      source: large,
    });
    expect(await temporary()).toEqual(before);
  });

  it('gives a window of one unit for twelve', async () => {
    const sd = await loadSpikeDataFromNwb(large, { ...here, unitIds: [7], windowMs: [50_000, 60_000] });
    expect(sd.train.map((train) => train.length)).toEqual([expected.inWindow]);
    expect(server.requests.length).toBeLessThanOrEqual(12);
  });

  it('says what it is for six', async () => {
    const [found] = await identify(large, here);
    expect(found).toMatchObject({ format: 'nwb', readable: true });
    expect(server.requests.length).toBeLessThanOrEqual(6);
  });

  it('opens as a recording', async () => {
    await using recording = await openRecording(large, here);
    expect(recording).toMatchObject({ channels: 384, samples: 5_592_405, fsHz: 30_000, format: 'nwb' });
    expect(server.requests.length).toBeLessThanOrEqual(12);
    const { data } = await recording.read({ start: 5_000_000, end: 5_000_100, channels: [3, 100] });
    expect(data).toEqual(new Int16Array(200));
  });
});

it('is a file also where its address ends as a folder does, as DANDI downloads do', async () => {
  const path = `${fixtures}nwb/full.nwb`;
  const url = server.serve('/api/assets/0001/download/', await readFile(path));
  const [disk, there] = [await loadSpikeDataFromNwb(path), await loadSpikeDataFromNwb(url, here)];
  expect(there.report?.remote).toBe('ranges');
  expect(there.train).toEqual(disk.train);
  await using recording = await openRecording(url, here);
  expect(recording.format).toBe('nwb');
});

describe('every NWB file of the fixtures', async () => {
  for (const name of (await readdir(`${fixtures}nwb`)).filter((each) => each.endsWith('.nwb'))) {
    it(`loads ${name} the same way as from disk`, async () => {
      const path = `${fixtures}nwb/${name}`;
      const url = server.serve(`/${name}`, await readFile(path));
      const said = (error: Error) => `${error.name} ${error.message}`.replaceAll(path, url);
      const options = { onWarning: () => {} };
      const [local, remote] = await Promise.all([
        loadSpikeDataFromNwb(path, options).catch(said),
        loadSpikeDataFromNwb(url, { ...options, ...here }).catch(said),
      ]);
      if (typeof local === 'string' || typeof remote === 'string') return expect(remote).toEqual(local);
      expect(remote.train).toEqual(local.train);
      expect(remote.neuronAttributes).toEqual(local.neuronAttributes);
      expect({ ...remote.metadata, source_file: path }).toEqual(local.metadata);
      const codes = ({ report }: typeof local) => report!.findings.map(({ code }) => code);
      expect(codes(remote)).toEqual(codes(local));
    });
  }
});
