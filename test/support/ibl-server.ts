/** A stand-in for IBL's servers: Alyx on one origin, the data servers on another. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parquetOf, readCsv } from './parquet-files.js';
import { type Asked, file, json, notFound, type Reply, startWebServer, type WebServer } from './web-server.js';

const fixtures = new URL('../../fixtures/ibl/', import.meta.url);
export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, fixtures)));
export const expected = JSON.parse(readFileSync(new URL('expected.json', fixtures), 'utf8'));
export const eid: string = expected.eid;
export const pid: string = expected.probes.probe01.pid;
export const otherPid: string = expected.probes.probe00.pid;
export const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

export interface StandInFile {
  /** `alf/probe01/pykilosort` */
  collection: string;
  name: string;
  bytes: Uint8Array;
  revision?: string;
  /** default_revision; left out of the record where undefined. */
  isDefault?: boolean;
  qc?: string;
  /** What the record says, where it differs from the truth. */
  md5?: string | null;
  size?: number | null;
}

const sessionPath = 'angelakilab/Subjects/NYU-11/2020-02-18/001';
export const user = { username: 'some_user', password: 'pass word&=' };
export const token = '0123456789abcdef0123456789abcdef01234567';

export class IblServer {
  alyx!: WebServer;
  data!: WebServer;
  files: StandInFile[] = [];
  table: Uint8Array = new Uint8Array();
  /** Replies of Alyx by path (without query), in place of the usual ones. */
  alyxReplies = new Map<string, (asked: Asked) => Reply | undefined>();
  /** The data servers' reply to a path, in place of the usual one. */
  dataReply: (asked: Asked) => Reply | Promise<Reply> | undefined = () => undefined;
  validToken = token;

  static async start(): Promise<IblServer> {
    const server = new IblServer();
    server.alyx = await startWebServer((asked) => server.#answerAlyx(asked));
    server.data = await startWebServer((asked) => server.dataReply(asked) ?? server.#answerData(asked));
    server.table = parquetOf(await readCsv(new URL('clusters.csv', fixtures).pathname));
    await server.reset();
    return server;
  }

  async reset(): Promise<void> {
    this.alyx.asked.length = 0;
    this.data.asked.length = 0;
    this.alyxReplies.clear();
    this.dataReply = () => undefined;
    this.validToken = token;
    this.files = await usualFiles();
  }

  /** Options that lead a load here. */
  get options() {
    return {
      ...user,
      allowPrivateHosts: true,
      baseUrl: this.alyx.origin,
      dataUrls: [`${this.data.origin}/data`, `${this.data.origin}/public`],
      bwmUnitsTable: `${this.data.origin}/aggregates/2024_Q2/clusters.pqt`,
      onWarning: () => {},
    };
  }

  async close(): Promise<void> {
    await this.alyx.close();
    await this.data.close();
  }

  /** Path of a file on a data server, below its root, percent-encoded. */
  remotePath(of: StandInFile): string {
    const revision = of.revision ? [`#${of.revision}#`] : [];
    const dot = of.name.lastIndexOf('.');
    const name = `${of.name.slice(0, dot)}.${idOf(of)}${of.name.slice(dot)}`;
    return [...sessionPath.split('/'), ...of.collection.split('/'), ...revision, name]
      .map(encodeURIComponent)
      .join('/');
  }

  /** As Alyx writes them: with a literal # and on the public web server. */
  record(of: StandInFile) {
    return {
      id: idOf(of),
      name: of.name,
      dataset_type: of.name.replace(/^_ibl_|\.[^.]+$/g, ''),
      data_url: `${this.data.origin}/public/${decodeURIComponent(this.remotePath(of))}`,
      url: `${this.alyx.origin}/datasets/${idOf(of)}`,
      file_size: of.size === undefined ? of.bytes.length : of.size,
      hash: of.md5 === undefined ? md5(of.bytes) : of.md5,
      version: '1.7.0',
      collection: of.collection,
      revision: of.revision ? 'aaaaaaaa-0000-4000-8000-000000000000' : '',
      ...(of.isDefault === undefined ? {} : { default_revision: of.isDefault ? 'True' : 'False' }),
      qc: of.qc ?? 'NOT_SET',
    };
  }

  session() {
    return {
      subject: 'NYU-11/a b',
      users: ['user_a'],
      location: '_iblrig_x',
      procedures: ['Ephys recording with acute probe(s)'],
      lab: 'angelakilab',
      projects: ['ibl_neuropixel_brainwide_01'],
      type: 'Experiment',
      task_protocol: '_iblrig_tasks_ephysChoiceWorld6.2.5',
      number: 1,
      start_time: '2020-02-18T10:22:03.123456',
      end_time: null,
      narrative: '',
      parent_session: null,
      n_correct_trials: 310,
      n_trials: 402,
      url: `${this.alyx.origin}/sessions/${eid}`,
      extended_qc: {},
      qc: 'PASS',
      json: {},
      id: eid,
      probe_insertion: (['probe00', 'probe01'] as const).map((name) => this.insertion(name)),
      data_dataset_session_related: this.files.map((f) => this.record(f)),
      notes: [],
      wateradmin_session_related: [],
      auto_datetime: '2024-05-07T01:02:03.4',
    };
  }

  insertion(name: 'probe00' | 'probe01') {
    const id: string = expected.probes[name].pid;
    return { id, session: eid, model: '3B2', name, json: {}, serial: '1819', datasets: [] };
  }

  #answerAlyx(asked: Asked): Reply {
    const path = asked.path.replace(/\?.*$/, '');
    const told = this.alyxReplies.get(path)?.(asked);
    if (told) return told;
    if (path === '/auth-token') return this.#logIn(asked);
    const detail = asked.headers.authorization ? 'Invalid token.' : 'Authentication credentials were not provided.';
    if (asked.headers.authorization !== `Token ${this.validToken}`) return json({ detail, status_code: 403 }, 403);
    if (path === `/sessions/${eid}`) return json(this.session());
    if (path === '/subjects/NYU-11%2Fa%20b') return json(subject);
    if (path === '/trajectories') return json(page(trajectories));
    for (const name of ['probe00', 'probe01'] as const)
      if (path === `/insertions/${expected.probes[name].pid}`) return json(this.insertion(name));
    return json({ detail: 'Not found.', status_code: 404 }, 404);
  }

  #logIn(asked: Asked): Reply {
    const form = new URLSearchParams(asked.body);
    const right = form.get('username') === user.username && form.get('password') === user.password;
    const said = ['Unable to log in with provided credentials.'];
    return right ? json({ token: this.validToken }) : json({ non_field_errors: said, status_code: 400 }, 400);
  }

  #answerData(asked: Asked): Reply {
    if (asked.headers.authorization) return { status: 400, body: '<Error><Code>InvalidArgument</Code></Error>' };
    if (asked.path === '/aggregates/2024_Q2/clusters.pqt') return file(this.table, asked);
    const found = this.files.find((f) =>
      [`/data/${this.remotePath(f)}`, `/public/${this.remotePath(f)}`].includes(asked.path),
    );
    return found ? file(found.bytes, asked) : notFound();
  }
}

export function page(results: unknown[]) {
  return { count: results.length, next: null, previous: null, results };
}

const trajectories = [
  { id: 't1', x: 1, y: 2, z: 3, depth: 4, theta: 5, phi: 6, provenance: 'Micro-manipulator' },
  {
    id: 't2',
    x: -2243.1,
    y: -1999.8,
    z: -361.5,
    depth: 4000,
    theta: 15,
    phi: 180,
    provenance: 'Ephys aligned histology track',
  },
  { id: 't3', x: 7, y: 8, z: 9, depth: 10, theta: 11, phi: 12, provenance: 'Planned' },
];

const subject = {
  nickname: 'NYU-11/a b',
  id: 'bbbbbbbb-0000-4000-8000-000000000000',
  responsible_user: 'user_b',
  birth_date: '2019-09-12',
  age_weeks: 61,
  death_date: null,
  species: 'Laboratory mouse',
  sex: 'M',
  strain: null,
  genotype: [],
  lab: 'angelakilab',
};

async function usualFiles(): Promise<StandInFile[]> {
  const sorted = (probe: string) =>
    ['times', 'clusters'].map((attribute) => ({
      collection: `alf/${probe}/pykilosort`,
      name: `spikes.${attribute}.npy`,
      bytes: fixture(`${probe}.spikes.${attribute}.npy`),
      revision: '2024-05-06',
      isDefault: true,
    }));
  const channels = ['localCoordinates', 'rawInd', 'mlapdv', 'brainLocationIds_ccf_2017'].map((attribute) => ({
    collection: 'alf/probe01/pykilosort',
    name: `channels.${attribute}.npy`,
    bytes: fixture(`channels.${attribute}.npy`),
    revision: '2024-05-06',
    isDefault: true,
  }));
  const table = parquetOf(await readCsv(new URL('trials.csv', fixtures).pathname));
  const trials = [
    { collection: 'alf', name: '_ibl_trials.table.pqt', bytes: table, isDefault: true },
    {
      collection: 'alf',
      name: '_ibl_trials.stimOff_times.npy',
      bytes: fixture('trials.stimOff_times.npy'),
      isDefault: true,
    },
  ];
  return [...sorted('probe00'), ...sorted('probe01'), ...channels, ...trials];
}

function idOf({ collection, name, revision = '' }: StandInFile): string {
  const hex = createHash('sha1').update(`${collection}/${revision}/${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
