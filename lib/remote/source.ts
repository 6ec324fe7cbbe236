/** Where bytes come from: turns what a user passes as a source into a local regular file. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FormatError, LimitError, NotFoundError, OptionError, UnsupportedError } from '../errors.js';
import type { LoadContext } from '../load/context.js';

/**
 * The path of a regular file with the source's bytes.
 *
 * @throws OptionError for what is no source, NotFoundError, FormatError for folders and devices, LimitError by size
 */
export async function localFile(source: unknown, option: string, context: LoadContext): Promise<string> {
  const path = localPath(source, option);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`${option}: no file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isFile())
    throw new FormatError(`${option} must be a regular file, found a ${kindOf(found)} at ${path}`, { path });
  if (found.size > context.limits.maxFileBytes)
    throw new LimitError('maxFileBytes', context.limits.maxFileBytes, found.size, path);
  return path;
}

/** The path of a local source; remote ones are not local. */
export function localPath(source: unknown, option: string): string {
  if (source instanceof URL && source.protocol === 'file:') return fileURLToPath(source);
  const text = source instanceof URL ? source.href : source;
  if (typeof text !== 'string' || text === '') throw new OptionError(option, 'a path or a URL', source);
  if (text.includes('\0')) throw new OptionError(option, 'a path without NUL characters', source);
  if (text.startsWith('file:')) return fileURLToPath(text);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new UnsupportedError(
      'remote source',
      `${option}: sources of kind ${text.slice(0, text.indexOf(':'))}:// cannot be read`,
    );
  }
  return text;
}

function kindOf(stats: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}
