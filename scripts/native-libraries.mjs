// Answers binding.gyp's questions about the system libraries; CMakeLists.txt finds the same ones by itself.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const pkgConfig = (...args) => {
  try {
    return execFileSync('pkg-config', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
};
const words = (text) => (text ? text.split(/\s+/) : []);
const libdeflate = pkgConfig('--libs', 'libdeflate');
const answers = {
  sources: () =>
    readFileSync(new URL('../native/sources.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((file) => `native/${file}`),
  'include-dirs': () =>
    [...words(pkgConfig('--cflags-only-I', 'hdf5')), ...words(pkgConfig('--cflags-only-I', 'libdeflate'))].map((flag) =>
      flag.replace(/^-I/, ''),
    ),
  libraries: () => [...words(pkgConfig('--libs', 'hdf5') ?? '-lhdf5'), ...words(libdeflate), '-lz'],
  'has-libdeflate': () => [libdeflate === null ? '0' : '1'],
};
process.stdout.write(answers[process.argv[2]]().join('\n'));
