// npm run prebuilds [-- linux-x64 linuxmusl-x64 …]: the addons of npm/<platform>, each with HDF5, zlib and libdeflate linked in.
// Runs on Debian, x86-64; what it downloads and builds lies below build/prebuild, so the second time takes a minute.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddon } from './prebuild/addon.mjs';
import { buildLibraries } from './prebuild/libraries.mjs';
import { unpackSources } from './prebuild/sources.mjs';
import { targets } from './prebuild/targets.mjs';
import { installZig, writeWrappers } from './prebuild/zig.mjs';
import { root } from './steps.mjs';

const words = process.argv.slice(2);
const tests = words.includes('--tests');
const names = words.filter((word) => word !== '--tests');
const unknown = names.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length) {
  console.error(`spikelab: no such platform: ${unknown}; there are ${targets.map((target) => target.name).join(', ')}`);
  process.exit(2);
}
const folder = join(root, 'build/prebuild');
mkdirSync(folder, { recursive: true });
const sources = unpackSources(folder);
const zig = installZig(folder);
for (const target of targets.filter(({ name }) => !names.length || names.includes(name))) {
  const own = join(folder, target.name);
  const tools = writeWrappers(zig, join(own, 'tools'), target);
  const prefix = buildLibraries(target, sources, tools, own);
  buildAddon(target, prefix, tools, own, { tests });
}
