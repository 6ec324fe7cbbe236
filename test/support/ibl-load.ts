/** A server of IBL's for the tests of one file, and loads of one probe from it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type LoadIblOptions, loadSpikeDataFromIbl, type SpikeData } from '../../lib/index.js';
import { eid, expected, IblServer, pid } from './ibl-server.js';

/** Anew for each file of tests; emptied before each test. */
export let server: IblServer;
export let folder: string;

beforeAll(async () => {
  server = await IblServer.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.reset();
  folder = await mkdtemp(join(tmpdir(), 'ibl-load-'));
  return () => rm(folder, { recursive: true });
});

export const load = (options: LoadIblOptions = {}) => loadSpikeDataFromIbl(eid, pid, { ...server.options, ...options });
export const failure = (options: LoadIblOptions = {}) =>
  load(options).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
export const asked = (path: string) => server.alyx.asked.filter((a) => a.path.startsWith(path)).length;
export const codes = (sd: SpikeData) => sd.report!.findings.map((finding) => finding.code);
export const ofCollection = (collection: string) => server.files.filter((f) => f.collection === collection);

/** What is left of temporary files, also of downloads that were still under way. */
export async function leftAfter(work: () => Promise<unknown>): Promise<string[]> {
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await work();
    await new Promise((done) => setTimeout(done, 300));
    return await readdir(folder);
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}

export function expectSpikesOf(sd: SpikeData, probe: 'probe00' | 'probe01') {
  const { counts, sums, attributes } = expected.probes[probe];
  expect(sd.train.map((train) => train.length)).toEqual(counts);
  sd.train.forEach((train, u) => {
    expect(train.reduce((a, b) => a + b, 0)).toBeCloseTo(sums[u], 3);
    expect(sd.neuronAttributes![u]).toMatchObject(attributes[u]);
    expect(Object.keys(sd.neuronAttributes![u]).sort()).toEqual([...Object.keys(attributes[u]), 'unit_id'].sort());
  });
}
