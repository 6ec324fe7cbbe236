// Everything between a fresh clone and a working package: system libraries, npm packages, the addon, dist. What is up to
// date is left alone, so the second time this ends at once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonAtHand, buildNative } from './build-native.mjs';
import { makeDist } from './make-dist.mjs';
import { makeServer } from './make-server.mjs';
import { root, run, step } from './steps.mjs';
import { ensureSystemLibraries } from './system-libraries.mjs';

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = engines.node.split(' || ').some((range) => {
  const [fromMajor, fromMinor] = range.match(/\d+/g).map(Number);
  return (major === fromMajor && minor >= fromMinor) || (range.startsWith('>=') && major > fromMajor);
});
if (!supported) {
  console.error(`spikelab: needs Node.js ${engines.node}, this is ${process.versions.node}`);
  process.exit(1);
}
if (!addonAtHand()) ensureSystemLibraries();
step('installing npm packages', {
  inputs: ['package-lock.json'],
  output: 'node_modules/.package-lock.json',
  // --ignore-scripts: the addon is built below, and no dependency needs a script of its own
  work: () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root }),
});
buildNative();
step('compiling TypeScript', {
  inputs: [
    ...['lib', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    ...['scripts/make-dist.mjs', 'scripts/build-page.mjs', 'scripts/bundle.mjs'],
  ],
  output: 'dist/index.js',
  work: makeDist,
});
makeServer();
