/** Files beside a recording that say what it is. */
import { constants, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

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

const maxFound = 1000;

/** Paths of the files below a folder, at most `depth` folders down, whose names match; in order. */
export async function findFiles(folder: string, name: RegExp, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile() && name.test(entry.name)) found.push(path);
    else if (entry.isDirectory() && depth > 0) found.push(...(await findFiles(path, name, depth - 1)));
    if (found.length >= maxFound) break;
  }
  return found.slice(0, maxFound);
}
