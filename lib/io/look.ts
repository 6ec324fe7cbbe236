/** Files beside a recording that say what it is. */
import { constants, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { leadsOut } from './members.js';
import { stat } from './stat.js';

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** Some bytes of a regular file as latin1 text; '' where there is none. */
export async function firstBytes(path: string, position: number, length: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  try {
    if (!file || !(await file.stat()).isFile()) return '';
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.toString('latin1', 0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** Files that are listed: more are no one recording, and each takes a look. */
const maxFound = 1000;

/**
 * Paths of the files below a folder, at most `depth` folders down, whose names match; in order. Links to files are among them,
 * wherever they lead: who opens one asks memberPath. Links to folders are gone into where they stay in the folder.
 */
export async function findFiles(folder: string, name: RegExp, depth: number, root = folder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    if (kind?.isFile() && name.test(entry.name)) found.push(path);
    else if (kind?.isDirectory() && depth > 0 && (kind === entry || !(await leadsOut(root, path)))) {
      found.push(...(await findFiles(path, name, depth - 1, root)));
    }
    if (found.length >= maxFound) break;
  }
  return found.slice(0, maxFound);
}
