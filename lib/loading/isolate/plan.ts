/** What a child is started with: which part of the machine it may see, with how much memory, and with which environment. */
import { readdirSync, realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NotFoundError, OptionError } from '../../core/errors.js';
import type { IsolationSettings } from '../../core/isolation.js';
import { plugAndPlayFolders } from './plug-and-play.js';

/** Children with equal plans are interchangeable. */
export interface ReaderPlan {
  memoryBytes: number;
  /** Files, and folders with all below them. */
  read: string[];
  /** Folders; a scratch folder is added for a child with `network`. */
  write: string[];
  network: boolean;
  /** Serves one load only: it has credentials in its environment, or a folder to write into. */
  single: boolean;
  parent: number;
}

/** A file system that does not answer holds up its own loads, not those behind them. */
const longestLookMs = 200;
/** A folder that a caller made for the source is there; a busy machine may take its time to say so. */
const longestRootLookMs = 30_000;

/** Functions whose first argument is no source: they find their files on servers. */
const remoteFunctions = /Ibl|Dandi/;
const isRemote = (source: unknown) =>
  /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(String(source)) && !/^[a-z]:[/\\]/i.test(String(source));

export async function planOf(
  name: string,
  args: readonly unknown[],
  options: { cacheDir?: unknown },
  { memoryBytes, loadsPerChild, root }: IsolationSettings,
): Promise<ReaderPlan> {
  const parent = process.pid;
  if (remoteFunctions.test(name) || isRemote(args[0])) {
    const write = typeof options.cacheDir === 'string' ? [resolve(options.cacheDir)] : [];
    return { memoryBytes, read: everything(), write, network: true, single: true, parent };
  }
  const look = root === undefined ? branchOf(args[0]) : rootOf(root, args[0]);
  const longest = root === undefined ? longestLookMs : longestRootLookMs;
  const branch = await Promise.race([look, sleep(longest, null, { ref: false })]);
  if (branch === null && root !== undefined) {
    throw new OptionError('isolate.root', 'a folder that answers', root, `It did not within ${longest} ms.`);
  }
  const read = [...new Set([...runtime(), ...(branch === null ? everything() : [branch])])].sort();
  const single = loadsPerChild === 1 || /\.zip$/i.test(String(args[0]));
  return { memoryBytes, read, write: [], network: false, single, parent };
}

/** @throws NotFoundError where there is none, OptionError where the source lies elsewhere: the child would only say that it may not look */
async function rootOf(root: string, source: unknown): Promise<string> {
  const folder = await realpath(root).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`isolate.root: no folder is at ${root} (${cause.code})`, { path: root }, { cause });
  });
  const path = await realPathOf(source);
  const start = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  if (path !== folder && !path.startsWith(start)) {
    throw new OptionError('isolate.root', 'a folder in which the source lies', root);
  }
  return folder;
}

/** The branch of the file system in which a source lies: /home, /data, /dev/shm. */
async function branchOf(source: unknown): Promise<string> {
  const path = await realPathOf(source);
  const parts = path.split(sep).filter(Boolean);
  return sep + parts.slice(0, /^(dev|proc|run|sys)$/.test(parts[0] ?? '') ? 2 : 1).join(sep);
}

/** Of what is not there, the path as it was given: the child says what is wrong with it. */
async function realPathOf(source: unknown): Promise<string> {
  const text = String(source);
  let path = text;
  try {
    path = text.startsWith('file:') ? fileURLToPath(text) : resolve(text);
    path = await realpath(path);
  } catch {
    // the child says it
  }
  return path;
}

/** All branches but those of the kernel and of running programs. */
function everything(): string[] {
  const kept = readdirSync('/').filter((name) => !/^(dev|proc|run|sys)$/.test(name));
  return [...kept.map((name) => join('/', name)), '/dev/null', '/run/systemd/resolve'];
}

let ofRuntime: string[] | undefined;

/** What Node, this package, and its dependencies and plug-ins are read from. */
function runtime(): string[] {
  ofRuntime ??= [
    ...['/usr', '/lib', '/lib32', '/lib64', '/etc', '/dev/null', '/dev/urandom'],
    dirname(realpathSync(process.execPath)),
    ...packageFolders(fileURLToPath(new URL('../../..', import.meta.url))),
    ...plugAndPlayFolders(),
    ...(process.env.SPIKELAB_ADDON ? [resolve(process.env.SPIKELAB_ADDON)] : []),
    ...(process.env.HDF5_PLUGIN_PATH ?? '').split(delimiter).filter(Boolean),
  ];
  return ofRuntime;
}

/** The package, and every node_modules in which its dependencies may lie, with what these link to. */
function packageFolders(root: string): string[] {
  const found = [root];
  for (let at = root; at !== dirname(at); at = dirname(at)) {
    const modules = join(at, 'node_modules');
    try {
      const names = readdirSync(modules);
      found.push(modules);
      const scoped = names.filter((name) => name.startsWith('@')).map((name) => join(modules, name));
      const links = [modules, ...scoped].flatMap(linksIn);
      found.push(...links.map((link) => realpathSync(link)));
    } catch {
      // there is none here
    }
  }
  return [...new Set(found)];
}

const linksIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => join(folder, name));

/** The environment of a child: without what only a server's own code should know, unless it must reach the network. */
export function environmentOf(plan: ReaderPlan, scratch: string | null): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|LANG|LC_.*|TZ|LD_LIBRARY_PATH|HDF5_.*|SPIKELAB_.*|MALLOC_.*|[ALU]+B?SAN_OPTIONS|OMP_.*|UV_.*)$/;
  const kept = Object.entries(process.env).filter(([name]) => plan.network || wanted.test(name));
  return { ...Object.fromEntries(kept), TMPDIR: scratch ?? tmpdir(), NODE_OPTIONS: '', UV_USE_IO_URING: '0' };
}
