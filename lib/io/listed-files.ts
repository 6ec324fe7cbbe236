/** Files of a folder that are replaced one after the other under a list of what is to be done, so that it can be completed. */

import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '../core/errors.js';
import { flush, type Undo, untilAborted, writeWhole } from './atomic.js';
import type { SourceFolder } from './context.js';
import { isTemporaryName, temporaryName } from './leftovers.js';

const listName = '.spikelab-export';

interface Todo {
  /** From temporary names to final ones. */
  rename: [from: string, to: string][];
  remove: string[];
}

const isPlain = (name: unknown): name is string =>
  typeof name === 'string' && /^[^/\\\0]+$/.test(name) && !/^\.\.?$/.test(name);

/** Nothing but what replaceListed writes: names of this folder, and of files that are being written. */
function parseTodo(text: string): Todo | undefined {
  try {
    const { rename: pairs, remove } = JSON.parse(text) as Record<string, unknown>;
    const valid =
      Array.isArray(pairs) &&
      pairs.every(
        (pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isPlain) && isTemporaryName(pair[0]),
      ) &&
      Array.isArray(remove) &&
      remove.every(isPlain);
    return valid ? { rename: pairs as Todo['rename'], remove } : undefined;
  } catch {
    return undefined;
  }
}

/** Whole files beside their targets first; then the list, from which moment on the change is to be completed. */
export async function replaceListed(
  target: string,
  { files, obsolete, signal }: FolderChange,
  undo: Undo,
): Promise<void> {
  const made = await mkdir(target, { recursive: true });
  const todo: Todo = { rename: [], remove: [...obsolete] };
  const list = join(target, await temporaryName(listName));
  let writing: Promise<void> | undefined;
  try {
    for (const [name, write] of files) {
      const temporary = await temporaryName(name);
      todo.rename.push([temporary, name]);
      writing = writeWhole(join(target, temporary), write, join(target, name));
      await untilAborted(writing, signal);
    }
    await writeWhole(list, (path) => writeText(path, JSON.stringify(todo)), list);
    await flush(target).catch(() => {});
    await rename(list, join(target, listName));
  } catch (error) {
    const remove = async () => {
      for (const path of [list, ...todo.rename.map(([name]) => join(target, name))]) await rm(path, { force: true });
      if (made) await rmdir(target);
    };
    await undo.after(writing, remove);
    throw error;
  }
  await flush(target).catch(() => {});
  await complete(target, todo);
}

/** Completes what a killed export left listed. @throws FormatError for a file of that name that is no such list */
export async function finishListed(target: string): Promise<void> {
  const text = await readFile(join(target, listName), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const todo = parseTodo(text);
  if (!todo) {
    const message = `${join(target, listName)} must be the list of an unfinished export, found something else: remove it, and export again`;
    throw new FormatError(message, { path: target });
  }
  await complete(target, todo);
}

async function complete(target: string, todo: Todo): Promise<void> {
  for (const [from, to] of todo.rename) {
    await rename(join(target, from), join(target, to)).catch((error: NodeJS.ErrnoException) => {
      // it was renamed before the process was killed
      if (error.code !== 'ENOENT') throw error;
    });
  }
  for (const name of todo.remove) await rm(join(target, name), { force: true });
  await flush(target).catch(() => {});
  await rm(join(target, listName), { force: true });
  await flush(target).catch(() => {});
}

async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** @throws FormatError for a folder in which an export was killed between two of its files */
export async function refuseUnfinished(folder: SourceFolder): Promise<void> {
  if (!(await folder.has(listName))) return;
  const message = `${folder.name} holds an unfinished export (${listName}): some of its files are old and some new; export into it again`;
  throw new FormatError(message, { path: folder.name });
}

export interface FolderChange {
  /** Each writes its file at the path it is given. */
  files: ReadonlyMap<string, (path: string) => Promise<void>>;
  /** Names of files to remove. */
  obsolete: readonly string[];
  /** Obeyed until the new files are in their places. */
  signal?: AbortSignal;
}
