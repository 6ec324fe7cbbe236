// npm run test:cpp [-- address,undefined thread]: the C++ layers without Node, under sanitizers. Each kind is built in its own
// folder below build/, so the second time is quick.
import { execFileSync } from 'node:child_process';
import { root, run } from './steps.mjs';

const kinds = process.argv.slice(2).length ? process.argv.slice(2) : ['address,undefined', 'thread'];
for (const kind of kinds) {
  const folder = `build/cpp-${kind.replace(',', '-')}`;
  const options = ['-DSPIKELAB_ADDON=OFF', '-DSPIKELAB_TESTS=ON', `-DSPIKELAB_SANITIZE=${kind}`];
  run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Debug', ...options], { cwd: root });
  run('cmake', ['--build', folder, '-j2'], { cwd: root });
  const tests = execFileSync('ctest', ['--output-on-failure'], { cwd: new URL(`../${folder}/`, import.meta.url) });
  console.error(`spikelab: C++ tests under ${kind}: ${String(tests).match(/\d+% tests passed.*/)?.[0]}`);
}
