/** The queue: pg-boss keeps what waits, and until when. What becomes of a job is in its own row. */
import { setTimeout as sleep } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import type { Database } from '../database/contract.js';
import type { Job } from './jobs.js';

const name = 'jobs';
const mostStarts = 10;

export class Queue {
  #boss: PgBoss;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: Error) => void,
  ) {
    this.#boss = this.#made();
  }

  #made(): PgBoss {
    const { database, onError } = this;
    return new PgBoss({
      db: { executeSql: (text, values) => database.executeSql(text, values) as Promise<{ rows: never[] }> },
      schedule: false,
      // rows of the queue say nothing that the jobs' own do not
      archiveCompletedAfterSeconds: 60,
      archiveFailedAfterSeconds: 60,
      deleteAfterHours: 1,
      retentionDays: 60,
      retryLimit: 0,
    }).on('error', onError);
  }

  /** Of processes that start at the same moment one makes the tables; the others may see them half made, and look again. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#boss.start();
        return await this.#boss.createQueue(name);
      } catch (error) {
        const isRace = ['23505', '42P06', '42P07', '42710'].includes(String((error as { code?: unknown }).code));
        if (!isRace || tries === mostStarts) throw error;
        await sleep(200 * tries);
        // one that failed to start never starts
        this.#boss = this.#made();
      }
    }
  }

  async send({ id, delivery, priority }: Pick<Job, 'id' | 'delivery' | 'priority'>, afterSeconds = 0): Promise<void> {
    const options = { priority, ...(afterSeconds ? { startAfter: afterSeconds } : {}) };
    await this.#boss.send(name, { job: id }, { id: delivery ?? undefined, ...options });
  }

  /** The jobs that are next, for one process alone. */
  take(most: number, runner: string): Promise<Job[]> {
    return this.database.query('SELECT * FROM spikelab.take($1, $2, $3)', [name, most, runner]);
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false, wait: true });
  }
}
