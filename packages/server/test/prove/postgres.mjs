// npm run test:server-postgres: three processes of the service on one Postgres (Debian's) and one data folder. 300 jobs, put in through
// all three; one process is killed -9 in the middle of a job, another one stopped. All jobs must be done, each result be there once
// and be right, and nothing else be left. With --s3 each process has a data folder of its own, as on machines that share none, and
// uploads and results lie in S3 (s3rver).
//
//   node packages/server/test/prove/postgres.mjs [JOBS] [--s3]
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { folderStore, s3Store } from './stores.mjs';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = join(root, 'packages/server/bin/spikelab-server.mjs');
const { values, positionals } = parseArgs({
  options: { s3: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const count = Number(positionals[0] ?? 300);
const longestMs = 40 * 60_000;
const [databasePort, firstPort] = [45_432, 45_501];

function postgresFolder() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const found = versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .find((bin) => existsSync(`${bin}/initdb`));
  if (found) return found;
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'postgresql'], { stdio: 'ignore' });
  return postgresFolder();
}

/** Postgres does not run as root. */
const asPostgres = (command, args) =>
  process.getuid() === 0
    ? execFileSync('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args], {
        stdio: 'ignore',
      })
    : execFileSync(command, args, { stdio: 'ignore' });

async function startPostgres(folder) {
  const bin = postgresFolder();
  if (process.getuid() === 0) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
    chownSync(folder, uid, gid);
  }
  const data = join(folder, 'data');
  asPostgres(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres']);
  const options = `-p ${databasePort} -h 127.0.0.1 -k ${folder}`;
  asPostgres(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start']);
  return () => asPostgres(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
}

const servers = [];
const database = `postgres://postgres@127.0.0.1:${databasePort}/postgres`;

async function startServer(index, store) {
  const port = firstPort + index;
  const flags = [
    ...['--data', store.folders[index], '--database', database, '--port', port, '--jobs', 1],
    ...['--stale', '5s', '--drain', '60s', '--keep-free', '100MB', ...store.flags],
  ];
  const child = spawn(process.execPath, [program, ...flags.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...store.env },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  const exit = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const server = {
    child,
    exit,
    url: `http://127.0.0.1:${port}`,
    log: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
  };
  servers.push(server);
  for (let tries = 0; tries < 600; tries++) {
    if ((await fetch(`${server.url}/readyz`).catch(() => null))?.ok) break;
    await sleep(200);
  }
  server.runner = server.log().find(({ runner }) => runner)?.runner;
  return server;
}

async function json(url, method = 'GET', body = undefined) {
  const isText = typeof body === 'string';
  const response = await fetch(url, { method, body, headers: isText ? { 'content-type': 'application/json' } : {} });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(answer)}`);
  return answer;
}

const kinds = [
  { file: 'nwb/full.nwb', request: { do: 'load', format: 'json' } },
  { file: 'nwb/full.nwb', request: { do: 'identify' } },
  {
    file: 'cli/recording.h5',
    request: { do: 'detect', format: 'csv', options: { dataset: '/traces/raw', fsHz: 20_000 } },
  },
  {
    file: 'cli/recording.h5',
    request: { do: 'peaks', format: 'json', options: { dataset: '/traces/raw', fsHz: 20_000 } },
  },
];

const failures = [];
const expect = (what, found, wanted) => {
  const isSame = JSON.stringify(found) === JSON.stringify(wanted);
  console.log(
    `${isSame ? 'ok  ' : 'NOT '} ${what}: ${JSON.stringify(found)}${isSame ? '' : `, expected ${JSON.stringify(wanted)}`}`,
  );
  if (!isSame) failures.push(what);
};

async function main(store) {
  const start = performance.now();
  const all = await Promise.all([0, 1, 2].map((index) => startServer(index, store)));
  const [alive, killed, stopped] = all;
  const client = new pg.Client(database);
  await client.connect();
  const one = async (sql, values) => (await client.query(sql, values)).rows[0];
  console.log(`three processes on one database, ${store.name}; ${count} jobs`);
  const uploads = new Map();
  for (const { file } of kinds) {
    const body = readFileSync(join(root, 'fixtures', file));
    if (!uploads.has(file))
      uploads.set(file, (await json(`${alive.url}/v1/uploads/${file.split('/').at(-1)}`, 'PUT', body)).id);
  }
  const ids = [];
  for (let i = 0; i < count; i++) {
    const { file, request } = kinds[i % kinds.length];
    const body = JSON.stringify({ ...request, upload: uploads.get(file) });
    ids.push((await json(`${all[i % 3].url}/v1/jobs`, 'POST', body)).id);
  }
  const done = async () =>
    Number((await one(`SELECT count(*) AS n FROM spikelab.jobs WHERE state NOT IN ('queued', 'active')`)).n);
  const until = async (condition) => {
    while (!(await condition())) {
      if (performance.now() - start > longestMs) throw new Error(`not done within ${longestMs / 60_000} min`);
      await sleep(50);
    }
  };
  await until(async () => (await done()) >= count / 5);
  // in the middle of a job of its own
  let struck;
  await until(async () => {
    struck = await one(`SELECT id FROM spikelab.jobs WHERE state = 'active' AND runner = $1`, [killed.runner]);
    return struck !== undefined;
  });
  killed.child.kill('SIGKILL');
  console.log(`killed one with SIGKILL while it did job ${struck.id}, ${await done()} done`);
  await until(async () => (await done()) >= count / 2);
  stopped.child.kill('SIGTERM');
  expect('the one that is stopped ends with', await stopped.exit, { code: 0, signal: null });
  console.log(`${await done()} done when it had ended`);
  await until(async () => (await done()) === count);
  console.log(`all ended after ${Math.round((performance.now() - start) / 1000)} s`);

  const states = (await client.query('SELECT state, count(*)::int AS n FROM spikelab.jobs GROUP BY state')).rows;
  expect('states', states, [{ state: 'done', n: count }]);
  const again = (
    await client.query('SELECT attempt, count(*)::int AS n FROM spikelab.jobs GROUP BY attempt ORDER BY attempt')
  ).rows;
  console.log(`     attempts: ${again.map(({ attempt, n }) => `${n} jobs needed ${attempt}`).join(', ')}`);
  expect(
    'the job of the killed one was taken over',
    (await one('SELECT attempt > 1 AS again FROM spikelab.jobs WHERE id = $1', [struck.id])).again,
    true,
  );
  const logged = () =>
    all.flatMap((server) => server.log().flatMap(({ msg, job }) => (msg === 'job ended' ? [job] : [])));
  // a process says so a moment after the row does
  for (let tries = 0; logged().length < count && tries < 50; tries++) await sleep(100);
  const ends = logged();
  expect('results written, and jobs that have one', [ends.length, new Set(ends).size], [count, count]);
  const results = await store.list('results');
  expect('folders of results', new Set(results.map(([id]) => id)).size, count);
  expect(
    'attempts of which there is a result',
    new Set(results.map(([id, attempt]) => `${id}/${attempt}`)).size,
    count,
  );
  const digests = kinds.map(() => new Set());
  for (const [i, id] of ids.entries()) {
    const bytes = Buffer.from(await (await fetch(`${alive.url}/v1/jobs/${id}/result`)).arrayBuffer());
    // bytesRead and times tell how, not what
    const text = bytes.toString().replace(/"(elapsedMs|bytesRead)":\s*(\{[^}]*\}|\d+)/g, '');
    digests[i % kinds.length].add(createHash('sha256').update(text).digest('hex'));
  }
  expect(
    'different results of equal jobs',
    digests.map(({ size }) => size),
    kinds.map(() => 1),
  );
  // what lies in a folder that no other process sees goes when its own is there again
  if (values.s3) await startServer(1, store);
  const left = () => store.folders.flatMap((each) => store.passing.flatMap((kind) => readdirSync(join(each, kind))));
  for (let tries = 0; left().length && tries < 50; tries++) await sleep(100);
  expect(`left in ${store.passing.join(', ')}`, left(), []);
  expect('uploads', new Set((await store.list('uploads')).map(([id]) => id)).size, uploads.size);
  await client.end();
}

const folder = mkdtempSync(join(tmpdir(), 'spikelab-postgres-'));
const store = await (values.s3 ? s3Store(3) : folderStore(3));
let stopPostgres = () => {};
try {
  stopPostgres = await startPostgres(folder);
  await main(store);
} catch (error) {
  failures.push(error.message);
  console.error(error);
} finally {
  for (const { child } of servers) child.kill('SIGTERM');
  await Promise.all(servers.map(({ exit }) => exit));
  stopPostgres();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures.length ? `${failures.length} failures` : 'all as it must be');
process.exitCode = failures.length ? 1 : 0;
