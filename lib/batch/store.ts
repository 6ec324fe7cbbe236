/** The folder of a batch: outputs, records, claims, and what is being made. Every runner on it works through this. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, Claims } from './claims.js';
import type { BatchResult, Work } from './contract.js';
import { type Record, Records } from './records.js';

/** Another runner makes `results.jsonl` whole in well under a second, but for ten thousands of records on a slow share. */
const rebuildWaitMs = 120_000;
const rebuildPollMs = 50;
/** No id begins with a dot. */
const rebuildId = '.results';

export class Store {
  /** Tokens of the records of failures that were there at the start: of an earlier run, so that their items are tried again. */
  readonly #earlier = new Set<string>();

  private constructor(
    private readonly out: string,
    private readonly work: string,
    readonly records: Records,
    readonly claims: Claims,
  ) {}

  /** @throws the system's error where the folder cannot be made */
  static async open(out: string, staleMs: number): Promise<Store> {
    const own = join(out, '.spikelab');
    const work = join(own, 'work');
    await mkdir(work, { recursive: true });
    const token = randomBytes(8).toString('hex');
    const records = new Records(out, work);
    await records.open();
    const store = new Store(out, work, records, await Claims.open(join(own, 'claims'), token, staleMs));
    for (const { token: each, result } of (await store.#rebuild()).values()) {
      if (result.status !== 'done') store.#earlier.add(each);
    }
    return store;
  }

  /** The result of an item that needs nothing more, or that another runner of now tried in vain; null where it is to be done. */
  async settled(id: string, hash: string | null): Promise<BatchResult | null> {
    const record = await this.records.read(id);
    if (!record) return null;
    if (record.result.status !== 'done') return this.#earlier.has(record.token) ? null : record.result;
    const done = hash !== null && (await this.records.isDone(record, hash));
    return done ? { ...record.result, status: 'skipped' } : null;
  }

  /** A folder of this claim alone; what a dead runner began is removed. */
  async staging({ id, generation }: Claim): Promise<string> {
    for (let older = generation - 1; older > 0; older--) await remove(join(this.work, `${id}.${older}`));
    const folder = join(this.work, `${id}.${generation}`);
    await remove(folder);
    return folder;
  }

  /**
   * Moves outputs to their places, then says so: in this order, so that a record stands for outputs that are there.
   *
   * @returns false, with nothing said, where another runner has taken the item over
   */
  async commit(claim: Claim, work: Work, hash: string, folder: string, result: BatchResult): Promise<boolean> {
    if (!(await this.claims.holds(claim))) return false;
    const files = result.status === 'done' ? await this.#move(folder, work) : [];
    await this.#say({ id: work.id, token: newToken(), hash, files, result }, folder);
    return true;
  }

  async #say(record: Record, folder: string): Promise<void> {
    await this.records.write(record, folder);
    await this.records.append(record.result);
  }

  async #move(folder: string, { output }: Work): Promise<Record['files']> {
    const target = dirname(join(this.out, output));
    await mkdir(target, { recursive: true });
    const main = basename(output);
    // the output itself last: it is not seen without what belongs beside it
    const names = (await readdir(folder)).filter((name) => name !== main);
    const files: { path: string; bytes: number }[] = [];
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

  async close(): Promise<void> {
    const records = await this.#rebuild().catch(() => undefined);
    if (records) await this.#tidy(records);
    await this.claims.close();
  }

  /** What runners left that were killed between the record of an item and the end of their claim: nobody takes it again. */
  async #tidy(records: ReadonlyMap<string, Record>): Promise<void> {
    const isDone = (id: string) => records.get(id)?.result.status === 'done';
    await this.claims.tidy(isDone);
    const claimed = new Set(await this.claims.names());
    for (const name of await readdir(this.work)) {
      const [, id] = /^(.+)\.\d+$/s.exec(name) ?? [];
      if (id !== undefined && isDone(id) && !claimed.has(name)) await remove(join(this.work, name));
    }
  }

  /** One runner at a time: the later one sees the records of all before it. */
  async #rebuild(): Promise<Map<string, Record>> {
    const until = performance.now() + rebuildWaitMs;
    for (;;) {
      const claim = await this.claims.take(rebuildId);
      if (claim) {
        try {
          const records = await this.records.all();
          await this.records.rebuild(records);
          return records;
        } finally {
          await this.claims.release(claim);
        }
      }
      if (performance.now() > until) return this.records.all();
      await sleep(rebuildPollMs);
    }
  }
}

const newToken = () => randomBytes(8).toString('hex');

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
