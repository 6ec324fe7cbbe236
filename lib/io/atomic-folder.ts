/**
 * Several files of one folder that are replaced together: whoever reads the folder, and whenever a process is killed, finds all
 * of the old ones or all of the new ones. Other files in it stay.
 *
 * Where the system can exchange two folders in one step, a new folder is built beside the old one: the new files, and links to
 * the files that stay. Elsewhere (no such step, no hard links, folders inside) the files are replaced one by one under a list of
 * what is to be done; a folder in which that list is left is refused by loaders, and completed by the next export.
 */
import { access, chown, constants, link, mkdir, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { native } from '../addon/binding.js';
import { OptionError, SpikeLabError } from '../core/errors.js';
import { flush, systemError, Undo, untilAborted, writeWhole } from './atomic.js';
import { removeLeftovers, temporaryName } from './leftovers.js';
import { type FolderChange, finishListed, replaceListed } from './listed-files.js';
import { chmod, lstat, stat } from './stat.js';

/**
 * Makes the folder where it is missing. A failure leaves everything as it was; an abort does too, some moments after its
 * answer. A file that is a symbolic link is replaced.
 *
 * @throws OptionError where `path` is no folder; SpikeLabError (`ERR_WRITE`) where the system refuses
 */
export async function changeFolder(path: string, change: FolderChange): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const old = await stat(target).catch(() => undefined);
  if (old && !old.isDirectory()) throw new OptionError('folder', 'the path of a folder', path);
  const undo = new Undo(change.signal);
  let made: string | undefined;
  try {
    made = await mkdir(dirname(target), { recursive: true });
    if (old) await prepare(target, change);
    await removeLeftovers(dirname(target));
    if (!(await exchangeFolder(target, change, undo))) await replaceListed(target, change, undo);
  } catch (error) {
    const [inner, outer] = [dirname(target), made];
    if (outer) await undo.after(undefined, () => removeEmpty(inner, outer));
    throw systemError(error, target);
  }
}

/** @throws SpikeLabError before anything is written, where the folder could not be changed in the end */
async function prepare(target: string, { files }: FolderChange): Promise<void> {
  await access(target, constants.W_OK);
  for (const name of files.keys()) {
    const found = await lstat(join(target, name)).catch(() => undefined);
    if (found?.isDirectory()) {
      throw new SpikeLabError('ERR_WRITE', `${join(target, name)} could not be written: it is a folder`);
    }
  }
  await finishListed(target);
  await removeLeftovers(target);
}

/** The folders that were made for the target, from the inner to the outer one. */
async function removeEmpty(inner: string, outer: string): Promise<void> {
  for (let folder = inner; ; folder = dirname(folder)) {
    if (
      !(await rmdir(folder).then(
        () => true,
        () => false,
      )) ||
      folder === outer
    )
      return;
  }
}

/** False, with nothing changed, where this is no folder that can be exchanged. */
async function exchangeFolder(target: string, change: FolderChange, undo: Undo): Promise<boolean> {
  const entries = await readdir(target, { withFileTypes: true }).catch(() => undefined);
  if (entries?.some((entry) => !entry.isFile() && !change.files.has(entry.name))) return false;
  const kept = (entries ?? [])
    .map(({ name }) => name)
    .filter((name) => !change.files.has(name) && !change.obsolete.includes(name));
  const staging = join(dirname(target), await temporaryName(basename(target)));
  try {
    await mkdir(staging);
  } catch (error) {
    // a folder in one that cannot be written to
    if (entries) return false;
    throw error;
  }
  let writing: Promise<void> | undefined;
  try {
    for (const [name, write] of change.files) {
      writing = writeWhole(join(staging, name), write, join(target, name));
      await untilAborted(writing, change.signal);
    }
    if (entries && !(await likeOld(staging, target, kept))) return false;
    await flush(staging);
    change.signal?.throwIfAborted();
    if (!entries) await rename(staging, target);
    else if (!native().exchangePaths(staging, target)) return false;
    else await rescue(staging, target, [...change.files.keys(), ...change.obsolete]);
    await flush(dirname(target)).catch(() => {});
    return true;
  } finally {
    // after the exchange this is the old folder
    await undo.after(writing, () => rm(staging, { recursive: true, force: true }));
  }
}

/** Gives the new folder the owner and permissions of the old one, and the files that stay; false where the system does not. */
async function likeOld(staging: string, target: string, kept: readonly string[]): Promise<boolean> {
  try {
    const [is, was] = [await stat(staging), await stat(target)];
    if (is.uid !== was.uid || is.gid !== was.gid) await chown(staging, was.uid, was.gid);
    for (const name of kept) await link(join(target, name), join(staging, name));
    await chmod(staging, was.mode & 0o7777);
    return true;
  } catch {
    return false;
  }
}

/** Files that somebody put into the old folder, or replaced there, while the new one was built. */
async function rescue(old: string, target: string, ours: readonly string[]): Promise<void> {
  for (const name of await readdir(old)) {
    if (ours.includes(name)) continue;
    const [there, here] = await Promise.all(
      [old, target].map((folder) => lstat(join(folder, name)).catch(() => undefined)),
    );
    if (there && there.ino !== here?.ino) await rename(join(old, name), join(target, name)).catch(() => {});
  }
}
