// npm run release:pack: the tarballs that a release publishes, in build/packages: spikelab and one for each addon that npm run prebuilds
// made, and spikelab-server. The repository's package.json does not name the platforms' packages, since `npm ci` must work in a clone before they
// are published; they are added to the copy that is packed.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { addonSources, packageVersion, prebuiltSources } from './build-native.mjs';
import { makeDist } from './make-dist.mjs';
import { makeServer } from './make-server.mjs';
import { root, run } from './steps.mjs';

const out = join(root, 'build/packages');
const pack = (folder) => {
  const listed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { filename, size } = Object.values(JSON.parse(listed))[0];
  console.error(`spikelab: ${filename}, ${(size / 1e6).toFixed(2)} MB`);
  return join(out, filename);
};

/** What a published package.json has and the repository's has not, and the other way round. */
export function publishedManifest(manifest, platforms) {
  const { devDependencies, scripts, workspaces, ...rest } = manifest;
  const own = Object.fromEntries(platforms.map((name) => [`@spikelab/${name}`, manifest.version]));
  return { ...rest, optionalDependencies: { ...own, ...manifest.optionalDependencies } };
}

/** Every platform must be there unless `--only-built` asks for those that are. */
function platforms() {
  const all = readdirSync(join(root, 'npm')).filter((name) => existsSync(join(root, 'npm', name, 'package.json')));
  const built = all.filter((name) => existsSync(join(root, 'npm', name, 'spikelab.node')));
  const absent = all.filter((name) => !built.includes(name));
  if (absent.length && !process.argv.includes('--only-built'))
    throw new Error(`no addon in npm/ for ${absent.join(', ')}: run npm run prebuilds, or give --only-built`);
  return built;
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Ends with an error where the addon of a platform's folder is not that of this version and these sources. */
export function expectSameRelease(folder, sources = addonSources()) {
  const { name, version } = manifestOf(folder);
  if (version !== packageVersion) throw new Error(`${name} must be of version ${packageVersion}, it is ${version}`);
  if (prebuiltSources(folder) !== sources)
    throw new Error(`the addon of ${name} was made from other sources: run npm run prebuilds -- ${basename(folder)}`);
}

function packPlatform(name) {
  const folder = join(root, 'npm', name);
  expectSameRelease(folder);
  for (const file of ['LICENSE', 'THIRD_PARTY.md', 'scripts/prebuild/LGPL-2.1.txt'])
    if (manifestOf(folder).files.includes(basename(file))) copyFileSync(join(root, file), join(folder, basename(file)));
  pack(folder);
}

/** Packs again what a tarball holds, with another manifest. */
function repack(tarball, name, change) {
  const stage = join(out, 'stage');
  mkdirSync(stage);
  run('tar', ['xzf', tarball, '-C', stage]);
  const path = join(stage, 'package/package.json');
  const manifest = change(JSON.parse(readFileSync(path, 'utf8')));
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(tarball);
  renameSync(join(stage, 'package'), join(stage, name));
  pack(join(stage, name));
  rmSync(stage, { recursive: true });
}

const packMain = (names) => repack(pack(root), 'spikelab', (manifest) => publishedManifest(manifest, names));

/** In the repository the service takes the library from beside it, published from the registry. */
function packServer() {
  makeServer();
  repack(pack(join(root, 'packages/server')), 'spikelab-server', ({ devDependencies, dependencies, ...manifest }) => ({
    ...manifest,
    dependencies: { ...dependencies, spikelab: `^${packageVersion}` },
  }));
}

if (process.argv[1] === import.meta.filename) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  makeDist();
  const names = platforms();
  for (const name of names) packPlatform(name);
  packMain(names);
  packServer();
}
