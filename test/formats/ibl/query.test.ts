/** The units table: filters, order and counts, against pandas on the same table. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selectGoodUnits, unitsDigest } from '../../../lib/formats/ibl/good-units.js';
import { regionOf } from '../../../lib/formats/ibl/regions.js';
import { type Finding, queryIblProbes } from '../../../lib/index.js';
import { expected, IblServer } from '../../support/ibl-server.js';
import { parquetOf, readCsv } from '../../support/parquet-files.js';
import { readers } from '../../support/readers.js';

const csv = new URL('../../../fixtures/ibl/clusters.csv', import.meta.url).pathname;
let server: IblServer;
let folder: string;

beforeAll(async () => {
  server = await IblServer.start();
  folder = await mkdtemp(join(tmpdir(), 'ibl-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => server.reset());

describe('regions', () => {
  it.each([
    [778, 'VISp5', 'VISp', 'Isocortex'],
    [382, 'CA1', 'CA1', 'HPF'],
    [-767, 'MOs5', 'MOs', 'Isocortex'],
    [629, 'VAL', 'VAL', 'TH'],
    [10703, 'DG-mo', 'DG', 'HPF'],
    [1009, 'fiber tracts', 'root', 'root'],
    [0, 'void', 'void', 'void'],
  ])('%i', (id, acronym, beryl, cosmos) => expect(regionOf(id)).toEqual({ acronym, beryl, cosmos }));

  it('knows nothing of other ids', () => expect(regionOf(99999999)).toBeUndefined());
});

describe('good units', () => {
  it('are those of pandas, in the same order', async () => {
    const table = await readCsv(csv);
    const { rows, dropped } = selectGoodUnits({
      eid: table.eid as string[],
      label: Float64Array.from(table.label as number[]),
      beryl: (table.atlas_id as number[]).map((id) => regionOf(id)?.beryl ?? null),
    });
    expect(rows).toEqual(expected.rows);
    expect(dropped.unknownRegion).toBe(expected.unknown);
    expect(unitsDigest(rows.map((row) => table.uuids[row] as string))).toBe(expected.digest);
  });
});

describe('queryIblProbes', () => {
  it('gives the same from a child', async () => {
    const [{ options, stats }] = expected.queries as { options: object; stats: unknown }[];
    const before = readers().length;
    const found = queryIblProbes({ ...server.options, ...options, isolate: true });
    let most = 0;
    const watcher = setInterval(() => {
      most = Math.max(most, readers().length - before);
    }, 2);
    expect((await found).stats).toEqual(stats);
    clearInterval(watcher);
    expect(most).toBe(1);
  });

  it.each(expected.queries as { options: object; stats: { eid: string; pid: string }[] }[])(
    'counts as pandas does: $options',
    async ({ options, stats }) => {
      const found = await queryIblProbes({ ...server.options, ...options });
      expect(found.stats).toEqual(stats);
      expect(found.probes).toEqual(stats.map(({ eid, pid }) => [eid, pid]));
    },
  );

  it('reads the columns it needs by ranges, without logging in', async () => {
    // a table of which four columns are a small part
    const cells = await readCsv(csv);
    const n = cells.eid.length;
    for (let i = 0; i < 300; i++) cells[`extra_${i}`] = Array.from({ length: n }, (_, row) => Math.sin(i * n + row));
    const usual = server.table;
    server.table = parquetOf(cells);
    try {
      const { stats } = await queryIblProbes(server.options);
      expect(stats).toEqual(expected.queries[0].stats);
      const read = server.data.asked
        .map((a) => /bytes=(\d+)-(\d+)/.exec(a.headers.range!)!)
        .map(([, a, b]) => Number(b) - Number(a));
      expect(read.reduce((a, b) => a + b, 0)).toBeLessThan(server.table.length / 3);
    } finally {
      server.table = usual;
    }
    expect(server.alyx.asked.length).toBe(0);
  });

  it('fetches the whole table from a server that ignores ranges', async () => {
    server.dataReply = () => ({ body: server.table });
    expect((await queryIblProbes(server.options)).stats).toEqual(expected.queries[0].stats);
  });

  it('takes a file, and a table with Beryl in place of ids, extra columns and missing ones', async () => {
    const { eid, pid, label, atlas_id, cluster_id } = await readCsv(csv);
    const Beryl = (atlas_id as number[]).map((id) => regionOf(id)?.beryl ?? null);
    const path = join(folder, 'units.pqt');
    await writeFile(path, parquetOf({ more: cluster_id, eid, pid, label, Beryl }, 'UNCOMPRESSED'));
    expect((await queryIblProbes({ bwmUnitsTable: path })).stats).toEqual(expected.queries[0].stats);
    await writeFile(path, parquetOf({ eid, pid, atlas_id }));
    await expect(queryIblProbes({ bwmUnitsTable: path })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      available: ['eid', 'pid', 'atlas_id'],
    });
    await writeFile(path, 'PAR1 but not really PAR1');
    await expect(queryIblProbes({ bwmUnitsTable: path })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
  });

  it('keeps the table in the cache folder when it is given one', async () => {
    const options = { ...server.options, cacheDir: join(folder, 'cache') };
    await queryIblProbes(options);
    expect((await queryIblProbes(options)).stats).toEqual(expected.queries[0].stats);
    expect(server.data.asked.length).toBe(1);
  });

  it('says how many units have an id of no atlas', async () => {
    const warnings: Finding[] = [];
    await queryIblProbes({ ...server.options, onWarning: (finding) => warnings.push(finding) });
    expect(warnings).toMatchObject([{ code: 'unknown-region', count: expected.unknown }]);
  });

  it.each([
    [{ minUnits: -1 }, 'minUnits'],
    [{ minFractionInTarget: 2 }, 'minFractionInTarget'],
    [{ targetRegions: 'MOs' as unknown as string[] }, 'targetRegions'],
    [{ baseUrl: 'nonsense' }, 'baseUrl'],
    [{ dataUrls: [] }, 'dataUrls'],
  ])('refuses %j', async (wrong, option) => {
    await expect(queryIblProbes({ ...server.options, ...wrong })).rejects.toMatchObject({ code: 'ERR_OPTION', option });
  });
});
