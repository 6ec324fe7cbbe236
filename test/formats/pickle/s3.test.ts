/** Pickles to and from an S3 server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportSpikeDataToPickle, loadSpikeDataFromPickle, SpikeData } from '../../../lib/index.js';
import { fixture } from '../../containers/pickle/cases.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server('lab');
});
afterAll(() => server.close());

it('a pickle in a bucket loads as the file does', async () => {
  const path = fixture('spikedata.p5.pkl');
  await server.put('data/sd.pkl', readFileSync(path));
  const [remote, local] = [
    await loadSpikeDataFromPickle('s3://lab/data/sd.pkl', server.options),
    await loadSpikeDataFromPickle(path),
  ];
  expect([...remote.train]).toEqual([...local.train]);
  expect(remote.report?.source).toBe('s3://lab/data/sd.pkl');
});

it('a SpikeData goes into a bucket and comes back', async () => {
  const sd = new SpikeData([[1, 2, 3], [5]], { length: 10, metadata: { label: 'there' } });
  const url = 's3://lab/out/sd.pkl';
  expect(await exportSpikeDataToPickle(sd, url, server.options)).toBe(url);
  const back = await loadSpikeDataFromPickle(url, server.options);
  expect([[...back.train], back.metadata]).toEqual([[...sd.train], sd.metadata]);
});
