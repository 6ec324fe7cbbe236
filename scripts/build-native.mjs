// Builds the addon with CMake into build/Release/spikelab.node, unless it is up to date. No headers are downloaded: those of
// Node-API come from npm packages, and one binary serves every Node.js from 20 on.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, isDone, root, run, step, strictness } from './steps.mjs';

export const packageVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

const inputs = ['native', 'CMakeLists.txt'];
const output = 'build/Release/spikelab.node';

/** A hash of all that the addon is made from: a prebuilt one serves a clone only where the two are the same. */
export const addonSources = () => digestOf(inputs, [packageVersion]);

const building = {
  inputs,
  words: [packageVersion],
  output,
  work: () => takePrebuilt() || compileAddon(),
};

export function buildNative() {
  step('building the addon', building);
}

/** Whether nothing has to be compiled, so that no compiler and no library is needed. */
export const addonAtHand = () => isDone('building the addon', building) || prebuiltName() !== undefined;

/** What npm run prebuilds made for this platform (Linux alone has such) from the same sources. */
const prebuiltName = () =>
  ['linux', 'linuxmusl'].map((os) => `${os}-${process.arch}`).find((name) => fitsHere(join(root, 'npm', name)));

function takePrebuilt() {
  const name = prebuiltName();
  if (!name) return false;
  console.error(`spikelab: taking the addon of npm/${name}, which is of these sources`);
  mkdirSync(join(root, 'build/Release'), { recursive: true });
  copyFileSync(join(root, 'npm', name, 'spikelab.node'), join(root, output));
  return true;
}

/** Whether a platform's folder has an addon that was made from these sources and loads here. */
export function fitsHere(folder, sources = addonSources()) {
  const addon = join(folder, 'spikelab.node');
  if (!existsSync(addon) || prebuiltSources(folder) !== sources) return false;
  // one for another C library does not load here
  return spawnSync(process.execPath, ['-e', `require(${JSON.stringify(addon)})`], { stdio: 'ignore' }).status === 0;
}

/** The hash of the sources that the addon of a platform's folder was made from, or undefined. */
export function prebuiltSources(folder) {
  const hash = join(folder, 'sources.sha256');
  return existsSync(hash) ? readFileSync(hash, 'utf8').trim() : undefined;
}

/** Folders of headers: copies in a published package, the npm packages themselves in a clone. */
export function headerFolders() {
  const shipped = join(root, 'dist/headers');
  if (existsSync(shipped) && !existsSync(join(root, 'node_modules/node-addon-api'))) return [shipped];
  return ['node-addon-api', 'node-api-headers/include'].map((folder) => join(root, 'node_modules', folder));
}

export function compileAddon({ quiet = false } = {}) {
  const build = join(root, 'build');
  const options = quiet ? { stdio: ['ignore', 'ignore', 'inherit'] } : {};
  const words = [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(build, 'Release')}`,
    `-DSPIKELAB_HEADERS=${headerFolders().join(';')}`,
    strictness,
  ];
  // a folder keeps the generator that it was first configured with
  const ninja = spawnSync('ninja', ['--version'], { stdio: 'ignore' }).status === 0;
  if (ninja && !existsSync(join(build, 'CMakeCache.txt'))) words.push('-G', 'Ninja');
  run('cmake', ['-S', root, '-B', build, ...words], options);
  run('cmake', ['--build', build, '--parallel', String(availableParallelism())], options);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildNative();
