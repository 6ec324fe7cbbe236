/** The store in the data folder, on this machine or a file system that all processes share. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Problem } from '../core/problem.js';
import type { Store, StoredFile } from './store.js';

export class FolderStore implements Store {
  readonly isRemote = false;

  constructor(private readonly root: string) {}

  /** Moves it as a whole; an upload lies in its place already. */
  async put(folder: string, key: string): Promise<void> {
    const place = join(this.root, key);
    if (folder === place) return;
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    await rename(folder, place);
  }

  async open(key: string, start: number, end: number): Promise<Readable> {
    return createReadStream(join(this.root, key), { start, end });
  }

  async fetch(key: string, _files: readonly StoredFile[]): Promise<string> {
    const place = join(this.root, key);
    await stat(place).catch(() => {
      throw new Problem(404, 'ERR_NOT_FOUND', 'The upload is gone.');
    });
    return place;
  }

  async names(key: string, idleMs = 0): Promise<string[]> {
    const folder = join(this.root, key);
    const names = await readdir(folder).catch(() => []);
    if (idleMs === 0) return names;
    const idle: string[] = [];
    for (const name of names) {
      const found = await stat(join(folder, name)).catch(() => null);
      if (found && Date.now() - found.mtimeMs > idleMs) idle.push(name);
    }
    return idle;
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.root, key), { recursive: true, force: true, maxRetries: 3 });
    // results/<job> goes with its last attempt
    if (key.split('/').length > 2) await rmdir(dirname(join(this.root, key))).catch(() => {});
  }

  close(): void {}
}
