/** Locks of uploads that come by tus, as rows: of all processes on one data folder one request at a time writes to a file. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server';
import type { Database } from '../database/contract.js';

interface Times {
  /** A request that waits longer is refused. */
  readonly waitMs: number;
  /** A lock whose holder gives no sign for so long is anybody's. The holder itself ends after half of it. */
  readonly expiresMs: number;
  /** Between two signs, and two looks of one who waits. */
  readonly signMs: number;
}

const usual: Times = { waitMs: 30_000, expiresMs: 20_000, signMs: 500 };

export class TusLocks implements Locker {
  constructor(
    private readonly database: Database,
    private readonly times: Times = usual,
  ) {}

  newLock(id: string): Lock {
    return new TusLock(id, this.database, this.times);
  }
}

class TusLock implements Lock {
  readonly #holder = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #signedAt = 0;
  #isDone = false;

  constructor(
    private readonly id: string,
    private readonly database: Database,
    private readonly times: Times,
  ) {}

  /** Who has it is asked to end: a client that comes again has mostly lost its former connection. */
  async lock(signal: AbortSignal, release: RequestRelease): Promise<void> {
    const { waitMs, signMs } = this.times;
    const start = performance.now();
    while (!(await this.#take())) {
      if (signal.aborted || performance.now() - start > waitMs) throw ERRORS.ERR_LOCK_TIMEOUT;
      await sleep(signMs / 4);
    }
    this.#timer = setInterval(() => void this.#sign(release), signMs);
  }

  async #take(): Promise<boolean> {
    this.#signedAt = performance.now();
    const [row] = await this.database.query<{ mine: boolean }>(
      `INSERT INTO spikelab.locks AS held (id, holder, until) VALUES ($1, $2, now() + make_interval(secs => $3))
       ON CONFLICT (id) DO UPDATE SET wanted = held.until >= now(),
         holder = CASE WHEN held.until < now() THEN excluded.holder ELSE held.holder END,
         until = CASE WHEN held.until < now() THEN excluded.until ELSE held.until END
       RETURNING holder = $2 AS mine`,
      [this.id, this.#holder, this.times.expiresMs / 1000],
    );
    return row.mine;
  }

  async #sign(release: RequestRelease): Promise<void> {
    const { expiresMs } = this.times;
    // the database does not answer, or this process stood still: soon others may have the lock
    if (performance.now() - this.#signedAt > expiresMs / 2) await release();
    const now = performance.now();
    try {
      const [row] = await this.database.query<{ wanted: boolean }>(
        `UPDATE spikelab.locks SET until = now() + make_interval(secs => $3) WHERE id = $1 AND holder = $2 RETURNING wanted`,
        [this.id, this.#holder, expiresMs / 1000],
      );
      // given back meanwhile: what the request does then is nobody's to end
      if (this.#isDone) return;
      if (row) this.#signedAt = now;
      // none: it is another's by now
      if (row?.wanted !== false) await release();
    } catch {
      // the next sign may come through
    }
  }

  async unlock(): Promise<void> {
    this.#isDone = true;
    clearInterval(this.#timer);
    const sql = 'DELETE FROM spikelab.locks WHERE id = $1 AND holder = $2';
    // what was written is written; the lock expires by itself
    await this.database.query(sql, [this.id, this.#holder]).catch(() => []);
  }
}
