/** Recordings and sortings of several files that were packed into one zip, against the same folders on disk. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSpikeDataFromSpikeInterface, openRecording } from '../../lib/index.js';
import { type RangeServer, startRangeServer } from '../support/range-server.js';
import { folderFiles } from '../support/zarr-folder.js';
import { storedZip } from '../support/zip-files.js';

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
const here = { allowPrivateHosts: true, onWarning: () => {} };
let server: RangeServer;
let folder: string;
const usual = process.env.TMPDIR;
beforeAll(async () => {
  server = await startRangeServer();
  folder = await mkdtemp(join(tmpdir(), 'zips-'));
  process.env.TMPDIR = folder;
});
afterAll(async () => {
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  await server.close();
  await rm(folder, { recursive: true });
});

function packed(name: string, top: string): Buffer {
  const members = [...folderFiles(fixtures + name)].map(([key, bytes]) => [top + key, bytes] as const);
  return storedZip(Object.fromEntries([...members, [`__MACOSX/${top}._x`, new Uint8Array(4)]]));
}

async function places(zip: Buffer): Promise<string[]> {
  await writeFile(join(folder, 'packed.zip'), zip);
  return [join(folder, 'packed.zip'), server.serve('/packed.zip', zip)];
}

const unpacked = async () => (await readdir(folder)).filter((name) => name.startsWith('spikelab-'));

describe('a zip of a folder', () => {
  it.each([
    ['recordings/si_binary', { segmentIndex: 0 }],
    ['recordings/openephys_06', {}],
    ['recordings/spikeglx_np1', {}],
    ['recordings/series.nwb.zarr', {}],
  ])('is the recording %s, until it is closed', async (name, options) => {
    await using wanted = await openRecording(fixtures + name, { ...here, ...options });
    const range = { start: 0, end: wanted.samples };
    for (const top of ['', 'session/probe/']) {
      for (const place of await places(packed(name, top))) {
        const found = await openRecording(place, { ...here, ...options });
        const { channels, samples, fsHz, format, channelIds, startMs } = wanted;
        expect(found).toMatchObject({ channels, samples, fsHz, format, channelIds, startMs });
        expect(await found.read(range)).toEqual(await wanted.read(range));
        expect(await unpacked()).toHaveLength(1);
        await found.close();
        expect(await unpacked()).toEqual([]);
      }
    }
  });

  it.each(['numpy_folder', 'analyzer.zarr'])('is the sorting %s', async (name) => {
    const wanted = await loadSpikeDataFromSpikeInterface(`${fixtures}spikeinterface/${name}`, here);
    for (const place of await places(packed(`spikeinterface/${name}`, 'sorted/'))) {
      const found = await loadSpikeDataFromSpikeInterface(place, here);
      expect(found.train).toEqual(wanted.train);
      expect(found.neuronAttributes).toEqual(wanted.neuronAttributes);
    }
    expect(await unpacked()).toEqual([]);
  });

  it('keeps what it unpacks to its own folder and to the limit', async () => {
    const failure = async (members: Record<string, Uint8Array>, limits = {}) => {
      const [place] = await places(storedZip(members));
      const error = await openRecording(place, { ...here, limits }).then(
        () => expect.unreachable(),
        (found: Error) => found,
      );
      expect(await unpacked()).toEqual([]);
      return error;
    };
    const some = new Uint8Array(100);
    for (const name of ['../out.dat', '/etc/out.dat', 'a/../../out.dat', 'a\\..\\out.dat'])
      expect(await failure({ [name]: some, 'a.dat': some })).toMatchObject({ code: 'ERR_FORMAT' });
    expect(await failure({ 'a.dat': some, 'b.dat': some }, { maxFileBytes: 150 })).toMatchObject({ code: 'ERR_LIMIT' });
    expect(await failure({ 'notes.txt': some })).toMatchObject({ code: 'ERR_FORMAT' });
    expect(await readdir(join(folder, '..'))).not.toContain('out.dat');
  });
});
