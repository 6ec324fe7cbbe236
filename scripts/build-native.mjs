// Builds the addon with cmake-js into build/Release/spikelab.node, unless it is up to date.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { run, step } from './steps.mjs';

export function buildNative() {
  step('building the addon', {
    inputs: ['native', 'CMakeLists.txt'],
    output: 'build/Release/spikelab.node',
    work: compileAddon,
  });
}

export function compileAddon() {
  const jobs = String(availableParallelism());
  run('npx', ['--no-install', 'cmake-js', 'compile', '--out', 'build', '--parallel', jobs, '-l', 'warn']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildNative();
