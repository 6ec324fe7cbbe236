/** One probe through the whole path: Alyx, data servers, units table, spikes, trials, channels. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Finding,
  type LoadIblOptions,
  loadSpikeDataFromIbl,
  NotFoundError,
  type Progress,
  type SpikeData,
} from '../../lib/index.js';
import { eid, expected, fixture, IblServer, otherPid, pid, token, user } from '../support/ibl-server.js';
import { parquetOf, readCsv } from '../support/parquet-files.js';
import { file, json } from '../support/web-server.js';

let server: IblServer;
let folder: string;

beforeAll(async () => {
  server = await IblServer.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.reset();
  folder = await mkdtemp(join(tmpdir(), 'ibl-load-'));
  return () => rm(folder, { recursive: true });
});

const load = (options: LoadIblOptions = {}) => loadSpikeDataFromIbl(eid, pid, { ...server.options, ...options });
const failure = (options: LoadIblOptions = {}) =>
  load(options).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
const asked = (path: string) => server.alyx.asked.filter((a) => a.path.startsWith(path)).length;
const codes = (sd: SpikeData) => sd.report!.findings.map((finding) => finding.code);
const ofCollection = (collection: string) => server.files.filter((f) => f.collection === collection);

/** What is left of temporary files, also of downloads that were still under way. */
async function leftAfter(work: () => Promise<unknown>): Promise<string[]> {
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

function expectSpikesOf(sd: SpikeData, probe: 'probe00' | 'probe01') {
  const { counts, sums, attributes } = expected.probes[probe];
  expect(sd.train.map((train) => train.length)).toEqual(counts);
  sd.train.forEach((train, u) => {
    expect(train.reduce((a, b) => a + b, 0)).toBeCloseTo(sums[u], 3);
    expect(sd.neuronAttributes![u]).toMatchObject(attributes[u]);
    expect(Object.keys(sd.neuronAttributes![u]).sort()).toEqual([...Object.keys(attributes[u]), 'unit_id'].sort());
  });
}

describe('the probe that pid names', () => {
  it('is probe01 where pid is probe01: spikes, units and length', async () => {
    const sd = await load();
    expectSpikesOf(sd, 'probe01');
    expect(sd.length).toBe(expected.probes.probe01.last);
    const taken = server.data.asked.map((a) => decodeURIComponent(a.path)).filter((path) => path.includes('spikes.'));
    expect(taken.length).toBe(2);
    expect(taken.every((path) => path.includes('/alf/probe01/pykilosort/#2024-05-06#/spikes.'))).toBe(true);
  });

  it('is probe00 where pid is probe00', async () => {
    expectSpikesOf(await loadSpikeDataFromIbl(eid, otherPid, server.options), 'probe00');
  });

  it('comes from the insertion record where the session cannot be read', async () => {
    for (const reply of [json({ detail: 'Not found.' }, 404), { body: '<html>maintenance</html>' }]) {
      server.alyxReplies.set(`/sessions/${eid}`, () => reply);
      const rows = server.files.map((f) => {
        const { data_url, default_revision, ...record } = server.record(f);
        return { ...record, default_dataset: true, file_records: [{ exists: true, data_url }] };
      });
      server.alyxReplies.set('/datasets', () => json({ count: rows.length, next: null, results: rows }));
      const sd = await load();
      expectSpikesOf(sd, 'probe01');
      expect(sd.metadata).not.toHaveProperty('session_start_time');
      expect(sd.metadata).toMatchObject({ probe_name: 'probe01', n_trials: 40 });
      expect(codes(sd)).toContain('record-not-read');
    }
  });

  it('must belong to the session', async () => {
    const error = await loadSpikeDataFromIbl('00000000-0000-4000-8000-000000000000', pid, server.options).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ code: 'ERR_OPTION', option: 'pid' });
  });

  it('is never another one, even where only that has spikes', async () => {
    server.files = server.files.filter((f) => !f.collection.startsWith('alf/probe01'));
    for (const collection of ['alf/probe00', 'alf/probe01a/pykilosort'])
      server.files.push({ ...ofCollection('alf/probe00/pykilosort')[0], collection });
    const sd = await load({ lengthMs: 1000 });
    expect(sd.N).toBe(expected.probes.probe01.counts.length);
    expect(sd.report!.spikes).toBe(0);
    const [finding] = sd.report!.findings.filter((f) => f.code === 'no-spikes-found');
    expect(finding.message).toContain(eid);
    expect(finding.message).toContain(pid);
    expect(finding.message).toContain('alf/probe01/pykilosort');
    expect(finding.count).toBe(sd.N);
  });
});

describe('metadata', () => {
  it('has ids, session, subject, insertion and the best trajectory', async () => {
    const { metadata } = await load();
    expect(metadata).toMatchObject({
      eid,
      pid,
      identifier: eid,
      format: 'IBL',
      unit_count: expected.probes.probe01.counts.length,
      duration_seconds: expected.probes.probe01.last / 1000,
      session_start_time: '2020-02-18T10:22:03.123456',
      lab: 'angelakilab',
      task_protocol: '_iblrig_tasks_ephysChoiceWorld6.2.5',
      session_number: 1,
      procedures: ['Ephys recording with acute probe(s)'],
      qc: 'PASS',
      subject_id: 'NYU-11/a b',
      species: 'Laboratory mouse',
      sex: 'M',
      date_of_birth: '2019-09-12',
      age_weeks: 61,
      genotype: [],
      responsible_user: 'user_b',
      probe_name: 'probe01',
      probe_model: '3B2',
      insertion_x: -2243.1,
      insertion_depth: 4000,
      insertion_theta: 15,
    });
    for (const absent of ['end_time', 'strain', 'project', 'sampling_rate_hz'])
      expect(metadata).not.toHaveProperty(absent);
  });

  it('has the trials in ms, and the rest of their columns as they are', async () => {
    const { metadata } = await load();
    const { trials } = expected;
    const ms = (values: (number | null)[]) => values.map((v) => (v === null ? Number.NaN : v * 1000));
    const plain = (values: (number | null)[]) => values.map((v) => v ?? Number.NaN);
    const list = (key: string) => Array.from(metadata[key] as Float64Array);
    expect(metadata.n_trials).toBe(40);
    expect(metadata.trial_start_times).toBeInstanceOf(Float64Array);
    expect(list('trial_start_times')).toEqual(ms(trials.intervals_0));
    expect(list('trial_end_times')).toEqual(ms(trials.intervals_1));
    expect(list('stim_on_times')).toEqual(ms(trials.stimOn_times));
    expect(list('stim_off_times')).toEqual(ms(trials.stimOff_times));
    expect(list('go_cue_times')).toEqual(ms(trials.goCue_times));
    expect(list('response_times')).toEqual(ms(trials.response_times));
    expect(list('feedback_times')).toEqual(ms(trials.feedback_times));
    expect(list('first_movement_times')).toEqual(ms(trials.firstMovement_times));
    expect(list('choice')).toEqual(plain(trials.choice));
    expect(list('feedback_type')).toEqual(plain(trials.feedbackType));
    expect(list('contrast_left')).toEqual(plain(trials.contrastLeft));
    expect(list('contrast_right')).toEqual(plain(trials.contrastRight));
    expect(list('probability_left')).toEqual(plain(trials.probabilityLeft));
  });

  it('has the channels with their structures', async () => {
    const channels = (await load()).metadata.electrodes_by_channel as Record<number, object>;
    expect(Object.keys(channels).length).toBe(expected.channels.length);
    expect(Object.values(channels)).toEqual(expected.channels);
  });

  it('lacks what the servers do not have, and the load goes on', async () => {
    server.files = server.files.filter((f) => !f.name.startsWith('channels.'));
    server.alyxReplies.set('/subjects/NYU-11%2Fa%20b', () => json({ detail: 'Not found.' }, 404));
    server.alyxReplies.set('/trajectories', () => ({ body: '<html></html>' }));
    const sd = await load();
    expectSpikesOf(sd, 'probe01');
    for (const absent of ['subject_id', 'insertion_x', 'electrodes_by_channel'])
      expect(sd.metadata).not.toHaveProperty(absent);
    expect(codes(sd).filter((code) => code === 'record-not-read').length).toBe(2);
  });
});

describe('trials', () => {
  const withoutTrials = () => {
    server.files = server.files.filter((f) => f.collection !== 'alf');
  };

  it('are an error where the session has none, or where a column is missing', async () => {
    server.files = server.files.filter((f) => !f.name.includes('stimOff'));
    expect(await failure()).toMatchObject({ code: 'ERR_NOT_FOUND', location: 'stimOff_times' });
    withoutTrials();
    expect(await failure()).toBeInstanceOf(NotFoundError);
  });

  it('are taken from a task collection where there is one, and not guessed where there are two', async () => {
    for (const f of ofCollection('alf')) f.collection = 'alf/task_00';
    expect((await load()).metadata.n_trials).toBe(40);
    for (const f of ofCollection('alf/task_00')) server.files.push({ ...f, collection: 'alf/task_01' });
    expect(await failure()).toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/task_00, alf\/task_01/),
    });
  });

  it('are an error where columns differ in length', async () => {
    const short = ofCollection('alf').find((f) => f.name.includes('stimOff'))!;
    // the header of the same array with 30 instead of 40 values
    short.bytes = Buffer.from(Buffer.from(short.bytes).toString('latin1').replace('(40,)', '(30,)'), 'latin1').subarray(
      0,
      -80,
    );
    expect(await failure()).toMatchObject({ code: 'ERR_FORMAT', location: 'stimOff_times' });
  });
});

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
    let cuts = 0;
    server.dataReply = ({ path, headers }) =>
      path.includes('spikes.times') && !headers.range && cuts++ === 0
        ? { headers: { etag: '"an-etag"' }, body: bytes, cutAfter: 6000 }
        : undefined;
    expectSpikesOf(await load(), 'probe01');
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

describe('units and spikes', () => {
  it('need a length where there are no good units', async () => {
    const {
      eid: eids,
      pid: pids,
      label,
      atlas_id,
      cluster_id,
    } = await readCsv(new URL('../../fixtures/ibl/clusters.csv', import.meta.url).pathname);
    const usual = server.table;
    server.table = parquetOf({ eid: eids, pid: pids, atlas_id, cluster_id, label: label.map(() => 0.5) });
    try {
      const error = await failure();
      expect(error).toMatchObject({ code: 'ERR_OPTION', option: 'lengthMs' });
      expect(error.message).toContain(pid);
      const sd = await load({ lengthMs: 100 });
      expect([sd.N, sd.length]).toEqual([0, 100]);
      expect(sd.metadata.n_trials).toBe(40);
    } finally {
      server.table = usual;
    }
  });

  it('must end before the given length', async () => {
    expect(await failure({ lengthMs: 5000 })).toMatchObject({ code: 'ERR_OPTION' });
    expect((await load({ lengthMs: 700_000 })).length).toBe(700_000);
  });

  it.each([
    ['eid', 'not-an-id', pid],
    ['pid', eid, '../../etc'],
  ])('refuses the %s %j', async (option, e, p) => {
    await expect(loadSpikeDataFromIbl(e, p, server.options)).rejects.toMatchObject({ code: 'ERR_OPTION', option });
    expect(server.alyx.asked.length).toBe(0);
  });
});

describe('logging in', () => {
  it('happens once, and every read shows the token', async () => {
    await load();
    expect(asked('/auth-token')).toBe(1);
    const reads = server.alyx.asked.filter((a) => a.path !== '/auth-token');
    expect(reads.length).toBe(3);
    expect(reads.every((a) => a.headers.authorization === `Token ${token}`)).toBe(true);
    expect(server.alyx.asked[0].headers.authorization).toBeUndefined();
  });

  it('happens again, once, when the token has gone stale', async () => {
    let stale = true;
    server.alyxReplies.set(`/sessions/${eid}`, () => {
      if (!stale) return undefined;
      stale = false;
      return json({ detail: 'Invalid token.', status_code: 403 }, 403);
    });
    expectSpikesOf(await load(), 'probe01');
    expect(asked('/auth-token')).toBe(2);
    expect(asked('/sessions')).toBe(2);
  });

  it('does not loop when the new token is refused as well', async () => {
    for (const path of [`/sessions/${eid}`, `/insertions/${pid}`, '/datasets'])
      server.alyxReplies.set(path, () => json({ detail: 'Invalid token.', status_code: 403 }, 403));
    expect(await failure()).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(asked('/sessions')).toBe(2);
  });

  it('says who was refused, and never with what', async () => {
    const error = await failure({ password: 'my secret word' });
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 400 });
    expect(error.message).toContain(user.username);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/my secret word|my\+secret|my%20secret/);
    expect(asked('/auth-token')).toBe(1);
  });

  it('keeps the token out of errors, even where the server repeats it', async () => {
    for (const path of [`/sessions/${eid}`, '/datasets', `/insertions/${pid}`])
      server.alyxReplies.set(path, () => json({ detail: `no right for ${token}` }, 403));
    const error = await failure();
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
  });
});

describe('lists of datasets', () => {
  const paged = (next: (n: number) => string | null, count = () => 9) => {
    server.alyxReplies.set(`/sessions/${eid}`, () => json({ detail: 'Not found.' }, 404));
    const rows = server.files.map((f) => ({ ...server.record(f), default_dataset: true }));
    server.alyxReplies.set('/datasets', ({ path }) => {
      const n = Number(/page=(\d)/.exec(path)?.[1] ?? 0);
      return json({ count: count(), next: next(n), previous: null, results: rows.slice(n * 4, n * 4 + 4) });
    });
  };

  it('are read to their last page', async () => {
    paged((n) => (n < 2 ? `${server.alyx.origin}/datasets?page=${n + 1}` : null));
    expectSpikesOf(await load(), 'probe01');
    expect(asked('/datasets')).toBe(3);
  });

  it('are not followed to another server', async () => {
    paged(() => `${server.data.origin}/datasets?page=1`);
    expect(await failure()).toMatchObject({ code: 'ERR_REMOTE' });
    expect(server.data.asked.some((a) => a.path.startsWith('/datasets'))).toBe(false);
  });

  it('that change on the way are told', async () => {
    let n = 9;
    paged(
      (p) => (p < 2 ? `${server.alyx.origin}/datasets?page=${p + 1}` : null),
      () => n++,
    );
    const warnings: Finding[] = [];
    await load({ onWarning: (finding) => warnings.push(finding) });
    expect(warnings.map((w) => w.code)).toContain('list-changed');
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

it('loads in isolation', async () => {
  expectSpikesOf(await load({ isolate: true }), 'probe01');
});

it('stops when aborted', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  server.dataReply = ({ path }) => {
    if (!path.includes('spikes.times')) return undefined;
    setTimeout(() => controller.abort(reason), 20);
    return { body: fixture('probe01.spikes.times.npy'), stallAfter: 100 };
  };
  await expect(load({ signal: controller.signal })).rejects.toBe(reason);
});
