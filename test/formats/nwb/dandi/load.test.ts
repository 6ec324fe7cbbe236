/** One asset through the whole path: detail, download, verification, NWB. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAsset, safeSegments } from '../../../../lib/formats/nwb/dandi/asset.js';
import {
  type LoadDandiOptions,
  listDandiAssets,
  loadSpikeDataFromDandi,
  type SpikeData,
} from '../../../../lib/index.js';
import { apiToken, DandiServer, expected, nwb } from '../../../support/dandi-server.js';

let server: DandiServer;
let folder: string;
beforeAll(async () => {
  server = await DandiServer.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.reset();
  folder = await mkdtemp(join(tmpdir(), 'dandi-'));
  return () => rm(folder, { recursive: true });
});

const load = (options: LoadDandiOptions = {}, id = server.assets[0].id) =>
  loadSpikeDataFromDandi(id, { apiBase: server.apiBase, allowPrivateHosts: true, ...options });
const failure = (options: LoadDandiOptions = {}, id = server.assets[0].id) =>
  load(options, id).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

function expectUnits(sd: SpikeData) {
  expect(sd.train.map((train) => train.length)).toEqual(expected.counts);
  expect(sd.neuronAttributes!.map((attributes) => attributes.unit_id)).toEqual(expected.ids);
  sd.train.forEach((train, u) => {
    expect(train.reduce((a, b) => a + b, 0)).toBeCloseTo(expected.sumMs[u], 6);
  });
}

describe('loadSpikeDataFromDandi', () => {
  it('takes a public file from the bucket, in one request', async () => {
    const sd = await load({ dandisetId: '000006' });
    expectUnits(sd);
    expect(sd.metadata).toMatchObject({
      dandi_asset_id: server.assets[0].id,
      dandi_dandiset_id: '000006',
      dandi_version: 'draft',
      source_reference: `dandi://dandiarchive.org/dandisets/000006/versions/draft/assets/${server.assets[0].id}`,
    });
    expect(sd.metadata).not.toHaveProperty('downloaded_path');
    expect(server.api.asked.map((asked) => asked.path)).toEqual([`/api/assets/${server.assets[0].id}/`]);
    expect(server.bucket.asked.length).toBe(1);
    expect(sd.report).toMatchObject({ requests: 2, spikes: expected.counts[0] + expected.counts[2] });
  });

  it('takes what the list gives: ids and URLs', async () => {
    for await (const asset of listDandiAssets('000006', { apiBase: server.apiBase, allowPrivateHosts: true })) {
      expectUnits(await load({}, asset.download_url));
      // where no base is given, the URL says it
      expectUnits(await loadSpikeDataFromDandi(asset.download_url, { allowPrivateHosts: true }));
      expectUnits(await load({}, asset.asset_id));
    }
  });

  it('hands its options on to the NWB loader', async () => {
    const sd = await load({ lengthMs: 30_000, unitIds: [9] });
    expect([sd.N, sd.length, sd.train[0].length]).toEqual([1, 30_000, expected.counts[2]]);
  });

  it('reads the file in isolation when asked to', async () => {
    const sd = await load({ isolate: true });
    expectUnits(sd);
    expect(sd.report!.requests).toBe(2);
    expect(await failure({ isolate: { timeoutMs: 1 } })).toMatchObject({ name: 'IsolationError' });
  });

  it('goes through the API where the bucket refuses', async () => {
    server.bucketReply = ({ path }) => (path.includes('?') ? undefined : { status: 403 });
    expectUnits(await load());
    expect(server.api.asked.at(-1)!.path).toMatch(/\/download\/$/);
  });

  it('takes a single contentUrl, or none', async () => {
    const { contentUrl } = server.detail(server.assets[0]);
    for (const detail of [{ contentUrl: contentUrl[1] }, { contentUrl: undefined }, { contentUrl: [] }]) {
      server.assets[0].detail = detail;
      expectUnits(await load());
    }
  });

  it('leaves nothing behind', async () => {
    const usual = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    try {
      await load();
      server.assets[0].bytes = nwb.slice(0, 5000);
      await failure();
      expect(await readdir(folder)).toEqual([]);
    } finally {
      if (usual === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = usual;
    }
  });
});

describe('an embargoed asset', () => {
  beforeEach(() => {
    server.assets[0].embargoed = true;
  });

  it('needs the token, which the bucket never sees', async () => {
    const error = await failure();
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 401, message: expect.stringMatching(/DANDI_API_KEY/) });
    expectUnits(await load({ apiToken }));
    expect(server.api.asked.at(-1)!.headers.authorization).toBe(`token ${apiToken}`);
    expect(server.bucket.asked.map((asked) => asked.headers.authorization)).toEqual([undefined]);
  });

  it('is refused with a wrong one, without repeating it', async () => {
    const error = await failure({ apiToken: 'wrong-5ec7e7' });
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 401 });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wrong-5ec7e7/);
    expect(server.api.asked.length).toBe(1);
  });

  it('keeps signed URLs out of errors and reports', async () => {
    server.bucketReply = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    const error = await failure({ apiToken });
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/X-Amz|deadbeef/);
    server.bucketReply = () => undefined;
    const sd = await load({ apiToken });
    expect(JSON.stringify([sd.report, sd.metadata])).not.toMatch(/X-Amz|deadbeef|dandi-key/);
  });

  it('does not get a token that is meant for another server', async () => {
    const url = `${server.apiBase}/assets/${server.assets[0].id}/download/`;
    await expect(loadSpikeDataFromDandi(url, { apiToken, allowPrivateHosts: true })).rejects.toMatchObject({
      status: 401,
    });
    expect(server.api.asked.some((asked) => asked.headers.authorization)).toBe(false);
  });
});

describe('downloadDir', () => {
  it('keeps the file below its path, and takes it from there', async () => {
    const sd = await load({ downloadDir: folder });
    const path = join(folder, 'sub-a', 'sub-a_ses-1.nwb');
    expect(sd.metadata.downloaded_path).toBe(path);
    expect(Buffer.compare(await readFile(path), nwb)).toBe(0);
    await load({ downloadDir: folder });
    expect(server.bucket.asked.length).toBe(1);
  });

  it('replaces a file that is another one', async () => {
    await load({ downloadDir: folder });
    const path = join(folder, 'sub-a', 'sub-a_ses-1.nwb');
    await writeFile(path, 'something else');
    expectUnits(await load({ downloadDir: folder }));
    expect(Buffer.compare(await readFile(path), nwb)).toBe(0);
  });

  it('goes on with an interrupted download', async () => {
    server.bucketReply = () => ({ body: nwb, stallAfter: 4000 });
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => done >= 4000 && controller.abort(new Error('enough'));
    await failure({ downloadDir: folder, signal: controller.signal, onProgress });
    server.bucketReply = () => undefined;
    expectUnits(await load({ downloadDir: folder }));
    expect(server.bucket.asked.at(-1)!.headers.range).toBe('bytes=4000-');
  });

  it('gets nothing outside of it, whatever the path', async () => {
    const inner = join(folder, 'deep', 'inner');
    for (const path of ['../../x.nwb', '/etc/x.nwb', '..\\..\\x.nwb', 'a/../../../x.nwb', 'CON', 'a:b?.nwb']) {
      const { id } = server.add(path);
      const sd = await load({ downloadDir: inner }, id);
      expect(existsSync(sd.metadata.downloaded_path as string)).toBe(true);
      expect((sd.metadata.downloaded_path as string).startsWith(inner)).toBe(true);
    }
    expect(await readdir(folder)).toEqual(['deep']);
    expect(await readdir(join(folder, 'deep'))).toEqual(['inner']);
  });
});

describe('what cannot be loaded', () => {
  it('is damaged', async () => {
    const damaged = nwb.slice();
    damaged[3000] ^= 1;
    server.bucketReply = () => ({ body: damaged });
    expect(await failure({ downloadDir: folder })).toMatchObject({
      code: 'ERR_REMOTE',
      message: expect.stringMatching(/dandiEtag/),
    });
    expect(await readdir(join(folder, 'sub-a'))).toEqual([]);
  });

  it('is a Zarr folder whose record says no place, or not there', async () => {
    const { id } = server.add('sub-a/a.nwb.zarr', { zarr: true, detail: { contentUrl: [] } });
    expect(await failure({}, id)).toMatchObject({ code: 'ERR_UNSUPPORTED', feature: 'zarr' });
    expect(await failure({}, '00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it.each([
    '',
    'x',
    'https://dandiarchive.org/dandiset/000006',
    'https://host/assets/not-an-id/',
    'file:///etc/passwd',
  ])('is %j', async (id) => {
    expect(await failure({}, id)).toMatchObject({ code: 'ERR_OPTION', option: 'assetId' });
    expect(server.api.asked.length).toBe(0);
  });
});

describe('asset references', () => {
  const id = 'b1d2c3e4-1111-4222-8333-444455556666';
  it.each([
    [id.toUpperCase(), { id }],
    [`https://api.dandiarchive.org/api/assets/${id}/download/?x=1`, { id, base: 'https://api.dandiarchive.org/api' }],
    [
      `https://h/api/dandisets/000006/versions/0.220126.1855/assets/${id}/`,
      { id, base: 'https://h/api', dandisetId: '000006', version: '0.220126.1855' },
    ],
    [
      `dandi://dandiarchive.org/dandisets/000006/versions/draft/assets/${id}`,
      { id, dandisetId: '000006', version: 'draft' },
    ],
  ])('%s', (text, reference) => expect(parseAsset(text)).toEqual(reference));

  it('have names that every system takes', () => {
    expect(safeSegments('sub-a/../x.nwb', id)).toEqual(['sub-a', 'x.nwb']);
    expect(safeSegments('a/aux.nwb', id)).toEqual(['a', '_aux.nwb']);
    expect(safeSegments(undefined, id)).toEqual([`${id}.nwb`]);
    expect(safeSegments('..', id)).toEqual([`${id}.nwb`]);
  });
});
