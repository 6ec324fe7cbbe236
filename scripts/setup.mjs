// Everything between a fresh clone and a working package: system libraries, npm packages, the addon, dist. What is up to
// date is left alone, so the second time this ends at once.
import { chmodSync, rmSync } from 'node:fs';
import { buildNative } from './build-native.mjs';
import { root, run, step } from './steps.mjs';
import { ensureSystemLibraries } from './system-libraries.mjs';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`spikelab: Node.js 20 or newer is needed, this is ${process.version}`);
  process.exit(1);
}
ensureSystemLibraries();
step('installing npm packages', {
  inputs: ['package-lock.json'],
  output: 'node_modules/.package-lock.json',
  // --ignore-scripts: the addon is built below, and no dependency needs a script of its own
  work: () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root }),
});
buildNative();
step('compiling TypeScript', {
  inputs: ['lib', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  output: 'dist/index.js',
  work: () => {
    rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
    run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json']);
    chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
  },
});
