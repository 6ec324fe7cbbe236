/** Batches whose outputs, records and claims are in S3: a server on this machine. */
import { readdirSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OptionError, runBatch } from '../../lib/index.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { all, fixture, pulseOptions, pulses } from './support.js';

const at = useTemporaryFolder();
let server: S3Server;
let n = 0;
let prefix: string;
beforeAll(async () => {
  server = await startS3Server('lab');
});
afterAll(() => server.close());
beforeEach(() => {
  server.proxy.reset();
  prefix = `run-${n++}`;
});

const to = (more: object = {}) => ({
  ...server.options,
  endpointUrl: server.conditions.url,
  out: `s3://lab/${prefix}`,
  ...more,
});

const keys = async () => (await server.list(`${prefix}/`)).map((key) => key.slice(prefix.length + 1));

async function stored(name: string): Promise<Uint8Array> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket: 'lab', Key: `${prefix}/${name}` }));
  return Body!.transformToByteArray();
}

const resultLines = async () =>
  Buffer.from(await stored('results.jsonl'))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const mine = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`.spikelab-batch.${process.pid}-`));

function items(count: number) {
  return Array.from({ length: count }, (_, i) => {
    pulses(at(`${i}.dat`), i + 1);
    return { source: at(`${i}.dat`), options: { ...pulseOptions } };
  });
}

// some dozen requests an item, each of which a busy machine takes its time for
describe('runBatch into S3', { timeout: 300_000 }, () => {
  it('leaves outputs, records and results there, and nothing else, here or there', async () => {
    const results = await all(items(3), to());
    expect(results.map(({ id, status, spikes, output }) => [id, status, spikes, output])).toEqual(
      [0, 1, 2].map((i) => [String(i), 'done', i + 1, `${i}.parquet`]),
    );
    expect(await keys()).toEqual([
      ...[0, 1, 2].map((i) => `.spikelab/records/${i}.json`),
      ...[0, 1, 2].flatMap((i) => [`${i}.parquet`, `${i}.units.parquet`]),
      'results.jsonl',
    ]);
    expect(await resultLines()).toEqual(results);
    const bytes = await stored('2.parquet');
    const rows = await parquetReadObjects({ file: bytes.buffer as ArrayBuffer });
    // `pulses` put them into samples 20, 60 and 100 of 1 ms, in whose middle they are reported
    expect(rows.map(({ time_ms: time }) => Number(time))).toEqual([20.5, 60.5, 100.5]);
    expect(mine()).toEqual([]);
  });

  it('skips what is done, and does again what changed: source, options, a lost output', async () => {
    const list = items(4);
    await all(list, to());
    expect((await all(list, to())).map(({ status }) => status)).toEqual(Array(4).fill('skipped'));
    pulses(list[0].source, 9);
    utimesSync(list[0].source, 1e9, 1e9);
    await server.remove(`${prefix}/1.parquet`);
    list[2] = { ...list[2], options: { ...pulseOptions, thresholdSigma: 1000 } };
    const again = await all(list, to());
    expect(again.map(({ status, spikes }) => [status, spikes])).toEqual([
      ['done', 9],
      ['done', 2],
      ['done', 0],
      ['skipped', 4],
    ]);
    expect((await resultLines()).map(({ id }) => id).sort()).toEqual(['0', '1', '2', '3']);
  });

  it('asks for nothing of each item that was done before, but whether it may be', async () => {
    const list = items(12);
    await all(list, to());
    server.proxy.reset();
    await all(list, to());
    // twelve records once; the rest is the same for twelve items as for thousands
    expect(server.proxy.seen.filter(({ url }) => /records\/\d+\.json/.test(url))).toHaveLength(12);
    expect(server.proxy.seen.length).toBeLessThan(40);
  });

  it('shares items between runners, each once, and shards', async () => {
    const list = items(12);
    const both = await Promise.all([all(list, to({ jobs: 1 })), all(list, to({ jobs: 1 }))]);
    const done = both.flat().filter(({ status }) => status === 'done');
    expect(done.map(({ id }) => id).sort()).toEqual(list.map((_, i) => String(i)).sort());
    expect(await resultLines()).toHaveLength(12);
    expect((await keys()).filter((key) => /claims|runners/.test(key))).toEqual([]);
    prefix = `run-${n++}`;
    const apart = await Promise.all([0, 1, 2].map((i) => all(list, to({ shard: [i, 3], jobs: 1 }))));
    expect(apart.map(({ length }) => length)).toEqual([4, 4, 4]);
    expect(apart.flat().every(({ status }) => status === 'done')).toBe(true);
  });

  it('uploads folders, and removes what an earlier output had and the later has not', async () => {
    const sorted = { source: fixture('kilosort/curated'), id: 'sorted', do: 'convert' as const, format: 'kilosort' };
    await server.put(`${prefix}/sorted/old.npy`, Buffer.from('of another version'));
    const [result] = await all([sorted], to());
    expect(result).toMatchObject({ status: 'done', units: 6, spikes: 300, output: 'sorted' });
    const there = (await keys()).filter((key) => key.startsWith('sorted/'));
    expect(there).toContain('sorted/spike_times.npy');
    expect(there).not.toContain('sorted/old.npy');
    const local = await all([sorted], { out: at('local') });
    expect(local[0].status).toBe('done');
    expect(there.map((key) => key.slice('sorted/'.length))).toEqual(readdirSync(at('local/sorted')).sort());
    expect((await all([sorted], to()))[0].status).toBe('skipped');
  });

  it('tries again what the server refuses for a while, and says what it refuses for good', async () => {
    let failing = 3;
    server.proxy.fault = ({ method, url }) =>
      method === 'PUT' && url.includes('.parquet') && failing-- > 0
        ? { status: 503, headers: { 'retry-after': '0' } }
        : undefined;
    expect((await all(items(2), to())).map(({ status }) => status)).toEqual(['done', 'done']);
    await expect(all(items(1), to({ out: 's3://nobucket/x' }))).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(all(items(1), to({ awsSecretAccessKey: 'wrong' }))).rejects.toMatchObject({ code: 'ERR_REMOTE' });
    expect(() => runBatch([], { out: 'gs://bucket/x' })).toThrow(/^out must be the path of a folder, or s3:/);
    expect(() => runBatch([], { out: 'gs://bucket/x' })).toThrow(OptionError);
  });

  it('refuses a server on which two runners would have one claim', async () => {
    const doubling = to({ endpointUrl: server.proxy.url });
    await expect(all(items(1), doubling)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    await expect(all(items(1), doubling)).rejects.toThrow(/If-None-Match/);
    expect(await keys()).toEqual([]);
  });

  it('hands items back when it is left', async () => {
    const list = items(6);
    for await (const { status } of runBatch(list, to({ jobs: 2 }))) {
      expect(status).toBe('done');
      break;
    }
    expect((await keys()).filter((key) => /claims|runners/.test(key))).toEqual([]);
    const results = await all(list, to());
    expect(results).toHaveLength(6);
    expect(results.every(({ status }) => ['done', 'skipped'].includes(status))).toBe(true);
    expect(mine()).toEqual([]);
  });
});
