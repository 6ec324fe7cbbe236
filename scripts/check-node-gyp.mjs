// Builds the addon a second time with node-gyp from binding.gyp, in a copy so that the cmake-js build stays, and loads it.
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './steps.mjs';

const copy = mkdtempSync(join(tmpdir(), 'spikelab-gyp-'));
try {
  for (const part of ['native', 'scripts', 'binding.gyp', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Node's own headers, where it was installed with them, spare the download
  const prefix = join(process.execPath, '../..');
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const nodeGyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  run(process.execPath, [nodeGyp, 'rebuild', '--jobs', String(availableParallelism()), '--silent', ...headers], {
    cwd: copy,
  });
  const exported = (path) => Object.keys(createRequire(import.meta.url)(path)).join(' ');
  const [gyp, cmake] = [
    exported(join(copy, 'build/Release/spikelab.node')),
    exported(join(root, 'build/Release/spikelab.node')),
  ];
  if (gyp !== cmake) throw new Error(`the node-gyp build exports ${gyp}, the cmake-js build ${cmake}`);
  console.error('spikelab: both native builds load and export the same functions');
} finally {
  rmSync(copy, { recursive: true, force: true });
}
