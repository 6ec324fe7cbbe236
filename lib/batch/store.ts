/** A batch as every runner on it works through it: outputs, records, claims, and what is being made. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, Claims } from './claims.js';
import type { BatchResult, Work } from './contract.js';
import type { Place } from './place.js';
import { type Record, Records } from './records.js';

/** Another runner makes `results.jsonl` whole in well under a second, but for ten thousands of records on a slow share. */
const rebuildWaitMs = 120_000;
const rebuildPollMs = 50;
/** No id begins with a dot. */
const rebuildId = '.results';

export class Store {
  /** Tokens of the records of failures that were there at the start: of an earlier run, so that their items are tried again. */
  readonly #earlier = new Set<string>();
  /** Records of what was done at the start, where asking for each again is a request. */
  #known: ReadonlyMap<string, Record> = new Map();

  private constructor(
    readonly place: Place,
    readonly records: Records,
    readonly claims: Claims,
  ) {}

  /** @throws what the place throws where it cannot be written */
  static async open(place: Place, staleMs: number): Promise<Store> {
    const token = newToken();
    const claims = await Claims.open(place.claims(token), token, staleMs).catch(async (error) => {
      await place.close();
      throw error;
    });
    const store = new Store(place, new Records(place), claims);
    const found = await store.#rebuild();
    if (place.isRemote) store.#known = found;
    for (const { token: each, result } of found.values()) if (result.status !== 'done') store.#earlier.add(each);
    return store;
  }

  /** The result of an item that needs nothing more, or that another runner of now tried in vain; null where it is to be done. */
  async settled(id: string, hash: string | null): Promise<BatchResult | null> {
    const known = this.#known.get(id) ?? null;
    if (hash !== null && (await this.records.isDone(known, hash))) return skipped(known as Record);
    const record = await this.records.read(id);
    if (!record) return null;
    if (record.result.status !== 'done') return this.#earlier.has(record.token) ? null : record.result;
    const done = hash !== null && (await this.records.isDone(record, hash));
    return done ? skipped(record) : null;
  }

  /** A folder of this claim alone; what a dead runner began is removed. */
  async staging({ id, generation }: Claim): Promise<string> {
    for (let older = 1; older < generation; older++) await this.place.staging(`${id}.${older}`);
    return this.place.staging(`${id}.${generation}`);
  }

  /**
   * Moves outputs to their places, then says so: in this order, so that a record stands for outputs that are there.
   *
   * @returns false, with nothing said, where another runner has taken the item over
   */
  async commit(claim: Claim, work: Work, hash: string, folder: string, result: BatchResult): Promise<boolean> {
    if (!(await this.claims.holds(claim))) return false;
    const files = result.status === 'done' ? await this.place.publish(folder, work.output) : [];
    // an upload takes its time
    if (this.place.isRemote && !(await this.claims.holds(claim))) return false;
    await this.records.write({ id: work.id, token: newToken(), hash, files, result }, folder);
    await this.records.append(result);
    return true;
  }

  async close(): Promise<void> {
    const records = await this.#rebuild().catch(() => undefined);
    if (records) await this.#tidy(records);
    await this.claims.close();
    await this.place.close();
  }

  /** What runners left that were killed between the record of an item and the end of their claim: nobody takes it again. */
  async #tidy(records: ReadonlyMap<string, Record>): Promise<void> {
    const isDone = (id: string) => records.get(id)?.result.status === 'done';
    await this.claims.tidy(isDone);
    const claimed = new Set(await this.claims.names());
    await this.place.tidy((name) => {
      const [, id] = /^(.+)\.\d+$/s.exec(name) ?? [];
      return id !== undefined && isDone(id) && !claimed.has(name);
    });
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

const skipped = ({ result }: Record): BatchResult => ({ ...result, status: 'skipped' });
