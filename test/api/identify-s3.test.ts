import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identify, loadSpikeDataFromKilosort } from '../../lib/index.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
let server: S3Server;
beforeAll(async () => {
  server = await startS3Server('lab');
  const folder = `${fixtures}kilosort/curated`;
  for (const name of readdirSync(folder)) await server.put(`day/sorted/${name}`, readFileSync(`${folder}/${name}`));
  await server.put('day/full.nwb', readFileSync(`${fixtures}nwb/full.nwb`));
});
afterAll(() => server.close());

describe('identify of S3', () => {
  it('tells a sorting by the names below a prefix, with the rate of its params.py', async () => {
    const [found] = await identify('s3://lab/day/sorted/', server.options);
    expect(found).toMatchObject({
      format: 'kilosort',
      what: 'sorting',
      readable: true,
      details: { path: 's3://lab/day/sorted' },
    });
    // params.py says 3.2e4
    expect(found.code).toEqual(["await loadSpikeDataFromKilosort('s3://lab/day/sorted', { fsHz: 32000 })"]);
    const sd = await loadSpikeDataFromKilosort('s3://lab/day/sorted', {
      ...found.parts[0].options,
      ...server.options,
    } as never);
    expect(sd.N).toBe(
      JSON.parse(readFileSync(`${fixtures}kilosort/expected.json`, 'utf8')).curated.all.unit_ids.length,
    );
  });

  it('fetches an object, names those of another prefix, and says where there is nothing', async () => {
    expect((await identify('s3://lab/day/full.nwb', server.options))[0]).toMatchObject({
      format: 'nwb',
      readable: true,
    });
    const [found] = await identify('s3://lab/day', server.options);
    expect(found).toMatchObject({ readable: false, advice: 'Name one of its objects: full.nwb' });
    await expect(identify('s3://lab/night', server.options)).rejects.toThrow(/s3:\/\/lab\/night/);
    const elsewhere = identify('http://127.0.0.1:9/full.nwb?token=secret');
    await expect(elsewhere).rejects.toMatchObject({ code: 'ERR_REMOTE', url: 'http://127.0.0.1:9/full.nwb' });
    await expect(elsewhere).rejects.not.toThrow(/secret/);
  });
});
