/**
 * Names of files that are being written. They say whose they are, so that an export removes what killed ones left behind and
 * never touches what a living process is still writing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lstat } from './stat.js';

/** .name.pid-<place><start>-random.tmp; without the middle part in files of earlier versions. */
const pattern = /^\..+\.(\d{1,10})-(?:([0-9a-f]{8})([0-9a-f]{8})-)?[0-9a-f]{12}\.tmp$/s;
/** Whether a process of another host or container lives cannot be told: its files go when nobody wrote to them for a day. */
const foreignAgeMs = 24 * 3600 * 1000;

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Hidden, told apart from other writers, and within the 255 bytes that file systems allow for a name. */
export async function temporaryName(name: string): Promise<string> {
  const short = Buffer.from(name).subarray(0, 200).toString('utf8').replace(/�$/, '');
  const start = (await startOf(process.pid)) ?? unknownStart;
  return `.${short}.${process.pid}-${await place()}${start}-${randomBytes(6).toString('hex')}.tmp`;
}

/** Removes the temporary files and folders in `folder` whose process is dead. What cannot be removed stays. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name));
  for (const name of names) {
    const path = join(folder, name);
    if (await isLeftover(name, path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** This process, told apart from every other: its number, where that counts, and when it started. */
export async function thisProcess(): Promise<string> {
  return `${process.pid}-${await place()}${(await startOf(process.pid)) ?? unknownStart}`;
}

/** Whether the process that `thisProcess` named lives; undefined where it belongs to another host or container. */
export async function processLives(name: string): Promise<boolean | undefined> {
  const [, pid, where, start] = /^(\d{1,10})-([0-9a-f]{8})([0-9a-f]{8})$/.exec(name) ?? [];
  return where === (await place()) ? lives(Number(pid), start) : undefined;
}

export const isTemporaryName = (name: string): boolean => pattern.test(name);

async function isLeftover(name: string, path: string): Promise<boolean> {
  const [, pid, where, start] = pattern.exec(name) ?? [];
  if (where === (await place())) return !(await lives(Number(pid), start));
  if (where === undefined && (await lives(Number(pid), unknownStart))) return false;
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > foreignAgeMs;
}

/** A process number is used again after a while: then the start is another. */
async function lives(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await startOf(pid);
  if (now === null) return false;
  return now === undefined || start === unknownStart || now === start;
}

const unknownStart = '00000000';

/** When the process started, as Linux tells; undefined where the system does not, null for one that is dead and not reaped. */
async function startOf(pid: number): Promise<string | undefined | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
    ]);
    // behind the name, which may hold anything, come the state (field 3) and, as field 22, the start
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^[ZX]$/.test(fields[0]) ? null : digest(`${boot}${fields[19]}`);
  } catch {
    return undefined;
  }
}

let ofHere: Promise<string> | undefined;

/** The host, and the name space that its process numbers belong to: containers that share a folder have their own. */
function place(): Promise<string> {
  ofHere ??= readlink('/proc/self/ns/pid')
    .catch(() => '')
    .then((space) => digest(`${hostname()} ${space}`));
  return ofHere;
}
