/** Folders of results that were packed into one zip, against the same folders on disk. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KilosortOptions, loadSpikeDataFromKilosort } from '../../../lib/index.js';
import { type RangeServer, startRangeServer } from '../../support/range-server.js';
import { storedZip } from '../../support/zip-files.js';

const curated = new URL('../../../fixtures/kilosort/curated/', import.meta.url).pathname;
const options: KilosortOptions = { fsHz: 32_000, onWarning: () => {}, allowPrivateHosts: true };
let server: RangeServer;
let folder: string;
const usual = process.env.TMPDIR;
let members: Record<string, Uint8Array>;
beforeAll(async () => {
  server = await startRangeServer();
  folder = await mkdtemp(join(tmpdir(), 'zip-'));
  process.env.TMPDIR = folder;
  const names = await readdir(curated);
  members = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(curated + name)])));
});
afterAll(async () => {
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => server.reset());

const below = (top: string) => Object.fromEntries(Object.entries(members).map(([name, bytes]) => [top + name, bytes]));
const onDisk = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

describe('a zip of a folder', () => {
  it.each(['', 'probe0/', 'session/sorted/'])('is loaded as the folder itself, packed below %j', async (top) => {
    const plain = await loadSpikeDataFromKilosort(curated, options);
    const zip = storedZip({ ...below(top), [`__MACOSX/${top}._spike_times.npy`]: new Uint8Array(5) });
    for (const source of [await onDisk('curated.zip', zip), server.serve('/curated.zip', zip)]) {
      const sd = await loadSpikeDataFromKilosort(source, options);
      expect(sd.train).toEqual(plain.train);
      expect(sd.neuronAttributes).toEqual(plain.neuronAttributes);
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('spikelab-'))).toEqual([]);
  });

  it('is read where it lies: what is not needed is not fetched', async () => {
    const zip = storedZip({ 'recording.dat': new Uint8Array(4 * 2 ** 20).fill(7), ...members });
    const sd = await loadSpikeDataFromKilosort(server.serve('/large.zip', zip), options);
    expect(sd.report).toMatchObject({ remote: 'ranges', requests: server.requests.length });
    expect(server.requests.length).toBeLessThanOrEqual(6);
    expect(server.bytes).toBeLessThan(2 ** 20);
  });

  it('says what is wrong with it', async () => {
    const failure = async (bytes: Uint8Array, more: KilosortOptions = options) =>
      loadSpikeDataFromKilosort(await onDisk('bad.zip', bytes), more).then(
        () => expect.unreachable(),
        (error: Error) => error,
      );
    expect(await failure(Buffer.from('no zip'))).toMatchObject({ code: 'ERR_FORMAT' });
    expect(await failure(storedZip({ ...below('a/'), ...below('b/') }))).toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/one folder with spike_times\.npy, found 2: a\/, b\//),
    });
    const { 'spike_times.npy': _, ...rest } = members;
    expect(await failure(storedZip(rest))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    const damaged = storedZip(members);
    damaged[damaged.indexOf(members['spike_times.npy']) + 130] ^= 1;
    expect(await failure(damaged)).toMatchObject({ code: 'ERR_FORMAT', message: expect.stringMatching(/CRC-32/) });
    const small = { ...options, limits: { maxFileBytes: 3000 } };
    expect(await failure(storedZip(members), small)).toMatchObject({ code: 'ERR_LIMIT', limit: 'maxFileBytes' });
  });
});
