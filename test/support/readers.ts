/** The children of isolated loads, as the system sees them. */
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Process ids of the readers that this process (or another) has started and that still live. */
export function readers(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isReader(name, parent))
    .map(Number);
}

function isReader(pid: string, parent: number): boolean {
  try {
    const ours = readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${parent}\n`);
    return ours && /api\/isolated-child\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false; // it ended meanwhile
  }
}

export function lives(pid: number): boolean {
  try {
    // a zombie has ended, whoever has not fetched its status
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export const scratchFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('spikelab-isolated-'));
