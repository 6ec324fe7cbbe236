// What the build needs from the system, and the command that installs it. As root on Debian and Ubuntu it is installed here;
// elsewhere the exact command is printed and the set-up stops.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { run } from './steps.mjs';

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const header = (name, ...folders) =>
  [...folders, '', 'hdf5/serial/'].some((folder) =>
    ['/usr/include', '/usr/local/include', '/opt/homebrew/include', '/opt/local/include', ...multiarch()].some((base) =>
      existsSync(`${base}/${folder}${name}`),
    ),
  );
const multiarch = () => {
  try {
    return readdirSync('/usr/include')
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => `/usr/include/${name}`);
  } catch {
    return [];
  }
};

const needs = [
  {
    what: 'a C++20 compiler',
    found: () => has('c++') && has('make'),
    apt: 'build-essential',
    dnf: 'gcc-c++ make',
    brew: '',
  },
  { what: 'CMake', found: () => has('cmake'), apt: 'cmake', dnf: 'cmake', brew: 'cmake' },
  {
    what: 'pkg-config',
    found: () => has('pkg-config'),
    apt: 'pkg-config',
    dnf: 'pkgconf-pkg-config',
    brew: 'pkg-config',
  },
  { what: 'libhdf5 (C API)', found: () => header('hdf5.h'), apt: 'libhdf5-dev', dnf: 'hdf5-devel', brew: 'hdf5' },
  { what: 'zlib', found: () => header('zlib.h'), apt: 'zlib1g-dev', dnf: 'zlib-devel', brew: 'zlib' },
  {
    what: 'libdeflate',
    found: () => header('libdeflate.h'),
    apt: 'libdeflate-dev',
    dnf: 'libdeflate-devel',
    brew: 'libdeflate',
  },
];

/** The commands that install everything, one a package manager. */
export const installCommands = {
  apt: `apt-get install -y --no-install-recommends ${needs.map((need) => need.apt).join(' ')}`,
  dnf: `dnf install -y ${needs.map((need) => need.dnf).join(' ')}`,
  brew: `brew install ${needs
    .map((need) => need.brew)
    .filter(Boolean)
    .join(' ')}`,
};

export const missing = () => needs.filter((need) => !need.found());

export function ensureSystemLibraries() {
  const absent = missing();
  if (!absent.length) return;
  const what = absent.map((need) => need.what).join(', ');
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.error(`spikelab: installing ${what}`);
    const packages = absent.map((need) => need.apt);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-q'], { env });
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
    const still = missing();
    if (!still.length) return;
    console.error(`spikelab: still missing after the installation: ${still.map((need) => need.what).join(', ')}`);
    process.exit(1);
  }
  console.error(`spikelab: the build needs ${what}. Install everything it needs with the one command for your system, then run this again:

  Debian, Ubuntu:  sudo apt-get update && sudo ${installCommands.apt}
  Fedora, RHEL:    sudo ${installCommands.dnf}
  macOS:           ${installCommands.brew}
`);
  process.exit(1);
}
