/** What this process may use: cores and memory of the machine, or of the control group that a job manager put it in. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Resources {
  /** Whole cores, at least 1. */
  readonly cores: number;
  readonly memoryBytes: number;
}

const machine = () => ({ cores: availableParallelism(), memoryBytes: totalmem() });

/** @param root of the file system, and env of the process: tests have their own */
export function resources(root = '/', env: NodeJS.ProcessEnv = process.env, whole = machine()): Resources {
  let { cores, memoryBytes } = whole;
  // what Slurm allotted, also where it holds nobody to it
  const [cpus, megabytes] = [Number(env.SLURM_CPUS_PER_TASK), Number(env.SLURM_MEM_PER_NODE)];
  if (cpus >= 1) cores = Math.min(cores, Math.floor(cpus));
  if (megabytes >= 1) memoryBytes = Math.min(memoryBytes, megabytes * 2 ** 20);
  for (const group of groupsOf(root)) {
    const quota = group.quota();
    // half a core is one that works half of the time
    if (quota !== null) cores = Math.min(cores, Math.max(1, Math.floor(quota + 1e-6)));
    const limit = group.memory();
    if (limit !== null) memoryBytes = Math.min(memoryBytes, limit);
  }
  return { cores, memoryBytes };
}

interface Group {
  /** Cores. */
  quota(): number | null;
  memory(): number | null;
}

/** The group of this process and those above it: a limit of any of them holds. */
function groupsOf(root: string): Group[] {
  const lines = read(join(root, 'proc/self/cgroup'))?.split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, number, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (number === undefined) return [];
    const names = controllers.split(',');
    if (number === '0' && controllers === '')
      return above(path).map((each) => second(join(root, 'sys/fs/cgroup', each)));
    if (!names.includes('cpu') && !names.includes('memory')) return [];
    return above(path).flatMap((each) => [
      ...(names.includes('cpu')
        ? [first(join(root, 'sys/fs/cgroup/cpu', each)), first(join(root, 'sys/fs/cgroup/cpu,cpuacct', each))]
        : []),
      ...(names.includes('memory') ? [first(join(root, 'sys/fs/cgroup/memory', each))] : []),
    ]);
  });
}

/** /a/b, /a, /. Within a container the path may be that of the host, of which only the last, the mount itself, is there. */
function above(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [...parts.map((_, i) => parts.slice(0, parts.length - i).join('/')), ''];
}

/** Control groups version 2: `cpu.max` is "quota period" or "max period" in µs. */
function second(folder: string): Group {
  return {
    quota() {
      const [quota, period] = read(join(folder, 'cpu.max'))?.trim().split(/\s+/) ?? [];
      return share(quota, period);
    },
    memory: () => bytes(read(join(folder, 'memory.max'))),
  };
}

function first(folder: string): Group {
  return {
    quota: () => share(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us'))),
    memory: () => bytes(read(join(folder, 'memory.limit_in_bytes'))),
  };
}

function share(quota: string | null | undefined, period: string | null | undefined): number | null {
  const [used, of] = [Number(quota?.trim() || Number.NaN), Number(period?.trim() || Number.NaN)];
  return used > 0 && of > 0 ? used / of : null;
}

/** Version 1 says "no limit" as a number near 2^63. */
function bytes(text: string | null): number | null {
  const value = Number(text?.trim() || Number.NaN);
  return value > 0 && value < 2 ** 60 ? value : null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
