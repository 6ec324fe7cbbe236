/** Writing a file so that nobody ever sees half of it. */
import { randomBytes } from 'node:crypto';
import { chmod, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, NotFoundError, OptionError, SpikeLabError } from '../errors.js';

/**
 * Calls `write` with a new, empty file beside the target, then flushes that file to the disk and renames it onto the
 * target: until the last step an existing target stays as it was, and a failure leaves nothing behind. A target that is a
 * symbolic link is followed; the permissions of a file that is replaced are kept.
 *
 * @throws OptionError for a target that is no path or a folder, NotFoundError where its folder is missing, SpikeLabError
 * (`ERR_WRITE`) where the system refuses
 */
export async function writeAtomically(
  path: unknown,
  write: (temporary: string) => Promise<void>,
  option = 'path',
): Promise<void> {
  const target = await resolveTarget(path, option);
  const old = await stat(target).catch(() => undefined);
  if (old && !old.isFile()) throw new OptionError(option, 'the path of a regular file, or a new one', path);
  const temporary = join(dirname(target), temporaryName(target));
  try {
    await (await open(temporary, 'wx')).close();
    if (old) await chmod(temporary, old.mode & 0o7777);
    await write(temporary);
    await flush(temporary);
    await rename(temporary, target);
    // the rename itself lasts only once the folder is flushed; systems that cannot flush a folder do it at once
    await flush(dirname(target)).catch(() => {});
  } catch (error) {
    await rm(temporary, { force: true });
    throw systemError(error, target);
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

/** Hidden, told apart from other writers, and within the 255 bytes that file systems allow for a name. */
function temporaryName(target: string): string {
  const name = Buffer.from(basename(target)).subarray(0, 200).toString('utf8').replace(/�$/, '');
  return `.${name}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function systemError(error: unknown, target: string): unknown {
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
