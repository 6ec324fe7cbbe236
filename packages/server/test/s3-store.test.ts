import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys, type S3Server, startS3Server } from '../../../test/support/s3-server.js';
import { storedZip } from '../../../test/support/zip-files.js';
import { fixture, startService, type TestService } from './support/service.js';

/** Written with h5py; trains in ms by numpy. */
const expected = JSON.parse(readFileSync(fixture('nwb/expected.json'), 'utf8'));
const full = readFileSync(fixture('nwb/full.nwb'));
const bucket = 'the-labs-bucket';

let s3: S3Server;
let service: TestService;
const open = () =>
  startService({ store: `s3://${bucket}/spikes/one`, storeEndpoint: s3.conditions.url, jobs: 1, auth: 'off' });
beforeAll(async () => {
  s3 = await startS3Server(bucket);
  process.env.AWS_ACCESS_KEY_ID = keys.awsAccessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = keys.awsSecretAccessKey;
  service = await open();
});
afterAll(async () => {
  await service.stop();
  await s3.close();
});

const objects = async (kind: 'uploads' | 'results') =>
  (await s3.list(`spikes/one/${kind}/`)).map((key) => key.slice(`spikes/one/${kind}/`.length));
/** Folders of the service's machine in which uploads, results and work lie. */
const here = () => (['uploads', 'results', 'work', 'tus'] as const).flatMap((kind) => service.left(kind));

async function trainOf(upload: string): Promise<unknown> {
  const job = await service.job({ upload, do: 'load', format: 'json' });
  expect(job.problem).toBeUndefined();
  return (await service.ask('GET', `/v1/jobs/${job.id}/result`)).body.train;
}

describe('an upload in S3', () => {
  it('is an object, nothing of it stays here, and goes when it is removed', async () => {
    const { body } = await service.ask('PUT', '/v1/uploads/Aufnahme%20%C3%9C+1.nwb', full);
    expect(await objects('uploads')).toEqual([`${body.id}/files/Aufnahme Ü+1.nwb`]);
    expect(here()).toEqual([]);
    expect(await trainOf(body.id)).toEqual(expected.train);
    expect(here()).toEqual([]);
    expect((await service.ask('DELETE', `/v1/uploads/${body.id}`)).status).toBe(204);
    expect(await objects('uploads')).toEqual([]);
  });

  it('may be a folder: as a form, a zip, or file by file', async () => {
    const folder = fixture('kilosort/curated');
    const names = readdirSync(folder).filter((name) => /\.(npy|tsv|py|csv)$/.test(name));
    const members = Object.fromEntries(names.map((name) => [`sorted/${name}`, readFileSync(join(folder, name))]));
    const form = new FormData();
    for (const [name, bytes] of Object.entries(members)) form.append('file', new Blob([bytes]), name);
    const { body: open } = await service.ask('POST', '/v1/uploads', { name: 'sorted' });
    for (const [name, bytes] of Object.entries(members)) {
      expect((await service.ask('PUT', `/v1/uploads/${open.id}/files/${name}`, bytes)).status).toBe(204);
    }
    // not seen before it is whole
    expect(await objects('uploads')).toEqual([]);
    const answers = [
      await service.ask('POST', '/v1/uploads', form),
      await service.ask('PUT', '/v1/uploads/sorted.zip', storedZip(members)),
      await service.ask('POST', `/v1/uploads/${open.id}/complete`),
    ];
    const spikes: number[] = [];
    for (const { body } of answers) {
      expect((await objects('uploads')).filter((key) => key.startsWith(body.id))).toHaveLength(names.length);
      const job = await service.job({ upload: body.id, do: 'load', format: 'json', options: { fsHz: 32_000 } });
      spikes.push(job.spikes);
    }
    expect(spikes[0]).toBeGreaterThan(0);
    expect(new Set(spikes).size).toBe(1);
    expect(here()).toEqual([]);
    for (const { body } of answers) await service.ask('DELETE', `/v1/uploads/${body.id}`);
    expect(await objects('uploads')).toEqual([]);
  });

  it('may come by tus', async () => {
    const tus = { 'tus-resumable': '1.0.0' };
    const metadata = `filename ${Buffer.from('resumed.nwb').toString('base64')}`;
    const fields = { ...tus, 'upload-length': String(full.length), 'upload-metadata': metadata };
    const place = (await service.ask('POST', '/v1/tus', undefined, fields)).headers.get('location') as string;
    for (const [start, end] of [
      [0, 10_000],
      [10_000, full.length],
    ]) {
      const type = { 'content-type': 'application/offset+octet-stream' };
      const sent = { ...tus, ...type, 'upload-offset': String(start) };
      expect((await service.ask('PATCH', place, full.subarray(start, end), sent)).status).toBe(204);
    }
    const id = String(place.split('/').at(-1));
    expect(await objects('uploads')).toEqual([`${id}/files/resumed.nwb`]);
    expect(await trainOf(id)).toEqual(expected.train);
    expect(here()).toEqual([]);
  });

  it('that is still coming is known at the process that has its files', async () => {
    const { body } = await service.ask('POST', '/v1/uploads', { name: 'elsewhere' });
    await service.database.query(`UPDATE spikelab.uploads SET place = 'another' WHERE id = $1`, [body.id]);
    const refused = { status: 421, body: { code: 'ERR_ELSEWHERE' } };
    expect(await service.ask('PUT', `/v1/uploads/${body.id}/files/x`, full)).toMatchObject(refused);
    expect(await service.ask('POST', `/v1/uploads/${body.id}/complete`)).toMatchObject(refused);
    await service.ask('DELETE', `/v1/uploads/${body.id}`);
  });
});

describe('a result in S3', () => {
  it('is given whole, in parts, and not to a client that has it; and goes with its job', async () => {
    const upload = await service.upload('nwb/full.nwb');
    const job = await service.job({ upload, do: 'load', formats: ['json', 'nwb'] });
    const attempt = `${job.id}/1`;
    expect((await objects('results')).filter((key) => key.startsWith(job.id))).toEqual([
      `${attempt}/result.json`,
      `${attempt}/result.nwb`,
    ]);
    const path = `/v1/jobs/${job.id}/files/result.nwb`;
    const whole = await service.ask('GET', path);
    expect(whole.headers.get('content-type')).toBe('application/x-nwb');
    expect(whole.body.subarray(1, 4).toString()).toBe('HDF');
    expect(whole.body.length).toBe(job.results[1].bytes);
    const part = await service.ask('GET', path, undefined, { range: 'bytes=8-23' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 8-23/${whole.body.length}`]);
    expect(part.body).toEqual(whole.body.subarray(8, 24));
    const end = await service.ask('GET', path, undefined, { range: 'bytes=-5' });
    expect(end.body).toEqual(whole.body.subarray(-5));
    const etag = whole.headers.get('etag') as string;
    expect((await service.ask('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await service.ask('DELETE', `/v1/jobs/${job.id}`)).status).toBe(204);
    expect((await objects('results')).filter((key) => key.startsWith(job.id))).toEqual([]);
  });

  it('larger than a piece comes in order', async () => {
    const bytes = Buffer.from(Uint32Array.from({ length: 2_300_000 }, (_, i) => i * 2_654_435_761).buffer);
    const upload = await service.upload('nwb/full.nwb');
    const job = await service.job({ upload, do: 'identify' });
    await s3.put(`spikes/one/results/${job.id}/1/result.json`, bytes);
    await service.database.query('UPDATE spikelab.jobs SET outputs = $2::jsonb WHERE id = $1', [
      job.id,
      JSON.stringify([{ name: 'result.json', format: 'parquet', bytes: bytes.length }]),
    ]);
    const path = `/v1/jobs/${job.id}/files/result.json`;
    expect((await service.ask('GET', path)).body.equals(bytes)).toBe(true);
    const range = `bytes=4194300-${bytes.length - 2}`;
    const { body } = await service.ask('GET', path, undefined, { range });
    expect(body.equals(bytes.subarray(4_194_300, -1))).toBe(true);
  });
});

describe('a store that does not answer', () => {
  it('is a problem without names, of which nothing is left; a job that met it is tried again', async () => {
    const upload = await service.upload('nwb/full.nwb');
    const done = await service.job({ upload, do: 'load', format: 'json' });
    const before = await objects('uploads');
    s3.proxy.fault = () => ({ status: 503 });
    const answers = [
      await service.ask('GET', `/v1/jobs/${done.id}/result`),
      await service.ask('PUT', '/v1/uploads/x.nwb', full),
    ];
    const asked = await service.ask('POST', '/v1/jobs', { upload, do: 'load', format: 'json' });
    await expect
      .poll(async () => (await service.ask('GET', `/v1/jobs/${asked.body.id}`)).body.state, { timeout: 10_000 })
      .toBe('active');
    await expect
      .poll(async () => (await service.ask('GET', `/v1/jobs/${asked.body.id}`)).body.state, { timeout: 20_000 })
      .toBe('queued');
    s3.proxy.reset();
    for (const { status, headers, body } of answers) {
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'ERR_STORE', '30']);
      expect(headers.get('content-disposition')).toBeNull();
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${bucket}|spikes/one|${keys.awsSecretAccessKey}`));
    }
    expect(here()).toEqual([]);
    expect(await objects('uploads')).toEqual(before);
    const { body } = await service.ask('GET', `/v1/jobs/${asked.body.id}?wait=30`);
    expect(body).toMatchObject({ state: 'done', spikes: 5 });
  });
});

describe('a job that another process took over', () => {
  it('keeps the result that came of it there', async () => {
    const upload = await service.upload('nwb/full.nwb');
    s3.proxy.fault = ({ method, url }) =>
      method === 'GET' && url.includes(`/uploads/${upload}/`) ? { status: 503 } : undefined;
    const { body: job } = await service.ask('POST', '/v1/jobs', { upload, do: 'load', format: 'json' });
    const stateOf = async () => (await service.ask('GET', `/v1/jobs/${job.id}`)).body.state;
    await expect.poll(stateOf, { timeout: 5000 }).toBe('active');
    await s3.put(`spikes/one/results/${job.id}/2/result.json`, Buffer.from('[]'));
    const outputs = JSON.stringify([{ name: 'result.json', format: 'json', bytes: 2 }]);
    const sql = `UPDATE spikelab.jobs SET state = 'done', attempt = 2, runner = 'another', outputs = $2::jsonb WHERE id = $1`;
    await service.database.query(sql, [job.id, outputs]);
    // given up here: its folder is gone
    await expect.poll(here, { timeout: 20_000 }).not.toContain(`${job.id}.1.input`);
    s3.proxy.reset();
    const next = await service.job({ upload, do: 'identify' });
    expect(next.state).toBe('done');
    expect((await service.ask('GET', `/v1/jobs/${job.id}/result`)).body).toEqual([]);
  });
});

describe('what has no row', () => {
  it('goes from the store, and a prefix of another database is left alone', async () => {
    const upload = await service.upload('nwb/full.nwb');
    const orphan = `${upload.slice(0, -4)}0000`;
    const others = ['spikes/one/results/table.csv', 'spikes/one/uploads/summer/x.bin'];
    const lost = [`spikes/one/uploads/${orphan}/files/x`, `spikes/one/results/${orphan}/1/result.json`];
    for (const key of [...others, ...lost]) await s3.put(key, full);
    await service.janitor.sweep();
    const left = await s3.list('spikes/one/');
    expect(left).toEqual(expect.arrayContaining([...others, `spikes/one/uploads/${upload}/files/full.nwb`]));
    expect(left.filter((key) => lost.includes(key))).toEqual([]);
    await expect(open()).rejects.toThrow(/is the store of another database/);
  });
});
