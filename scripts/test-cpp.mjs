// npm run test:cpp [-- plain address,undefined thread neon]: the C++ layers without Node. Under the sanitizers, with `plain` without
// any, and with `neon` the layers that need no library, for 64-bit ARM: cross-compiled, with the sanitizer that works there,
// and run by an emulator. Each kind is built in its own folder below build/, so the second time is quick.
import { execFileSync, spawnSync } from 'node:child_process';
import { root, run, strictness } from './steps.mjs';

const arm = 'aarch64-linux-gnu';
const emulator = 'qemu-aarch64-static';
const armOptions = [
  '-DCMAKE_SYSTEM_NAME=Linux',
  '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
  `-DCMAKE_C_COMPILER=${arm}-gcc`,
  `-DCMAKE_CXX_COMPILER=${arm}-g++`,
  `-DCMAKE_CROSSCOMPILING_EMULATOR=${emulator};-L;/usr/${arm}`,
  '-DSPIKELAB_HDF5=OFF',
  '-DSPIKELAB_SANITIZE=undefined',
];

function needArmTools() {
  const missing = [`${arm}-g++`, emulator].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  if (!missing.length) return;
  const become = process.getuid?.() === 0 ? '' : 'sudo ';
  console.error(`spikelab: tests for ARM need ${missing.join(' and ')}. Install them with this command, then run this again:

  ${become}apt-get install -y --no-install-recommends g++-aarch64-linux-gnu qemu-user-static
`);
  process.exit(1);
}

// optimised as little as the sanitizers' builds; g++ then warns where there is nothing
const plainOptions = ['-DCMAKE_CXX_FLAGS=-O1 -Wno-maybe-uninitialized'];

const kinds = process.argv.slice(2).length ? process.argv.slice(2) : ['address,undefined', 'thread'];
for (const kind of kinds) {
  if (kind === 'neon') needArmTools();
  const folder = `build/cpp-${kind.replace(',', '-')}`;
  const own = { neon: armOptions, plain: plainOptions }[kind] ?? [`-DSPIKELAB_SANITIZE=${kind}`];
  const options = ['-DSPIKELAB_ADDON=OFF', '-DSPIKELAB_TESTS=ON', strictness, ...own];
  run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Debug', ...options], { cwd: root });
  run('cmake', ['--build', folder, '-j2'], { cwd: root });
  const tests = execFileSync('ctest', ['--output-on-failure'], { cwd: new URL(`../${folder}/`, import.meta.url) });
  console.error(`spikelab: C++ tests, ${kind}: ${String(tests).match(/\d+% tests passed.*/)?.[0]}`);
}
