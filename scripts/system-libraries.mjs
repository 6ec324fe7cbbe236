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
    // without it zlib decompresses, several times slower
    optional: true,
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
const names = (list) => list.map((need) => need.what).join(', ');

/** What to type, for the package manager that is here, or one line for each where none of them is. */
export function advice() {
  const prefix = process.getuid?.() === 0 ? '' : 'sudo ';
  const commands = {
    apt: `${prefix}apt-get update && ${prefix}${installCommands.apt}`,
    dnf: `${prefix}${installCommands.dnf}`,
    brew: installCommands.brew,
  };
  if (has('apt-get')) return commands.apt;
  if (has('dnf')) return commands.dnf;
  if (has('brew')) return commands.brew;
  return `Debian, Ubuntu:  ${commands.apt}\n  Fedora, RHEL:    ${commands.dnf}\n  macOS:           ${commands.brew}`;
}

/** As root on Debian and Ubuntu: installs what is missing. Elsewhere: ends with the command that does. */
export function ensureSystemLibraries() {
  const absent = missing();
  if (!absent.length) return;
  if (process.getuid?.() === 0 && has('apt-get')) {
    installWithApt(absent);
    return;
  }
  stopIfNeeded(absent, 'Install everything it needs with this command, then run this again');
}

/** Ends the process where something is missing that there is no building without. */
export function stopIfNeeded(absent, whatToDo) {
  if (absent.every((need) => need.optional)) {
    if (absent.length) console.error(`spikelab: building without ${names(absent)}; to have it: ${advice()}`);
    return;
  }
  console.error(`spikelab: the build needs ${names(absent)}. ${whatToDo}:\n\n  ${advice()}\n`);
  process.exit(1);
}

function installWithApt(absent) {
  console.error(`spikelab: installing ${names(absent)}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...absent.map((need) => need.apt)], { env });
  const still = missing();
  if (!still.length) return;
  console.error(`spikelab: still missing after the installation: ${names(still)}`);
  process.exit(1);
}
