/** Lists of assets, page by page. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listDandiAssets, NotFoundError } from '../../../../lib/index.js';
import { apiToken, DandiServer, nwb } from '../../../support/dandi-server.js';
import { json } from '../../../support/web-server.js';

let server: DandiServer;
beforeAll(async () => {
  server = await DandiServer.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  for (let i = 2; i <= 5; i++) server.add(`sub-a/sub-a_ses-${i}.nwb`);
  server.add('dataset.json');
});

const list = async (options: Parameters<typeof listDandiAssets>[1] = {}, dandiset = '000006') => {
  const found = [];
  for await (const asset of listDandiAssets(dandiset, { apiBase: server.apiBase, allowPrivateHosts: true, ...options }))
    found.push(asset);
  return found;
};

describe('listDandiAssets', () => {
  it('gives the NWB files with what is needed to load them', async () => {
    const found = await list();
    expect(found.length).toBe(5);
    expect(found[1]).toEqual({
      asset_id: server.assets[1].id,
      path: 'sub-a/sub-a_ses-2.nwb',
      size: nwb.length,
      download_url: `${server.apiBase}/assets/${server.assets[1].id}/download/`,
      dandiset_id: '000006',
      version: 'draft',
    });
    expect(server.api.asked.map((asked) => asked.path)).toEqual([
      '/api/dandisets/000006/versions/draft/assets/?page_size=100&glob=*.nwb',
    ]);
  });

  it('asks for a page when it is needed, and for no more', async () => {
    const paths = [];
    for await (const { path } of listDandiAssets('DANDI:000006', {
      apiBase: server.apiBase,
      allowPrivateHosts: true,
      pageSize: 2,
    })) {
      paths.push(path);
      if (paths.length === 2) expect(server.api.asked.length).toBe(1);
      if (paths.length === 3) break;
    }
    expect(server.api.asked.length).toBe(2);
    expect(paths).toEqual([1, 2, 3].map((i) => `sub-a/sub-a_ses-${i}.nwb`));
    expect((await list({ pageSize: 2 })).length).toBe(5);
  });

  it('takes a pattern', async () => {
    expect((await list({ pathGlob: '*SES-4*' })).map(({ path }) => path)).toEqual(['sub-a/sub-a_ses-4.nwb']);
    expect((await list({ pathGlob: '*' })).length).toBe(6);
    expect(await list({ pathGlob: 'nothing*' })).toEqual([]);
  });

  it('follows pages on the same server only, and in no circle', async () => {
    server.apiReply = () => json({ count: 9, next: `${server.bucket.origin}/api/`, results: [] });
    await expect(list({ apiToken })).rejects.toMatchObject({ code: 'ERR_REMOTE' });
    expect(server.bucket.asked.length).toBe(0);
    server.apiReply = ({ path }) => json({ count: 9, next: `${server.api.origin}${path}`, results: [] });
    await expect(list()).rejects.toMatchObject({ message: expect.stringMatching(/circle/) });
  });

  it('shows the token, of the option or the environment', async () => {
    await list({ apiToken });
    process.env.DANDI_API_TOKEN = apiToken;
    try {
      await list();
      process.env.DANDI_API_KEY = 'another';
      await expect(list()).rejects.toMatchObject({ status: 401 });
    } finally {
      delete process.env.DANDI_API_TOKEN;
      delete process.env.DANDI_API_KEY;
    }
    expect(server.api.asked.map((asked) => asked.headers.authorization)).toEqual([
      `token ${apiToken}`,
      `token ${apiToken}`,
      'token another',
    ]);
  });

  it('names an unknown dandiset', async () => {
    await expect(list({}, '999999')).rejects.toBeInstanceOf(NotFoundError);
  });

  it.each([
    ['6', {}, 'dandisetId'],
    ['000006/../x', {}, 'dandisetId'],
    ['000006', { version: '../draft' }, 'version'],
    ['000006', { pageSize: 0 }, 'pageSize'],
    ['000006', { pathGlob: '' }, 'pathGlob'],
    ['000006', { apiBase: 'nonsense' }, 'apiBase'],
    ['000006', { apiToken: 'two words\n' }, 'apiToken'],
    ['000006', { isolate: true }, 'isolate'],
  ])('refuses %j %j at once', (dandiset, options, option) => {
    expect(() => listDandiAssets(dandiset, options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION', option }));
  });
});
