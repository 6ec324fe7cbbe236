/** Fixtures in memory and on disk. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Files } from './mutate.js';

/** Sorted, so that the same seed hits the same file everywhere. */
export function readFixture(path: string): Files {
  if (!statSync(path).isDirectory()) return new Map([['', readFileSync(path)]]);
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names.flatMap((name) => (statSync(join(path, name)).isFile() ? [[name, readFileSync(join(path, name))]] : [])),
  );
}

/** Writes a fixture into `folder` under its own name, in the place of what was there; gives the path of it. */
export function writeFixture(folder: string, fixture: string, files: Files): string {
  const path = join(folder, basename(fixture));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!files.has('')) mkdirSync(path, { recursive: true });
  for (const [name, bytes] of files) {
    const to = name === '' ? path : join(path, name);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
  return path;
}
