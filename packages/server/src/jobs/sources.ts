/** Sources that are no uploads: what the operator allowed, and nothing that only looks like it. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { Problem } from '../core/problem.js';

const refused = () => new Problem(403, 'ERR_SOURCE', 'This server does not read that source.');

/** Where a source is read from: remote, or a path from within a folder that the reader is held to. */
export interface Place {
  readonly source: string;
  readonly folder: string | null;
}

const isUrl = (text: string) => /^[a-z][a-z0-9+.-]*:/i.test(text);

/** @param prefixes of the operator. @throws Problem */
export async function allowedPlace(source: string, prefixes: readonly string[]): Promise<Place> {
  if (isUrl(source)) {
    if (!prefixes.some((prefix) => isUrl(prefix) && liesBelow(source, prefix))) throw refused();
    return { source, folder: null };
  }
  if (!isAbsolute(source) || source.includes('\0')) throw refused();
  for (const prefix of prefixes.filter((each) => !isUrl(each))) {
    const folder = await realpath(prefix).catch(() => null);
    const path = await realpath(source).catch(() => null);
    if (folder === null || path === null) continue;
    const inside = relative(folder, path);
    if (inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside))) {
      return { source: inside || '.', folder };
    }
  }
  throw refused();
}

/** Of one host or bucket, below the path of the prefix; no user, password, or dots that lead up. */
function liesBelow(source: string, prefix: string): boolean {
  try {
    const [url, start] = [new URL(source), new URL(prefix)];
    if (url.protocol !== start.protocol || url.host !== start.host || url.username || url.password) return false;
    if (!/^(s3|https):$/.test(url.protocol) || /%2e|%2f|%5c|\\/i.test(url.pathname)) return false;
    const folder = start.pathname.endsWith('/') ? start.pathname : `${start.pathname}/`;
    return url.pathname.startsWith(folder === '//' ? '/' : folder) || url.pathname === start.pathname;
  } catch {
    return false;
  }
}
