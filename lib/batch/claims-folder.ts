/** Claims as files of a folder: links to one that names the runner, whose time of change is its last sign of life. */
import { link, mkdir, open, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { processLives } from '../io/leftovers.js';
import { stat } from '../io/stat.js';
import type { ClaimPlace } from './claims.js';

export class ClaimsFolder implements ClaimPlace {
  private constructor(
    private readonly folder: string,
    /** A file with this runner's name, to which claims are links: so that a claim is never seen empty. */
    private readonly template: string,
  ) {}

  static async open(folder: string, token: string, text: string): Promise<ClaimsFolder> {
    await mkdir(folder, { recursive: true });
    const template = join(folder, `.runner-${token}`);
    const file = await open(template, 'wx');
    await file.writeFile(text);
    await file.close();
    return new ClaimsFolder(folder, template);
  }

  async create(name: string, text: string): Promise<boolean> {
    const path = join(this.folder, name);
    try {
      await link(this.template, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      // file systems without links (some network shares), or with their number used up
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(String(code))) throw error;
    }
    try {
      const file = await open(path, 'wx');
      await file.writeFile(text);
      await file.close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  read(name: string): Promise<string | null> {
    return readFile(join(this.folder, name), 'utf8').catch(() => null);
  }

  remove(name: string): Promise<void> {
    return rm(join(this.folder, name), { force: true });
  }

  async names(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => !name.startsWith('.'));
  }

  async lastSign(name: string): Promise<{ mark: string; atMs: number } | null> {
    const found = await stat(join(this.folder, name)).catch(() => undefined);
    return found ? { mark: String(found.mtimeMs), atMs: found.mtimeMs } : null;
  }

  async giveSign(names: readonly string[]): Promise<void> {
    const now = new Date();
    for (const name of names) await utimes(join(this.folder, name), now, now).catch(() => {});
  }

  /** With what killed runners of this place left. */
  async close(): Promise<void> {
    await rm(this.template, { force: true });
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!name.startsWith('.runner-')) continue;
      const path = join(this.folder, name);
      const owner = await readFile(path, 'utf8').catch(() => '');
      if ((await processLives(owner.split(' ')[0])) === false) await rm(path, { force: true });
    }
  }
}
