// npm run fuzz:cpp [-- --seconds N] [--only WORD]: the parsers in C++ under libFuzzer, with the address and undefined-behaviour
// sanitizers, N seconds each (default 60), from the fixtures on. What fails is kept below build/fuzz-cpp and named in the output.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run } from './steps.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, only: { type: 'string', default: '' } },
});
const folder = 'build/fuzz-cpp';
const seeds = { hdf5: ['hdf5_seeds', 'hdf5_read', 'nwb'], pickle_payloads: [] };

if (spawnSync('clang++', ['--version']).status !== 0) {
  const become = process.getuid?.() === 0 ? '' : 'sudo ';
  console.error(`spikelab: libFuzzer comes with clang. Install it with this command, then run this again:

  ${become}apt-get install -y --no-install-recommends clang libclang-rt-14-dev
`);
  process.exit(1);
}
const compilers = ['-DCMAKE_C_COMPILER=clang', '-DCMAKE_CXX_COMPILER=clang++'];
const options = ['-DSPIKELAB_ADDON=OFF', '-DSPIKELAB_FUZZERS=ON', '-DSPIKELAB_SANITIZE=address,undefined'];
run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Debug', ...compilers, ...options], { cwd: root });
run('cmake', ['--build', folder, '-j2'], { cwd: root });
for (const [name, folders] of Object.entries(seeds).filter(([name]) => name.includes(values.only))) {
  const corpus = join(root, folder, `corpus-${name}`);
  mkdirSync(corpus, { recursive: true });
  for (const from of folders.map((each) => join(root, 'fixtures', each)))
    for (const file of readdirSync(from).filter((each) => /\.(h5|nwb)$/.test(each)))
      cpSync(join(from, file), join(corpus, file));
  const limits = [`-max_total_time=${values.seconds}`, '-max_len=65536', '-rss_limit_mb=4096', '-timeout=20'];
  // what libhdf5 asks for on behalf of a damaged file may be refused, as a limit of the process would
  const env = { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1:detect_leaks=0' };
  const kept = `-artifact_prefix=${join(root, folder)}/failed-${name}-`;
  run(join(root, folder, `${name}_fuzzer`), [...limits, '-print_final_stats=1', kept, corpus], { cwd: root, env });
}
