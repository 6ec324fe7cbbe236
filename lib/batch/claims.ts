/**
 * Who works on an item. A claim is a file that only one runner can make; it holds the name of that runner, and its time of change is
 * the runner's last sign of life. A claim whose runner is dead is never replaced, which two runners could do at once, but followed: by
 * a claim of the next generation, `<id>.2`, that again only one can make.
 */
import { link, mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { processLives, thisProcess } from '../io/leftovers.js';

/** No two clocks differ by so much: a claim that old is not looked at twice. */
const longDeadMs = 3600_000;

export interface Claim {
  readonly id: string;
  readonly generation: number;
  readonly path: string;
}

export class Claims {
  readonly #held = new Map<string, Claim>();
  /** Claims of other machines, and since when their sign of life is the same. */
  readonly #seen = new Map<string, { mtimeMs: number; since: number }>();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly folder: string,
    /** A file with this runner's name, to which claims are links: so that a claim is never seen empty. */
    private readonly template: string,
    private readonly name: string,
    private readonly staleMs: number,
  ) {
    // four signs within the time after which others think this runner dead
    this.#timer = setInterval(() => void this.#signOfLife(), Math.max(50, staleMs / 4));
    this.#timer.unref();
  }

  static async open(folder: string, token: string, staleMs: number): Promise<Claims> {
    await mkdir(folder, { recursive: true });
    const template = join(folder, `.runner-${token}`);
    const name = `${await thisProcess()} ${token}\n`;
    const file = await open(template, 'wx');
    await file.writeFile(name);
    await file.close();
    return new Claims(folder, template, name, staleMs);
  }

  /** The claim, or null where a living runner has the item. */
  async take(id: string): Promise<Claim | null> {
    for (let generation = 1; ; generation++) {
      const claim = { id, generation, path: join(this.folder, `${id}.${generation}`) };
      if (await this.#make(claim.path)) {
        this.#held.set(id, claim);
        return claim;
      }
      if (!(await this.#isStale(claim.path))) return null;
    }
  }

  /** False where others thought this runner dead (a machine that slept, a disk that hung) and one of them went on. */
  async holds({ id, generation, path }: Claim): Promise<boolean> {
    const mine = await readFile(path, 'utf8').catch(() => '');
    const next = await stat(join(this.folder, `${id}.${generation + 1}`)).catch(() => undefined);
    return mine === this.name && next === undefined;
  }

  /** Hands an item back that has no record: whoever comes next takes it. Earlier generations stay, or two could come next. */
  async release({ id, path }: Claim): Promise<void> {
    this.#held.delete(id);
    if ((await readFile(path, 'utf8').catch(() => '')) === this.name) await rm(path, { force: true });
  }

  /** Ends the claims on an item that has its record, which keeps everybody off. */
  async finish(claim: Claim): Promise<void> {
    await this.release(claim);
    for (let older = claim.generation - 1; older > 0; older--)
      await rm(join(this.folder, `${claim.id}.${older}`), { force: true });
  }

  /** `<id>.<generation>` of each. */
  async names(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => !name.startsWith('.'));
  }

  /** Removes claims of the dead on items that have their record, which keeps everybody off. */
  async tidy(isDone: (id: string) => boolean): Promise<void> {
    for (const name of await this.names()) {
      const path = join(this.folder, name);
      if (isDone(name.replace(/\.\d+$/, '')) && (await this.#isStale(path))) await rm(path, { force: true });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const claim of [...this.#held.values()]) await this.release(claim);
    await rm(this.template, { force: true });
    await this.#removeTemplates();
  }

  async #make(path: string): Promise<boolean> {
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
      await file.writeFile(this.name);
      await file.close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Of a claim that is gone by now too: the next look finds out. */
  async #isStale(path: string): Promise<boolean> {
    const name = await readFile(path, 'utf8').catch(() => undefined);
    if (name === undefined) return false;
    if (name === this.name) return false;
    const lives = await processLives(name.split(' ')[0]);
    if (lives !== undefined) return !lives;
    const found = await stat(path).catch(() => undefined);
    if (!found) return false;
    const { mtimeMs } = found;
    if (Date.now() - mtimeMs > Math.max(longDeadMs, this.staleMs)) return true;
    // clocks of machines differ: what counts is how long the sign of life stood still while this runner looked
    const seen = this.#seen.get(path);
    if (seen?.mtimeMs === mtimeMs) return performance.now() - seen.since > this.staleMs;
    this.#seen.set(path, { mtimeMs, since: performance.now() });
    return false;
  }

  async #signOfLife(): Promise<void> {
    const now = new Date();
    for (const { path } of this.#held.values()) await utimes(path, now, now).catch(() => {});
  }

  /** What killed runners of this place left. */
  async #removeTemplates(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!name.startsWith('.runner-')) continue;
      const path = join(this.folder, name);
      const owner = await readFile(path, 'utf8').catch(() => '');
      if ((await processLives(owner.split(' ')[0])) === false) await rm(path, { force: true });
    }
  }
}
