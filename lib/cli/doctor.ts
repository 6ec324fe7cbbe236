/** `spikelab doctor`: whether everything that reading needs is there, with the remedy where it is not. */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import { native } from '../addon/binding.js';
import { locateAddon } from '../addon/locate.js';
import { AddonLoadError } from '../core/errors.js';

interface Check {
  name: string;
  state: 'good' | 'limited' | 'missing';
  found: string;
  remedy?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('check the installation: addon, libraries, memory, plug-ins, disk')
    .description('Checks what reading needs on this machine. The exit code is 1 where something needed is missing.')
    .addHelpText('before', 'Examples:\n  spikelab doctor\n  spikelab doctor --json\n')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const checks = await allChecks();
      process.stdout.write(json ? `${JSON.stringify(checks, null, 2)}\n` : checks.map(line).join(''));
      if (checks.some(({ state }) => state === 'missing')) process.exitCode = 1;
    });
}

const marks = { good: 'ok     ', limited: 'limited', missing: 'MISSING' };
const line = ({ name, state, found, remedy }: Check) =>
  `${marks[state]}  ${name}: ${found}\n${remedy ? `         → ${remedy}\n` : ''}`;

async function allChecks(): Promise<Check[]> {
  return [
    node(),
    ...addon(),
    await library('zarrita', 'Zarr folders', 'npm install zarrita'),
    await library('@resvg/resvg-wasm', 'pictures as PNG', 'npm install @resvg/resvg-wasm'),
    await library('inter-ui/package.json', 'the typeface of pictures', 'npm install inter-ui'),
    plugins(),
    memory(),
    processors(),
    isolation(),
    await temporary(),
  ];
}

/** Older ones are refused before anything runs. */
const node = (): Check => ({
  name: 'Node.js',
  state: 'good',
  found: `${process.version} on ${process.platform} ${process.arch}`,
});

function addon(): Check[] {
  try {
    const { hdf5, libdeflate, signalKernels } = native().buildInfo();
    const fastest = signalKernels.at(-1) ?? 'none';
    return [
      { name: 'addon', state: 'good', found: `HDF5 ${hdf5}, ${locateAddon()}` },
      libdeflate
        ? { name: 'decompression', state: 'good', found: 'libdeflate' }
        : {
            name: 'decompression',
            state: 'limited',
            found: 'zlib',
            remedy: 'install libdeflate-dev, then npx spikelab build: gzip in HDF5 is then read about twice as fast',
          },
      { name: 'instruction set', state: 'good', found: `${signalKernels.join(', ')}; ${fastest} is used` },
    ];
  } catch (error) {
    if (!(error instanceof AddonLoadError)) throw error;
    return [{ name: 'addon', state: 'missing', found: error.message, remedy: error.advice.join(' or ') }];
  }
}

async function library(name: string, purpose: string, remedy: string): Promise<Check> {
  const [scope, rest] = name.split('/');
  const shown = name.startsWith('@') ? `${scope}/${rest}` : scope;
  try {
    import.meta.resolve(name);
    return { name: purpose, state: 'good', found: shown };
  } catch {
    return { name: purpose, state: 'limited', found: `${shown} is not installed`, remedy };
  }
}

/** HDF5 looks for filters in these folders; MaxWell's is the one that is missed. */
function plugins(): Check {
  const set = process.env.HDF5_PLUGIN_PATH;
  const name = 'HDF5 filters';
  const remedy =
    "for MaxWell's traces put its plug-in (libcompression, from share.mxwbio.com) into a folder, and set HDF5_PLUGIN_PATH to it";
  if (!set)
    return {
      name,
      state: 'limited',
      found: 'deflate, shuffle, Fletcher-32, scale-offset; HDF5_PLUGIN_PATH is not set',
      remedy,
    };
  const libraries = set.split(delimiter).flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  if (libraries.length) return { name, state: 'good', found: `${libraries.join(', ')} in ${set}` };
  return { name, state: 'limited', found: `HDF5_PLUGIN_PATH is ${set}, where no file is`, remedy };
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function memory(): Check {
  const limit = cgroup('memory.max', 'memory/memory.limit_in_bytes');
  const total = totalmem();
  const bounded = limit !== undefined && limit < total;
  const found = bounded
    ? `${gigabytes(limit)} of this container, ${gigabytes(total)} of the machine`
    : gigabytes(total);
  if ((bounded ? limit : total) >= 2 ** 30) return { name: 'memory', state: 'good', found };
  return {
    name: 'memory',
    state: 'limited',
    found,
    remedy: 'give the container at least 1 GiB, or --memory-bytes 8000000 to detect',
  };
}

function processors(): Check {
  const [quota, period] = cgroupText('cpu.max').split(' ').map(Number);
  const bounded = quota > 0 && period > 0 ? ` (the container has ${(quota / period).toFixed(1)})` : '';
  return { name: 'processors', state: 'good', found: `${availableParallelism()} of ${cpus().length}${bounded}` };
}

function cgroupText(...files: string[]): string {
  for (const file of files) {
    try {
      return readFileSync(join('/sys/fs/cgroup', file), 'utf8').trim();
    } catch {
      // another version of cgroups, or none
    }
  }
  return '';
}

function cgroup(...files: string[]): number | undefined {
  const value = Number(cgroupText(...files));
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** What the kernel can hold a child to that reads a stranger's file. */
function isolation(): Check {
  const name = 'isolation';
  if (process.platform !== 'linux') {
    return {
      name,
      state: 'limited',
      found: 'a child process, which the system does not confine',
      remedy: 'for files from strangers run on Linux 5.13 or newer',
    };
  }
  const modules = (() => {
    try {
      return readFileSync('/sys/kernel/security/lsm', 'utf8');
    } catch {
      return '';
    }
  })();
  if (modules === '' || modules.includes('landlock')) {
    return { name, state: 'good', found: `a child process with seccomp${modules ? ' and Landlock' : ''}` };
  }
  return {
    name,
    state: 'limited',
    found: 'seccomp without Landlock',
    remedy: 'boot with lsm=landlock,… (Linux 5.13 or newer) to hide other files from the child',
  };
}

async function temporary(): Promise<Check> {
  const name = 'temporary space';
  const folder = tmpdir();
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `${gigabytes(free)} free in ${folder}`;
    if (free >= 2 ** 30) return { name, state: 'good', found };
    return {
      name,
      state: 'limited',
      found,
      remedy: 'remote files are kept there while they are read: set TMPDIR to a folder with room',
    };
  } catch (error) {
    return {
      name,
      state: 'missing',
      found: `${folder}: ${(error as Error).message}`,
      remedy: 'set TMPDIR to a folder that can be written',
    };
  }
}
