// node scripts/smoke.mjs FOLDER [npm|pnpm|yarn|yarn-pnp|bun]: installs the tarballs of FOLDER (npm run release:pack makes them) as
// a package manager would from the registry, with scripts off, into an app of its own, and works with what was installed.
// SMOKE_NODE names the Node.js that works with it, SMOKE_CACHE a folder that keeps what other packages' registry said.
// Prints one line: seconds, megabytes, and what was done.
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startRegistry } from './smoke/registry.mjs';
import { root } from './steps.mjs';

const pnp = ['-r', './.pnp.cjs', '--loader', './.pnp.loader.mjs'];
const managers = {
  npm: { add: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', 'spikelab'], run: ['npx', 'spikelab'] },
  pnpm: { add: ['pnpm', 'add', '--ignore-scripts', 'spikelab'], run: ['pnpm', 'exec', 'spikelab'] },
  yarn: { add: ['yarn', 'add', 'spikelab'], run: ['yarn', 'spikelab'], yarnrc: 'nodeLinker: node-modules\n' },
  'yarn-pnp': {
    add: ['yarn', 'add', 'spikelab'],
    run: ['yarn', 'spikelab'],
    yarnrc: 'nodeLinker: pnp\npnpEnableEsmLoader: true\n',
    node: pnp,
  },
  bun: { add: ['bun', 'add', '--ignore-scripts', 'spikelab'], run: ['bun', 'run', 'spikelab'] },
};

const [folder, name = 'npm'] = process.argv.slice(2);
const manager = managers[name];
if (!folder || !manager) {
  console.error(`usage: node scripts/smoke.mjs FOLDER [${Object.keys(managers).join('|')}]`);
  process.exit(2);
}

/** Runs a program in the app; gives what it printed, or ends with that as an error. Not spawnSync: the registry must answer. */
function go([command, ...args]) {
  const env = {
    ...process.env,
    npm_config_cache: join(app, '.cache'),
    npm_config_store_dir: join(app, '.store'),
    YARN_GLOBAL_FOLDER: join(app, '.yarn-global'),
    BUN_INSTALL_CACHE_DIR: join(app, '.bun'),
  };
  const child = spawn(command, args, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, all] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
    all += text;
  });
  child.stderr.on('data', (text) => {
    all += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(out) : reject(new Error(`${command} ${args.join(' ')}: ${all}`)),
    );
  });
}

/** The same, and the seconds of processor that it took with all that it started, which the shell tells. */
async function goTimed(words) {
  const out = await go(['sh', '-c', '"$@" && times', 'sh', ...words]);
  const seconds = out
    .trim()
    .split('\n')
    .at(-1)
    .match(/[\d.]+/g)
    .map(Number);
  return 60 * (seconds[0] + seconds[2]) + seconds[1] + seconds[3];
}

/** Links are not followed: pnpm has several to each package. */
function bytesBelow(path) {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}
const megabytes = (...folders) =>
  (folders.filter(existsSync).reduce((sum, folder) => sum + bytesBelow(folder), 0) / 1e6).toFixed(0);

const registry = await startRegistry(
  resolve(folder),
  process.env.SMOKE_UPSTREAM ?? 'https://registry.npmjs.org',
  process.env.SMOKE_CACHE,
);
const app = mkdtempSync(join(tmpdir(), 'spikelab-smoke-'));
try {
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }\n');
  writeFileSync(join(app, '.npmrc'), `registry=${registry.url}\n`);
  const insecure =
    'unsafeHttpWhitelist: ["127.0.0.1"]\nenableTelemetry: false\nenableScripts: false\nnpmMinimalAgeGate: 0\n';
  writeFileSync(join(app, '.yarnrc.yml'), `npmRegistryServer: "${registry.url}"\n${insecure}${manager.yarnrc ?? ''}`);
  cpSync(join(root, 'fixtures/kilosort/curated'), join(app, 'sorted'), { recursive: true });
  for (const [from, to] of [
    ['nwb/full.nwb', 'full.nwb'],
    ['pickle/spikedata.mixed.pkl', 'spikedata.pkl'],
    ['recordings/mcs.h5', 'mcs.h5'],
  ])
    copyFileSync(join(root, 'fixtures', from), join(app, to));
  copyFileSync(join(root, 'scripts/smoke/app.mjs'), join(app, 'app.mjs'));
  const started = performance.now();
  const busy = await goTimed(manager.add);
  const seconds = (performance.now() - started) / 1000;
  const node = process.env.SMOKE_NODE ?? process.execPath;
  const did = await go([node, ...(manager.node ?? []), 'app.mjs']);
  const doctor = await go([...manager.run, 'doctor']);
  const addon = doctor.split('\n').find((line) => /\baddon:/.test(line));
  const size = megabytes(join(app, 'node_modules'), join(app, '.yarn-global/cache'), join(app, '.yarn/unplugged'));
  console.log(
    `${name}: installed in ${seconds.toFixed(1)} s (${busy.toFixed(1)} s of processor), ${size} MB; ${did.trim()}; doctor: ${addon?.trim()}`,
  );
} finally {
  registry.close();
  rmSync(app, { recursive: true, force: true });
}
