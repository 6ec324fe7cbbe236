/** Which files a load takes, from which server, and where it keeps them. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotFoundError, type Progress } from '../../../lib/index.js';
import {
  asked,
  codes,
  expectSpikesOf,
  failure,
  folder,
  leftAfter,
  load,
  ofCollection,
  server,
} from '../../support/ibl-load.js';
import { eid, fixture } from '../../support/ibl-server.js';
import { file, hasBytes, json } from '../../support/web-server.js';

describe('choosing files', () => {
  const collection = 'alf/probe01/pykilosort';
  const wrong = fixture('probe00.spikes.times.npy');
  const times = () => ofCollection(collection).find((f) => f.name === 'spikes.times.npy')!;
  const clusters = () => ofCollection(collection).find((f) => f.name === 'spikes.clusters.npy')!;

  it('takes the sorting of the units table, not a later default', async () => {
    for (const f of [times(), clusters()]) {
      server.files.push({ ...f, revision: '', isDefault: false, bytes: wrong });
      server.files.push({ ...f, revision: '2025-06-01', isDefault: true, bytes: wrong });
      f.isDefault = false;
    }
    expectSpikesOf(await load(), 'probe01');
  });

  it('says so when only a later sorting is there', async () => {
    for (const f of [times(), clusters()]) f.revision = '2025-06-01';
    const sd = await load();
    expectSpikesOf(sd, 'probe01');
    expect(codes(sd)).toContain('later-revision');
  });

  it('takes the default of trials, or the last one with a warning', async () => {
    const trials = ofCollection('alf').find((f) => f.name.includes('stimOff'))!;
    server.files.push({ ...trials, revision: '2025-01-01', isDefault: false, bytes: wrong });
    expect((await load()).metadata.n_trials).toBe(40);
    trials.isDefault = undefined;
    trials.revision = '2025-02-02';
    server.files.at(-1)!.isDefault = undefined;
    const sd = await load();
    expect(sd.metadata.n_trials).toBe(40);
    expect(codes(sd)).toContain('no-default-revision');
  });

  it('never loads a dataset of critical quality', async () => {
    server.files.push({ ...times(), revision: '', bytes: fixture('probe01.spikes.times.npy') });
    times().bytes = wrong;
    times().qc = 'CRITICAL';
    expectSpikesOf(await load(), 'probe01');
  });

  it('refuses one attribute in two namespaces', async () => {
    server.files.push({ ...times(), name: '_av_spikes.times.npy' });
    expect(await failure()).toMatchObject({ code: 'ERR_FORMAT', message: expect.stringMatching(/namespace/) });
  });

  it('looks only where it is told to', async () => {
    for (const f of [times(), clusters()]) f.collection = 'alf/probe01/iblsorter';
    expectSpikesOf(await load({ collection: 'alf/probe01/iblsorter' }), 'probe01');
    expect((await failure({ collection: 'alf/probe01' })) as Error).toMatchObject({ option: 'lengthMs' });
    expectSpikesOf(await load(), 'probe01');
  });

  it('takes files without checksum and size, and says so', async () => {
    Object.assign(times(), { md5: null, size: null });
    const sd = await load();
    expectSpikesOf(sd, 'probe01');
    expect(codes(sd)).toContain('checksum-not-verified');
  });

  it('lets the checksum decide where a size is stale', async () => {
    times().size = 17;
    const sd = await load();
    expectSpikesOf(sd, 'probe01');
    expect(codes(sd)).toContain('stale-file-size');
  });

  it('refuses a path that leads out of the cache', async () => {
    const session = server.session();
    session.data_dataset_session_related[2].data_url = `${server.data.origin}/public/lab/Subjects/a/../../../../evil/spikes.times.npy`;
    server.alyxReplies.set(`/sessions/${eid}`, () => json(session));
    const cacheDir = join(folder, 'deep', 'cache');
    await load({ lengthMs: 1e6, cacheDir });
    expect(await readdir(folder)).toEqual(['deep']);
    expect(await readdir(join(folder, 'deep'))).toEqual(['cache']);
  });
});

describe('data servers', () => {
  it('are asked in turn', async () => {
    server.dataReply = ({ path }) => (path.startsWith('/data/') ? { status: 404 } : undefined);
    expectSpikesOf(await load(), 'probe01');
    server.dataReply = ({ path }) =>
      path.startsWith('/data/') ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined;
    expectSpikesOf(await load(), 'probe01');
  });

  it('are both named when neither has the file', async () => {
    server.dataReply = ({ path }) => (path.includes('spikes.times') ? { status: 404 } : undefined);
    const error = await failure();
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toContain(`${server.data.origin}/data/`);
    expect(error.message).toContain(`${server.data.origin}/public/`);
    expect(asked('/sessions')).toBe(1);
  });

  it('default to the URL of the record for another database', async () => {
    expectSpikesOf(await load({ dataUrls: undefined }), 'probe01');
    expect(server.data.asked.every((a) => !a.path.startsWith('/data/'))).toBe(true);
  });

  it('never see a token', async () => {
    await load();
    expect(server.data.asked.some((a) => a.headers.authorization)).toBe(false);
  });

  it('may cut a file short: it goes on where it broke', async () => {
    const { bytes } = server.files.find((f) => f.collection.includes('probe01') && f.name === 'spikes.times.npy')!;
    const cacheDir = join(folder, 'cache');
    // when what came is written, the connection breaks
    const cutWhen = async () => {
      const part = (await readdir(cacheDir, { recursive: true })).find((name) =>
        name.endsWith('spikes.times.npy.part'),
      );
      return part !== undefined && hasBytes(join(cacheDir, part), 6000);
    };
    let cuts = 0;
    server.dataReply = ({ path, headers }) =>
      path.includes('spikes.times') && !headers.range && cuts++ === 0
        ? { headers: { etag: '"an-etag"' }, body: bytes, cutAfter: 6000, cutWhen }
        : undefined;
    expectSpikesOf(await load({ cacheDir }), 'probe01');
    const again = server.data.asked.filter((a) => a.path.includes('spikes.times')).at(-1)!;
    expect(again.headers).toMatchObject({
      range: 'bytes=6000-',
      'if-range': '"an-etag"',
      'accept-encoding': 'identity',
    });
  });

  it('may send damaged bytes: once more, then the other server, then an error', async () => {
    const good = server.files.find((f) => f.collection.includes('probe01') && f.name === 'spikes.times.npy')!;
    const bad = Uint8Array.from(good.bytes);
    bad[5000] ^= 1;
    server.dataReply = ({ path }) =>
      path.startsWith('/data/') && path.includes('spikes.times') ? { body: bad } : undefined;
    expectSpikesOf(await load(), 'probe01');
    expect(server.data.asked.filter((a) => a.path.includes('spikes.times')).length).toBe(3);
    server.dataReply = ({ path }) => (path.includes('spikes.times') ? { body: bad } : undefined);
    const cacheDir = join(folder, 'cache');
    expect(await failure({ cacheDir })).toMatchObject({ code: 'ERR_REMOTE', message: expect.stringMatching(/md5/) });
    const left = await readdir(cacheDir, { recursive: true });
    expect(left.filter((name) => name.includes('spikes.times'))).toEqual([]);
  });
});

describe('the cache folder', () => {
  it('keeps files as ONE does, and takes them from there', async () => {
    const cacheDir = join(folder, 'cache');
    await load({ cacheDir });
    const path = 'angelakilab/Subjects/NYU-11/2020-02-18/001/alf/probe01/pykilosort/#2024-05-06#/spikes.times.npy';
    expect(existsSync(join(cacheDir, path))).toBe(true);
    const before = server.data.asked.length;
    expectSpikesOf(await load({ cacheDir }), 'probe01');
    expect(server.data.asked.length).toBe(before);
  });

  it('stays away, and the other downloads stop, when one of them fails', async () => {
    server.dataReply = ({ path, headers }) => {
      if (path.includes('spikes.times')) return { status: 404 };
      const { bytes } = server.files.find((f) => path.endsWith(server.remotePath(f))) ?? {};
      return bytes && new Promise((done) => setTimeout(() => done(file(bytes, { headers })), 150));
    };
    expect(await leftAfter(async () => expect(await failure()).toBeInstanceOf(NotFoundError))).toEqual([]);
  });

  it('is not used unless asked for', async () => {
    expect(await leftAfter(load)).toEqual([]);
  });
});

it('tells the bytes of all files together, and fetches four at a time', async () => {
  const progress: Progress[] = [];
  let [open, most] = [0, 0];
  server.dataReply = ({ path, headers }) => {
    const found = server.files.find((f) => path.endsWith(server.remotePath(f)));
    if (!found) return undefined;
    most = Math.max(most, ++open);
    return new Promise((done) =>
      setTimeout(() => {
        open--;
        done(file(found.bytes, { headers }));
      }, 20),
    );
  };
  expectSpikesOf(await load({ onProgress: (p) => p.stage === 'downloading' && progress.push(p) }), 'probe01');
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  const taken = server.files
    .filter((f) => !f.collection.includes('probe00'))
    .reduce((sum, f) => sum + f.bytes.length, 0);
  expect(progress.at(-1)).toEqual({ stage: 'downloading', done: taken, total: taken, unit: 'bytes' });
  expect(progress.every((p, i) => i === 0 || p.done >= progress[i - 1].done)).toBe(true);
});
