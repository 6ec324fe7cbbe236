import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, startService, type TestService } from './support/service.js';

/** Written with h5py; trains in ms by numpy, crossings by scipy. */
const expected = JSON.parse(readFileSync(fixture('nwb/expected.json'), 'utf8'));
const crossings = JSON.parse(readFileSync(fixture('cli/recording.expected.json'), 'utf8'));

let service: TestService;
beforeAll(async () => {
  service = await startService({ jobTime: '50s', sources: fixture('nwb') });
});
afterAll(() => service.stop());

const json = 'application/json';

describe('an upload', () => {
  it('is told by its content, not by its name', async () => {
    const upload = await service.upload('nwb/full.nwb', 'picture.png');
    const job = await service.job({ upload, do: 'identify' });
    const { body } = await service.ask('GET', `/v1/jobs/${job.id}/result`);
    expect(body[0]).toMatchObject({ format: 'nwb', readable: true, details: { path: 'picture.png' } });
    expect(JSON.stringify(body)).not.toContain(service.data);
  });

  it('becomes spikes, in the format that Accept or the path names', async () => {
    const upload = await service.upload('nwb/full.nwb');
    const job = await service.job({ upload, do: 'load', formats: ['json', 'parquet', 'arrow'] });
    expect(job).toMatchObject({ state: 'done', path: 'full.nwb', units: 3, spikes: 5, progress: 1 });
    const spikes = await service.ask('GET', `/v1/jobs/${job.id}/result`);
    expect(spikes.headers.get('content-type')).toBe(json);
    expect(spikes.body.train).toEqual(expected.train);
    expect(spikes.body.metadata.source_file).toBe('full.nwb');
    const accept = 'application/vnd.apache.parquet, application/json;q=0.5';
    const table = await service.ask('GET', `/v1/jobs/${job.id}/result`, undefined, { accept });
    expect(table.body.subarray(0, 4).toString()).toBe('PAR1');
    const arrow = await service.ask('GET', `/v1/jobs/${job.id}/files/result.arrow`);
    expect(arrow.body.subarray(0, 6).toString()).toBe('ARROW1');
    const csv = await service.ask('GET', `/v1/jobs/${job.id}/result`, undefined, { accept: 'text/csv' });
    expect(csv).toMatchObject({ status: 406, body: { code: 'ERR_NOT_ACCEPTABLE' } });
  });

  it('of a recording becomes the spikes that scipy finds, a picture, and a page', async () => {
    const upload = await service.upload('cli/recording.h5');
    const options = { dataset: crossings.dataset, fsHz: crossings.fsHz };
    const found = await service.job({ upload, do: 'detect', format: 'json', options });
    const { body } = await service.ask('GET', `/v1/jobs/${found.id}/result`);
    expect(body.train).toEqual(crossings.runs[0].spikesMs);
    const picture = await service.job({ upload, do: 'plot', options });
    const svg = await service.ask('GET', `/v1/jobs/${picture.id}/result`);
    expect(svg.headers.get('content-type')).toBe('image/svg+xml');
    const page = await service.job({ upload, do: 'view', options: { ...options, traces: { seconds: 1 } } });
    const html = await service.ask('GET', `/v1/jobs/${page.id}/result`);
    expect(html.body.toString()).toMatch(/^<!doctype html>/i);
    // what a stranger sent runs in a page without rights
    expect(html.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts; default-src 'none'/);
  });
});

describe('a result', () => {
  let path: string;
  let whole: Buffer;
  beforeAll(async () => {
    const upload = await service.upload('nwb/full.nwb');
    const job = await service.job({ upload, do: 'convert', format: 'nwb' });
    path = job.results[0].href;
    whole = (await service.ask('GET', path)).body;
  });

  it('is given in parts', async () => {
    const part = await service.ask('GET', path, undefined, { range: 'bytes=8-23' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 8-23/${whole.length}`);
    expect(part.body).toEqual(whole.subarray(8, 24));
    const end = await service.ask('GET', path, undefined, { range: 'bytes=-5' });
    expect(end.body).toEqual(whole.subarray(-5));
    const beyond = await service.ask('GET', path, undefined, { range: `bytes=${whole.length}-` });
    expect(beyond).toMatchObject({ status: 416, body: { code: 'ERR_RANGE' } });
  });

  it('is not given to a client that has it, and whole to one that has another', async () => {
    const { headers } = await service.ask('GET', path);
    const etag = headers.get('etag') as string;
    expect((await service.ask('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    const other = await service.ask('GET', path, undefined, { range: 'bytes=0-3', 'if-range': '"other"' });
    expect([other.status, other.body.length]).toEqual([200, whole.length]);
  });

  it.each(['../../../database/PG_VERSION', '%2e%2e/%2e%2e/x', 'result.nwb/..', 'result'])(
    'is found by its name alone: %s is none',
    async (name) => {
      const job = path.split('/files/')[0];
      const { status } = await service.ask('GET', `${job}/files/${name}`);
      expect([400, 404]).toContain(status);
    },
  );
});

describe('a job', () => {
  it('that cannot be done says why, with the code of the library and no path of the server', async () => {
    const upload = (
      await service.ask('PUT', '/v1/uploads/broken.nwb', Buffer.from('\x89HDF\r\n\x1a\nbroken', 'latin1'))
    ).body.id;
    const job = await service.job({ upload, do: 'load' });
    expect(job).toMatchObject({ state: 'failed', problem: { status: 422, code: expect.stringMatching(/^ERR_/) } });
    expect(job.problem.detail).not.toContain(service.data);
    const answer = await service.ask('GET', `/v1/jobs/${job.id}/result`);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ code: job.problem.code, detail: job.problem.detail });
  });

  it.each([
    [
      'an option that is not the clients\u2019',
      { do: 'load', options: { allowPrivateHosts: true } },
      422,
      'ERR_OPTION',
    ],
    [
      'text that no database keeps',
      { do: 'load', options: { spikeTimesFile: 'spike_times.npy\0.txt' } },
      422,
      'ERR_OPTION',
    ],
    ['half of a pair', { do: 'load', path: 'a\ud800' }, 422, 'ERR_OPTION'],
    ['a format that is not written', { do: 'plot', format: 'nwb' }, 422, 'ERR_OPTION'],
    ['an operation that is none', { do: 'sort' }, 400, 'ERR_OPTION'],
    ['a file that is not in the upload', { do: 'load', path: '../full.nwb' }, 422, 'ERR_NOT_FOUND'],
    ['a field that is none', { do: 'load', isolate: false }, 400, 'ERR_OPTION'],
  ])('with %s is refused', async (_what, request, status, code) => {
    const upload = await service.upload('nwb/full.nwb');
    expect(await service.ask('POST', '/v1/jobs', { upload, ...request })).toMatchObject({ status, body: { code } });
  });

  it('reads what the operator allowed, and nothing else', async () => {
    const job = await service.job({ source: fixture('nwb/full.nwb'), do: 'load', format: 'json' });
    expect(job).toMatchObject({ state: 'done', spikes: 5 });
    for (const source of [
      '/etc/passwd',
      fixture('nwb/../hdf5/ragged.h5'),
      's3://bucket/x',
      'https://localhost/x',
      'relative',
    ]) {
      const answer = await service.ask('POST', '/v1/jobs', { source, do: 'identify' });
      expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_SOURCE' } });
    }
  });

  it('is watched by events until it has ended', async () => {
    const upload = await service.upload('nwb/full.nwb');
    const { body } = await service.ask('POST', '/v1/jobs', { upload, do: 'load' });
    const events = await service.ask('GET', `/v1/jobs/${body.id}/events`);
    const states = events.body.toString().matchAll(/^data: .*?"state":"(\w+)"/gm);
    expect([...states].map(([, state]) => state).at(-1)).toBe('done');
  });

  it('that is cancelled leaves nothing', async () => {
    const upload = await service.upload('cli/recording.h5');
    // more than there are places, so that one waits
    const asked = await Promise.all(
      Array.from({ length: 4 }, () =>
        service.ask('POST', '/v1/jobs', { upload, do: 'peaks', options: { dataset: '/traces/raw', fsHz: 20_000 } }),
      ),
    );
    for (const { body } of asked) {
      const answer = await service.ask('DELETE', `/v1/jobs/${body.id}`);
      expect([200, 204]).toContain(answer.status);
    }
    await expect.poll(() => service.left('work'), { timeout: 20_000 }).toEqual([]);
    for (const { body } of asked) expect(service.left('results')).not.toContain(body.id);
  });
});

it('counts what it does', async () => {
  const { body } = await service.ask('GET', '/metrics');
  expect(body.toString()).toMatch(/^spikelab_job_seconds_count\{do="detect",result="done"\} 1$/m);
  expect(body.toString()).toMatch(/^spikelab_jobs\{state="done"\} \d+$/m);
});

it('describes itself', async () => {
  const { body } = await service.ask('GET', '/openapi.json');
  expect(body).toMatchObject({
    openapi: '3.0.3',
    paths: { '/v1/jobs': { post: {} }, '/v1/uploads/{name}': { put: {} } },
  });
  const formats = (await service.ask('GET', '/v1/formats')).body.formats.map(({ name }: { name: string }) => name);
  expect(formats).toEqual(expect.arrayContaining(['nwb', 'kilosort', 'parquet']));
});
