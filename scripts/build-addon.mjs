// `npx spikelab build`: compiles the addon in an installed package, for platforms that have no ready-made one, or against the
// system's own libhdf5. Needs a compiler, CMake and libhdf5, and says how to get them; no npm package and no download.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { compileAddon } from './build-native.mjs';
import { root } from './steps.mjs';
import { missing, stopIfNeeded } from './system-libraries.mjs';

try {
  accessSync(root, constants.W_OK);
} catch {
  console.error(`spikelab: the addon is built in ${root}, which cannot be written to: run this as a user who can`);
  process.exit(1);
}
stopIfNeeded(missing(), 'Install everything it needs with this command, then run npx spikelab build again');
console.error('spikelab: compiling the addon, which takes some minutes');
compileAddon();
console.error(`spikelab: built ${join(root, 'build/Release/spikelab.node')}`);
