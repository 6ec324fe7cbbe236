/** One probe through the whole path: spikes, units, metadata, trials. */
import { describe, expect, it } from 'vitest';
import { loadSpikeDataFromIbl, NotFoundError } from '../../../lib/index.js';
import { codes, expectSpikesOf, failure, load, ofCollection, server } from '../../support/ibl-load.js';
import { eid, expected, fixture, otherPid, pid } from '../../support/ibl-server.js';
import { parquetOf, readCsv } from '../../support/parquet-files.js';
import { json } from '../../support/web-server.js';

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
    for (const absent of ['session_end_time', 'strain', 'project', 'sampling_rate_hz'])
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

describe('units and spikes', () => {
  it('need a length where there are no good units', async () => {
    const {
      eid: eids,
      pid: pids,
      label,
      atlas_id,
      cluster_id,
    } = await readCsv(new URL('../../../fixtures/ibl/clusters.csv', import.meta.url).pathname);
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
