/** A batch in a folder: everything appears by a rename. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stat } from '../io/stat.js';
import { ClaimsFolder } from './claims-folder.js';
import type { OutputFile, Place } from './place.js';

/** Files read at a time. */
const atOnce = 32;

export class FolderPlace implements Place {
  readonly isRemote = false;

  private constructor(
    private readonly out: string,
    private readonly work: string,
  ) {}

  /** @throws the system's error where the folder cannot be made */
  static async open(out: string): Promise<FolderPlace> {
    const own = join(out, '.spikelab');
    const work = join(own, 'work');
    for (const folder of [work, join(own, 'records'), join(own, 'shares')]) await makeFolder(folder);
    return new FolderPlace(out, work);
  }

  read(name: string): Promise<string | null> {
    return readFile(join(this.out, name), 'utf8').catch(() => null);
  }

  async write(name: string, text: string, folder?: string): Promise<void> {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
    // of one name, so that what a kill left is written over
    const temporary = folder === undefined ? join(this.work, basename(name)) : join(folder, '.new');
    await writeFile(temporary, text);
    await rename(temporary, join(this.out, name));
  }

  async readAll(folder: string): Promise<Map<string, string>> {
    const names = (await readdir(join(this.out, folder))).sort();
    const found = new Map<string, string>();
    for (let at = 0; at < names.length; at += atOnce) {
      const some = names.slice(at, at + atOnce);
      const texts = await Promise.all(some.map((name) => this.read(join(folder, name))));
      for (const [i, text] of texts.entries()) if (text !== null) found.set(some[i], text);
    }
    return found;
  }

  /** In one write, so that lines of runners that append at the same moment do not mix. */
  async append(name: string, line: string): Promise<void> {
    const file = await open(join(this.out, name), 'a+');
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size) await file.read(last, 0, 1, size - 1);
      // a line that a killed runner left half must not swallow this one
      const start = size && last[0] !== 0x0a ? '\n' : '';
      await file.write(`${start}${line}\n`);
    } finally {
      await file.close();
    }
  }

  async has({ path, bytes }: OutputFile): Promise<boolean> {
    const found = await stat(join(this.out, path)).catch(() => undefined);
    return found !== undefined && (!found.isFile() || found.size === bytes);
  }

  async publish(folder: string, output: string): Promise<OutputFile[]> {
    const target = dirname(join(this.out, output));
    await mkdir(target, { recursive: true });
    const main = basename(output);
    // the output itself last: it is not seen without what belongs beside it
    const names = (await readdir(folder)).filter((name) => name !== main);
    const files: OutputFile[] = [];
    for (const name of [...names, main]) {
      const path = join(target, name);
      const found = await stat(join(folder, name));
      const old = await stat(path).catch(() => undefined);
      if (old?.isDirectory()) await rename(path, join(folder, `.old-${newToken()}`));
      await rename(join(folder, name), path);
      files.push({ path: join(dirname(output), name), bytes: found.size });
    }
    return files;
  }

  async staging(claim: string): Promise<string> {
    const folder = join(this.work, claim);
    await remove(folder);
    return folder;
  }

  async tidy(isOver: (claim: string) => boolean): Promise<void> {
    for (const name of await readdir(this.work)) if (isOver(name)) await remove(join(this.work, name));
  }

  claims(token: string): (text: string) => Promise<ClaimsFolder> {
    return (text) => ClaimsFolder.open(join(this.out, '.spikelab', 'claims'), token, text);
  }

  async close(): Promise<void> {}
}

/** mkdir -p. Node's own never ends where the folder is there and refuses one within with ENOENT, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    });
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}

const newToken = () => randomBytes(8).toString('hex');

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
