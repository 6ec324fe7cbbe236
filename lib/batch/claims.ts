/**
 * Who works on an item. A claim is a file that only one runner can make; it holds the name of that runner, who gives signs of life. A
 * claim whose runner is dead is never replaced, which two runners could do at once, but followed: by a claim of the next generation,
 * `<id>.2`, that again only one can make.
 */
import { processLives, thisProcess } from '../io/leftovers.js';

/** No two clocks differ by so much: a claim that old is not looked at twice. */
const longDeadMs = 3600_000;

export interface Claim {
  readonly id: string;
  readonly generation: number;
}

/** The files that claims are. */
export interface ClaimPlace {
  /** False where it is there already. Never seen by others without its text. */
  create(name: string, text: string): Promise<boolean>;
  read(name: string): Promise<string | null>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
  /** Something that changes with each sign of life of who made the claim, and when the last one was; null where the claim is gone. */
  lastSign(name: string, text: string): Promise<{ mark: string; atMs: number } | null>;
  /** A sign of life of the runner that holds these claims. */
  giveSign(names: readonly string[]): Promise<void>;
  /** Removes what tells of this runner, and of others that are dead. */
  close(): Promise<void>;
}

const nameOf = ({ id, generation }: Claim) => `${id}.${generation}`;

export class Claims {
  readonly #held = new Map<string, Claim>();
  /** Claims of other machines, and since when their sign of life is the same. */
  readonly #seen = new Map<string, { mark: string; since: number }>();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly place: ClaimPlace,
    /** The text of this runner's claims. */
    private readonly text: string,
    private readonly staleMs: number,
  ) {
    // four signs within the time after which others think this runner dead
    this.#timer = setInterval(() => void this.#signOfLife(), Math.max(50, staleMs / 4));
    this.#timer.unref();
  }

  static async open(place: (text: string) => Promise<ClaimPlace>, token: string, staleMs: number): Promise<Claims> {
    const text = `${await thisProcess()} ${token}\n`;
    return new Claims(await place(text), text, staleMs);
  }

  /** The claim, or null where a living runner has the item. */
  async take(id: string): Promise<Claim | null> {
    for (let generation = 1; ; generation++) {
      const claim = { id, generation };
      if (await this.place.create(nameOf(claim), this.text)) {
        this.#held.set(id, claim);
        return claim;
      }
      if (!(await this.#isStale(nameOf(claim)))) return null;
    }
  }

  /** False where others thought this runner dead (a machine that slept, a disk that hung) and one of them went on. */
  async holds(claim: Claim): Promise<boolean> {
    const mine = await this.place.read(nameOf(claim));
    const next = await this.place.read(nameOf({ ...claim, generation: claim.generation + 1 }));
    return mine === this.text && next === null;
  }

  /** Hands an item back that has no record: whoever comes next takes it. Earlier generations stay, or two could come next. */
  async release(claim: Claim): Promise<void> {
    this.#held.delete(claim.id);
    if ((await this.place.read(nameOf(claim))) === this.text) await this.place.remove(nameOf(claim));
  }

  /** Ends the claims on an item that has its record, which keeps everybody off. */
  async finish(claim: Claim): Promise<void> {
    await this.release(claim);
    for (let generation = claim.generation - 1; generation > 0; generation--)
      await this.place.remove(nameOf({ ...claim, generation }));
  }

  /** `<id>.<generation>` of each. */
  names(): Promise<string[]> {
    return this.place.names();
  }

  /** Removes claims of the dead on items that have their record, which keeps everybody off. */
  async tidy(isDone: (id: string) => boolean): Promise<void> {
    for (const name of await this.names()) {
      if (isDone(name.replace(/\.\d+$/, '')) && (await this.#isStale(name))) await this.place.remove(name);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const claim of [...this.#held.values()]) await this.release(claim);
    await this.place.close();
  }

  /** Of a claim that is gone by now too: the next look finds out. */
  async #isStale(name: string): Promise<boolean> {
    const text = await this.place.read(name);
    if (text === null || text === this.text) return false;
    const lives = await processLives(text.split(' ')[0]);
    if (lives !== undefined) return !lives;
    const found = await this.place.lastSign(name, text);
    if (!found) return false;
    if (Date.now() - found.atMs > Math.max(longDeadMs, this.staleMs)) return true;
    // clocks of machines differ: what counts is how long the sign of life stood still while this runner looked
    const seen = this.#seen.get(name);
    if (seen?.mark === found.mark) return performance.now() - seen.since > this.staleMs;
    this.#seen.set(name, { mark: found.mark, since: performance.now() });
    return false;
  }

  async #signOfLife(): Promise<void> {
    await this.place.giveSign([...this.#held.values()].map(nameOf)).catch(() => {});
  }
}
