/** Signs of life, jobs of dead processes, and what is old or was left: every process looks after all. */
import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Settings } from '../core/settings.js';
import type { Database } from '../database/contract.js';
import { FolderStore } from '../uploads/folder-store.js';
import type { Store } from '../uploads/store.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Executor } from './execute.js';
import type { Jobs } from './jobs.js';
import type { Queue } from './queue.js';
import type { Runner } from './runner.js';

/** Old things go within this time after their time. */
const tidyMs = 300_000;
/** What has no row may just be getting one. */
const youngMs = 600_000;
/** Between two looks at all that lies in a store elsewhere. */
const sweepMs = 3600_000;
/** An upload to which nothing came for so long was left. */
const leftMs = 3600_000;
/** Rows removed in one go. */
const most = 500;

interface Parts {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly queue: Queue;
  readonly executor: Executor;
  readonly uploads: Uploads;
  readonly store: Store;
  readonly runner: Runner;
  readonly log: FastifyBaseLogger;
}

export class Janitor {
  readonly #timers: NodeJS.Timeout[] = [];
  #working: Promise<unknown> = Promise.resolve();

  readonly #here: FolderStore;

  constructor(
    private readonly settings: Pick<Settings, 'data' | 'stale' | 'uploadsFor' | 'resultsFor'>,
    private readonly parts: Parts,
  ) {
    this.#here = new FolderStore(settings.data);
  }

  async start(): Promise<void> {
    await this.beat();
    const every = (ms: number, work: () => Promise<unknown>) => {
      const step = () => {
        this.#working = this.#working.then(work).catch((error) => this.parts.log.error(error, 'looking after jobs'));
      };
      this.#timers.push(setInterval(step, ms).unref());
    };
    every(Math.min(5000, this.settings.stale / 4), () => this.beat());
    every(1000, () => this.cancelled());
    every(Math.min(5000, this.settings.stale / 2), () => this.reclaim());
    every(tidyMs, () => this.tidy());
    every(this.parts.store.isRemote ? sweepMs : tidyMs, () => this.sweep());
    void this.tidy()
      .then(() => this.sweep())
      .catch((error) => this.parts.log.error(error, 'looking after jobs'));
  }

  async beat(): Promise<void> {
    const { database, runner } = this.parts;
    await database.query(`INSERT INTO spikelab.runners (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET beat = now()`, [
      runner.id,
    ]);
  }

  /** Jobs that run here and should not: cancelled through another process, or taken over since this one seemed dead. */
  async cancelled(): Promise<void> {
    const { jobs, runner } = this.parts;
    // one list for both: a job that begins meanwhile is in no answer
    const asked = runner.running;
    if (!asked.length) return;
    const rows = await jobs.states(asked);
    const mine = new Set(rows.filter((job) => job.state === 'active' && job.runner === runner.id).map(({ id }) => id));
    for (const id of asked) if (!mine.has(id)) runner.abort(id);
  }

  async reclaim(): Promise<void> {
    const { jobs, queue, log, runner } = this.parts;
    const { stale } = this.settings;
    for (const job of await jobs.reclaim(stale)) {
      log.warn({ job: job.id, attempt: job.attempt, state: job.state }, 'the process that did a job is dead');
      await this.parts.executor.clear(job);
      if (job.state === 'queued') await queue.send(job);
      runner.wake();
    }
    for (const job of await jobs.undelivered(3 * stale)) await queue.send(job);
  }

  async tidy(): Promise<void> {
    const { database, executor, uploads } = this.parts;
    const { uploadsFor, resultsFor, stale } = this.settings;
    await database.query(`DELETE FROM spikelab.runners WHERE beat < now() - make_interval(secs => $1)`, [
      (10 * stale) / 1000 + 60,
    ]);
    await database.query(`DELETE FROM spikelab.locks WHERE until < now() - interval '1 hour'`);
    const jobs = await database.query<{ id: string }>(
      `DELETE FROM spikelab.jobs WHERE id IN (SELECT id FROM spikelab.jobs
         WHERE ended < now() - make_interval(secs => $1) LIMIT ${most}) RETURNING id`,
      [resultsFor / 1000],
    );
    for (const { id } of jobs) await executor.clean(id, null);
    const old = await database.query<{ id: string }>(
      `SELECT id FROM spikelab.uploads WHERE (state = 'ready' AND used < now() - make_interval(secs => $1))
         OR (state <> 'ready' AND used < now() - make_interval(secs => $2)) LIMIT ${most}`,
      [uploadsFor / 1000, leftMs / 1000],
    );
    for (const { id } of old) await uploads.remove(id);
    // a job's row is there before its folder, and says that it has ended after the folder is gone
    const running = `SELECT id || '.' || attempt AS id FROM spikelab.jobs WHERE state = 'active'`;
    await this.#removeUnknown(this.#here, 'work', running, 0);
    // those that came whole lie in the store
    const coming = this.parts.store.isRemote ? ` WHERE state <> 'ready'` : '';
    await this.#removeUnknown(this.#here, 'uploads', `SELECT id FROM spikelab.uploads${coming}`, youngMs);
  }

  /** What lies in the store without a row: of a process that died before it could remove it. */
  async sweep(): Promise<void> {
    const { store } = this.parts;
    await this.#removeUnknown(store, 'results', 'SELECT id FROM spikelab.jobs', youngMs);
    if (store.isRemote) await this.#removeUnknown(store, 'uploads', 'SELECT id FROM spikelab.uploads', youngMs);
  }

  async #removeUnknown(store: Store, kind: string, sql: string, idleMs: number): Promise<void> {
    const names = await store.names(kind, idleMs);
    if (!names.length) return;
    const known = new Set((await this.parts.database.query<{ id: string }>(sql)).map(({ id }) => id));
    for (const name of names) {
      // <id>, <id>.<attempt>, <id>.<attempt>.input; what is called otherwise is none of ours
      const [, mine] = /^([0-9a-f-]{36}(?:\.\d+)?)(?:\.input)?$/.exec(name) ?? [];
      if (mine !== undefined && !known.has(mine)) await store.remove(`${kind}/${name}`).catch(() => {});
    }
  }

  /** Others need not wait to know that this process is gone. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#working;
    await this.parts.database.query('DELETE FROM spikelab.runners WHERE id = $1', [this.parts.runner.id]);
  }
}

export const newRunnerId = () => randomUUID();
