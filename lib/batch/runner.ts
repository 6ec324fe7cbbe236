/** One runner of a batch: takes items that nobody has, does them in worker processes, and says what became of them. */

import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutSecrets } from '../core/report.js';
import type { Claim } from './claims.js';
import { classify, type Failure } from './classify.js';
import type { BatchResult, Work } from './contract.js';
import { type Identity, identityOf } from './identity.js';
import { Lanes, type Place, type Waiting } from './lanes.js';
import type { Outcome } from './messages.js';
import type { ResultsQueue } from './results-queue.js';
import type { Settings } from './settings.js';
import type { Store } from './store.js';
import { WorkerPool } from './worker-pool.js';

/** How often an item that another runner has is looked at. */
const busyPollMs = 300;
/** Before the second try; doubled for each further one. */
const firstRetryMs = 500;
const longestRetryMs = 60_000;
/** Items in hand beyond those that workers do: claimed and looked at before a worker is free, and committed while it does the next. */
const aheadPerWorker = 0.5;

export interface Watch {
  /** Share of an item that is done; 1 when it has ended. */
  progress(waiting: Waiting, share: number): void;
}

export class Runner {
  readonly #lanes: Lanes;
  readonly #workers: WorkerPool;
  #open: number;

  constructor(
    items: readonly Waiting[],
    private readonly jobs: number,
    private readonly settings: Settings,
    private readonly store: Store,
    private readonly signal: AbortSignal,
    private readonly results: ResultsQueue<BatchResult>,
    private readonly watch: Watch,
  ) {
    this.#lanes = new Lanes(items, { jobs, cores: settings.cores, memoryBytes: settings.memoryBytes });
    this.#open = items.length;
    this.#workers = new WorkerPool(Math.max(1, Math.min(jobs, items.length)));
  }

  /** Until every item has a result. Rejects with the signal's reason, and where the folder of the batch fails. */
  async run(): Promise<void> {
    const atOnce = this.jobs + Math.ceil(this.jobs * aheadPerWorker);
    const lanes = Array.from({ length: Math.max(1, Math.min(atOnce, this.#open)) }, () => this.#lane());
    try {
      await Promise.all(lanes);
    } finally {
      this.#workers.stop();
      await Promise.allSettled(lanes);
    }
  }

  async #lane(): Promise<void> {
    while (this.#open > 0) {
      this.signal.throwIfAborted();
      const place = this.#lanes.next(performance.now());
      if (!place) {
        await sleep(Math.min(busyPollMs, 50), undefined, { signal: this.signal }).catch(() => {});
        continue;
      }
      let result: BatchResult | null;
      try {
        result = await this.#item(place);
      } finally {
        this.#lanes.done(place);
      }
      if (result) {
        this.#open--;
        this.watch.progress(place.waiting, 1);
        this.results.push(result);
      } else this.#lanes.putBack({ ...place.waiting, notBefore: performance.now() + busyPollMs });
    }
  }

  /** Null where another runner has it. */
  async #item({ waiting, threads }: Place): Promise<BatchResult | null> {
    const { work } = waiting;
    const before = await this.#identity(work);
    const hash = 'hash' in before ? before.hash : null;
    const settled = await this.store.settled(work.id, hash);
    if (settled) return settled;
    const claim = await this.store.claims.take(work.id);
    if (!claim) return null;
    try {
      // whoever had it before may just have ended
      const since = await this.store.settled(work.id, hash);
      if (since) {
        await this.store.claims.finish(claim);
        return since;
      }
      const result = await this.#claimed(claim, waiting, before, threads);
      if (result) await this.store.claims.finish(claim);
      else await this.store.claims.release(claim);
      return result;
    } catch (error) {
      await this.store.claims.release(claim);
      throw error;
    }
  }

  async #claimed(
    claim: Claim,
    waiting: Waiting,
    before: Identity | Failure,
    threads: number,
  ): Promise<BatchResult | null> {
    const { work } = waiting;
    const folder = await this.store.staging(claim);
    let outcome: Outcome = failed(before);
    let identity = before;
    try {
      for (let tries = 0; ; tries++) {
        if (tries > 0) identity = await this.#identity(work);
        if ('hash' in identity) {
          const { isolate } = this.settings;
          const job = { kind: 'run' as const, work, folder, threads, isolate };
          outcome = await this.#workers.run(job, this.signal, (share) => this.watch.progress(waiting, share));
          const after = outcome.failure ? identity : await this.#identity(work);
          if ('hash' in after ? after.hash !== identity.hash : true) outcome = { ...outcome, failure: changed(work) };
        } else outcome = failed(identity);
        if (outcome.failure?.status !== 'temporary' || tries >= this.settings.retries) break;
        await rm(folder, { recursive: true, force: true });
        const wait = Math.max(firstRetryMs * 2 ** tries, outcome.failure.retryAfterMs ?? 0);
        await sleep(Math.min(wait, longestRetryMs) * (0.75 + Math.random() / 2), undefined, { signal: this.signal });
      }
      const result = resultOf(work, outcome);
      const hash = 'hash' in identity ? identity.hash : 'unknown';
      return (await this.store.commit(claim, work, hash, folder, result)) ? result : null;
    } catch (error) {
      if (this.signal.aborted) throw this.signal.reason;
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    }
  }

  #identity(work: Work): Promise<Identity | Failure> {
    return identityOf(work, this.signal).catch((error) => {
      this.signal.throwIfAborted();
      return classify(error);
    });
  }
}

const nothing = { units: 0, spikes: 0, seconds: 0, peakBytes: 0, warnings: [] };

const failed = (failure: Identity | Failure): Outcome => ({ ...nothing, failure: 'hash' in failure ? null : failure });

function changed({ source }: Work): Failure {
  const message = `${withoutSecrets(source)}: the source changed while it was read`;
  return { status: 'temporary', error: { code: 'ERR_SOURCE_CHANGED', message } };
}

function resultOf({ id, source, output }: Work, outcome: Outcome): BatchResult {
  const { units, spikes, seconds, peakBytes, warnings, failure } = outcome;
  return {
    id,
    source: withoutSecrets(source),
    status: failure?.status ?? 'done',
    output: failure ? null : output,
    units: failure ? 0 : units,
    spikes: failure ? 0 : spikes,
    seconds: Math.round(seconds * 1000) / 1000,
    peakBytes,
    error: failure?.error ?? null,
    warnings,
  };
}
