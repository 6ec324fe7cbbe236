/** The one rule about links in folders: what is read of a folder must lie in it, unless its links are trusted. */

import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { oneOf } from '../core/checks.js';
import { FormatError, OptionError } from '../core/errors.js';
import type { LoadOptions } from '../core/options.js';

export type FollowLinks = NonNullable<LoadOptions['followLinks']>;

/** @throws OptionError; of a folder from strangers no link is ever followed out */
export function resolveFollowLinks({ followLinks, isolate }: LoadOptions): FollowLinks {
  if (followLinks === undefined || followLinks === null) return 'inside';
  oneOf(followLinks, 'followLinks', ['inside', 'anywhere'] as const);
  if (followLinks === 'anywhere' && isolate) {
    const hint = 'isolate is for files from strangers, whose links may lead to any file of this machine';
    throw new OptionError('followLinks', "'inside' where isolate is given", followLinks, hint);
  }
  return followLinks;
}

/**
 * The path of something in a folder, looked at before it is opened: its real place lies in the real folder, or its links are
 * trusted. What is not there is given back as it is, for its reader to miss.
 *
 * @param path joined from the folder's path and plain names
 * @throws FormatError for a link that leads out of the folder, with the path of the link
 */
export async function memberPath(
  folder: string,
  path: string,
  { followLinks }: { readonly followLinks: FollowLinks },
): Promise<string> {
  if (followLinks === 'anywhere' || !(await leadsOut(folder, path))) return path;
  // the link may be a folder on the way
  let link = folder;
  for (const name of relative(folder, path).split(sep)) {
    link = join(link, name);
    if (await leadsOut(folder, link)) break;
  }
  const message = `${link} must lie in ${folder}, found a link that leads out of the folder: pass followLinks: 'anywhere' where its links are trusted`;
  throw new FormatError(message, { path: link });
}

/** Whether the real place of `path` lies outside the real folder. */
export async function leadsOut(folder: string, path: string): Promise<boolean> {
  const [root, real] = await Promise.all([realpath(folder), realpath(path)]).catch(() => [null, null]);
  if (root === null || real === null || real === root) return false;
  return !real.startsWith(root.endsWith(sep) ? root : root + sep);
}
