/** Writing a file so that nobody ever sees half of it. */
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onAbort } from '../core/abort.js';
import { describe, NotFoundError, OptionError, SpikeLabError } from '../core/errors.js';
import { removeLeftovers, temporaryName } from './leftovers.js';
import { chmod, lstat, stat } from './stat.js';

/**
 * Calls `write` with a new, empty file beside the target, then flushes that file to the disk and renames it onto the
 * target: until the last step an existing target stays as it was, and a failure leaves nothing behind. What killed exports
 * left in the target's folder is removed. A target that is a symbolic link is followed; the permissions of a file that is
 * replaced are kept. An abort is answered at once, and what was written is removed after that.
 *
 * @throws OptionError for a target that is no path or a folder, NotFoundError where its folder is missing, SpikeLabError
 * (`ERR_WRITE`) where the system refuses
 */
export async function writeAtomically(
  path: unknown,
  write: (temporary: string) => Promise<void>,
  option = 'path',
  signal?: AbortSignal,
): Promise<void> {
  const target = await resolveTarget(path, option);
  const old = await stat(target).catch(() => undefined);
  if (old && !old.isFile()) throw new OptionError(option, 'the path of a regular file, or a new one', path);
  const temporary = join(dirname(target), await temporaryName(basename(target)));
  await removeLeftovers(dirname(target));
  const writing = (async () => {
    await (await open(temporary, 'wx')).close();
    if (old) await chmod(temporary, old.mode & 0o7777);
    await write(temporary);
    await flush(temporary);
  })();
  try {
    await untilAborted(writing, signal);
    signal?.throwIfAborted();
    await rename(temporary, target);
    // the rename itself lasts only once the folder is flushed; systems that cannot flush a folder do it at once
    await flush(dirname(target)).catch(() => {});
  } catch (error) {
    await new Undo(signal).after(writing, () => rm(temporary, { force: true }));
    throw systemError(error, target);
  }
}

/**
 * Removes what an export made that failed. An abort is answered before that is done: a write that waits for the disk, and files of
 * hundreds of megabytes, take some tenths of a second.
 */
export class Undo {
  #steps: Promise<unknown> = Promise.resolve();

  constructor(private readonly signal: AbortSignal | undefined) {}

  /** Once `work` has ended, and the steps before this one. */
  async after(work: Promise<unknown> | undefined, remove: () => Promise<unknown>): Promise<void> {
    this.#steps = this.#steps
      .then(() => work)
      .catch(() => {})
      .then(remove)
      .catch(() => {});
    if (!this.signal?.aborted) await this.#steps;
  }
}

async function resolveTarget(path: unknown, option: string): Promise<string> {
  const isUrl = path instanceof URL && path.protocol === 'file:';
  if (!isUrl && (typeof path !== 'string' || path === '' || path.includes('\0'))) {
    throw new OptionError(option, 'the path of the file to write', describe(path));
  }
  const target = isUrl ? fileURLToPath(path) : String(path);
  return realpath(target).catch(() => target);
}

/** Has the system write a file, or the entries of a folder, to the disk. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new file, flushed, with the permissions of the one it replaces. */
export async function writeWhole(path: string, write: (path: string) => Promise<void>, old: string): Promise<void> {
  await write(path);
  const found = await lstat(old).catch(() => undefined);
  if (found?.isFile()) await chmod(path, found.mode & 0o7777);
  await flush(path);
}

/** Waits for work, or rejects with the abort while the work still goes on. */
export async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort(signal, () => reject(signal?.reason));
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    stopListening();
    work.catch(() => {}); // after an abort nobody waits for it
  }
}

/** What the system refused, in our words; anything else as it is. */
export function systemError(error: unknown, target: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof SpikeLabError) {
    if (code !== 'ERR_INTERNAL') return error;
    return new SpikeLabError('ERR_WRITE', `${target} could not be written: ${error.message}`, { cause: error });
  }
  if (code === 'ENOENT') {
    const folder = dirname(target);
    return new NotFoundError(`The folder ${folder} to write ${basename(target)} into does not exist`, { path: folder });
  }
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) {
    return new SpikeLabError('ERR_WRITE', `${target} could not be written (${code})`, { cause: error });
  }
  return error;
}
