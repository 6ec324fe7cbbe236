// Makes packages/server: the compiled service, and an empty database, which opens in a third of the time that making one takes.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, step } from './steps.mjs';

const server = join(root, 'packages/server');
const databaseFile = 'packages/server/database/empty.tar.gz';

export function makeServer() {
  step('compiling the server', {
    // its types are checked against the library's in dist
    inputs: [
      ...['packages/server/src', 'packages/server/tsconfig.json', 'packages/server/tsconfig.build.json'],
      ...['tsconfig.json', 'package-lock.json', 'lib/server.ts', 'scripts/make-server.mjs'],
    ],
    output: 'packages/server/dist/main.js',
    work() {
      rmSync(join(server, 'dist'), { recursive: true, force: true });
      run('npx', ['--no-install', 'tsc', '-p', join(server, 'tsconfig.build.json')]);
    },
  });
  const pglite = join(root, 'node_modules/@electric-sql/pglite/package.json');
  step('making an empty database', {
    inputs: [],
    words: [JSON.parse(readFileSync(pglite, 'utf8')).version],
    output: databaseFile,
    work: () => run(process.execPath, [import.meta.filename, '--database']),
  });
}

async function makeDatabase() {
  const { resolve } = createRequire(join(server, 'package.json'));
  const { PGlite } = await import(pathToFileURL(resolve('@electric-sql/pglite')).href);
  const database = await PGlite.create();
  const packed = await database.dumpDataDir('gzip');
  mkdirSync(join(server, 'database'), { recursive: true });
  writeFileSync(join(root, databaseFile), Buffer.from(await packed.arrayBuffer()));
  await database.close();
}

if (process.argv.includes('--database')) await makeDatabase();
