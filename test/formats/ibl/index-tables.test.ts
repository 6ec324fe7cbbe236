/** Loading without Alyx, from ONE's index tables of several ages. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Alyx } from '../../../lib/formats/ibl/alyx.js';
import { readIndex, uuidOf } from '../../../lib/formats/ibl/index-tables.js';
import { resolveServers } from '../../../lib/formats/ibl/options.js';
import { type LoadIblOptions, loadSpikeDataFromIbl } from '../../../lib/index.js';
import { transferOf } from '../../../lib/io/transfer.js';
import { runLoader } from '../../../lib/loading/context.js';
import { SpikeData } from '../../../lib/spike-data/spike-data.js';
import { folder, server } from '../../support/ibl-load.js';
import { eid, expected, md5, pid, token } from '../../support/ibl-server.js';
import { type Cells, parquetOf } from '../../support/parquet-files.js';
import { file, json } from '../../support/web-server.js';
import { storedZip } from '../../support/zip-files.js';

const collection = 'alf/probe01/pykilosort';
const load = (options: LoadIblOptions) =>
  loadSpikeDataFromIbl(eid, pid, { ...server.options, baseUrl: 'http://127.0.0.1:9', collection, ...options });
const counts = expected.probes.probe01.counts;

/** As a little-endian pair, the way old tables keep UUIDs. */
function pairOf(uuid: string): [bigint, bigint] {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return [bytes.readBigInt64LE(0), bytes.readBigInt64LE(8)];
}

function rows() {
  return server.files.map((f) => ({
    id: server.record(f).id,
    path: [f.collection, ...(f.revision ? [`#${f.revision}#`] : []), f.name].join('/'),
    size: f.bytes.length,
    hash: md5(f.bytes),
  }));
}
const column = <T>(value: (row: ReturnType<typeof rows>[number]) => T): T[] => rows().map(value);
const other = '11111111-2222-4333-8444-555555555555';

function newTables(): [sessions: Cells, datasets: Cells] {
  return [
    {
      id: [other, eid],
      lab: ['x', 'angelakilab'],
      subject: ['y', 'NYU-11'],
      date: ['2019-01-01', '2020-02-18'],
      number: [2, 1],
      task_protocol: ['', 'choiceWorld'],
      projects: ['', 'brainwide,other'],
    },
    {
      eid: column(() => eid),
      id: column((row) => row.id),
      file_size: column((row) => row.size),
      hash: column((row) => row.hash),
      rel_path: column((row) => row.path),
      qc: column(() => 'PASS'),
    },
  ];
}

function oldTables(): [sessions: Cells, datasets: Cells] {
  const [sessions, datasets] = newTables();
  const { id, projects: project, ...session } = sessions;
  const { eid: eids, id: ids, qc, ...dataset } = datasets;
  const pairs = (name: string, values: unknown[]) => ({
    [`${name}_0`]: values.map((value) => pairOf(String(value))[0]),
    [`${name}_1`]: values.map((value) => pairOf(String(value))[1]),
  });
  return [
    { ...session, project, ...pairs('id', id) },
    {
      ...dataset,
      session_path: eids.map(() => 'angelakilab/Subjects/NYU-11/2020-02-18/001'),
      ...pairs('eid', eids),
      ...pairs('id', ids),
    },
  ];
}

async function writeTables([sessions, datasets]: [Cells, Cells]): Promise<string> {
  const path = join(folder, 'tables');
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'sessions.pqt'), parquetOf(sessions));
  await writeFile(join(path, 'datasets.pqt'), parquetOf(datasets));
  return path;
}

describe('index tables', () => {
  it.each([
    ['of today', newTables],
    ['of 2021', oldTables],
  ])('%s replace Alyx', async (_, tables) => {
    const sd = await load({ indexTables: await writeTables(tables()) });
    expect(sd.train.map((train) => train.length)).toEqual(counts);
    expect(sd.metadata).toMatchObject({
      lab: 'angelakilab',
      subject_id: 'NYU-11',
      session_number: 1,
      session_start_time: '2020-02-18',
      task_protocol: 'choiceWorld',
      projects: ['brainwide', 'other'],
      n_trials: 40,
    });
    expect(server.alyx.asked.length).toBe(0);
  });

  it('come out of a zip on disk, or from the address that Alyx tells', async () => {
    const path = await writeTables(newTables());
    const zip = storedZip({
      'sessions.pqt': await readFile(join(path, 'sessions.pqt')),
      'cache_info.json': Buffer.from('{}'),
      'datasets.pqt': await readFile(join(path, 'datasets.pqt')),
    });
    await writeFile(join(folder, 'cache.zip'), zip);
    expect((await load({ indexTables: join(folder, 'cache.zip') })).train.map((t) => t.length)).toEqual(counts);

    // /cache/info: 301 to the slash; /cache.zip: 302 to the data server, which refuses tokens
    const { origin } = server.alyx;
    const needsToken = (reply: object) => (asked: { headers: { authorization?: string } }) =>
      asked.headers.authorization === `Token ${token}` ? reply : { status: 403 };
    server.alyxReplies.set('/cache/info', () => ({ status: 301, headers: { location: '/cache/info/' } }));
    server.alyxReplies.set('/cache/info/', needsToken(json({ location: `${origin}/cache.zip` })));
    server.alyxReplies.set(
      '/cache.zip',
      needsToken({ status: 302, headers: { location: `${server.data.origin}/z.zip` } }),
    );
    server.dataReply = (asked) =>
      asked.path === '/z.zip' && !asked.headers.authorization ? file(zip, asked) : undefined;
    const sd = await load({ baseUrl: origin, indexTables: `${origin}/cache/info` });
    expect(sd.train.map((train) => train.length)).toEqual(counts);
  });

  it('do not know the session, or are no tables', async () => {
    const [sessions, datasets] = newTables();
    sessions.id = [other, other];
    const path = await writeTables([sessions, datasets]);
    await expect(load({ indexTables: path })).rejects.toMatchObject({ code: 'ERR_NOT_FOUND', location: eid });
    await writeFile(join(folder, 'x.zip'), 'no zip');
    await expect(load({ indexTables: join(folder, 'x.zip') })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    const half = storedZip({ 'sessions.pqt': await readFile(join(path, 'sessions.pqt')) });
    await writeFile(join(folder, 'half.zip'), half);
    await expect(load({ indexTables: join(folder, 'half.zip') })).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    half[60] ^= 1;
    await writeFile(join(folder, 'half.zip'), half);
    await expect(load({ indexTables: join(folder, 'half.zip') })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
  });
});

it('puts UUIDs together from pairs of numbers', () => {
  expect(uuidOf(8737712210713458643n, -4920882604093676133n)).toBe('d3372b15-f696-4279-9be5-98f15783b5bb');
});

const real = fileURLToPath(new URL('../../../../shared/real/ibl/', import.meta.url));

describe.runIf(existsSync(real))('real tables of 2021', () => {
  it('give the files of a session', async () => {
    const session = 'd3372b15-f696-4279-9be5-98f15783b5bb';
    let found: Awaited<ReturnType<typeof readIndex>> | undefined;
    await runLoader({ name: 'test', format: 'test' }, [real], {}, async (context) => {
      const alyx = new Alyx(resolveServers({}), transferOf(context), context.report);
      found = await readIndex(real, session, alyx, context);
      return new SpikeData([]);
    });
    expect(found!.session).toMatchObject({
      lab: 'mainenlab',
      subject: 'ZFM-01935',
      start_time: '2021-02-05',
      projects: [],
    });
    const times = found!.datasets.find(
      (d) => d.collection === 'alf/probe00' && d.name === '_phy_spikes_subset.waveforms.npy',
    )!;
    expect(times.remotePath.slice(0, 5)).toEqual(['mainenlab', 'Subjects', 'ZFM-01935', '2021-02-05', '001']);
    expect(times.size).toBe(1_091_521_152);
  });
});
