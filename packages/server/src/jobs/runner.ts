/** Takes jobs from the queue and does them, some at once, each in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { ItemWorker } from 'spikelab/server';
import type { Settings } from '../core/settings.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Executed, Executor } from './execute.js';
import type { Job, Jobs } from './jobs.js';
import type { Queue } from './queue.js';
import type { Watch } from './watch.js';

/** How long a free place waits before it asks again; a job that came in here wakes it at once. */
const idleMs = 1000;
/** A failure that may pass is tried again, each time after twice the wait. */
const mostTries = 3;
const firstRetrySeconds = 2;
/** Between two writes of a job's progress. */
const progressMs = 1000;

interface Running {
  readonly job: Job;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class Runner {
  readonly #running = new Map<string, Running>();
  readonly #free: ItemWorker[] = [];
  readonly #env: NodeJS.ProcessEnv;
  #draining = false;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(
    readonly id: string,
    private readonly settings: Pick<Settings, 'jobs' | 'drain' | 'sources'>,
    private readonly parts: {
      readonly jobs: Jobs;
      readonly queue: Queue;
      readonly executor: Executor;
      readonly watch: Watch;
      readonly metrics: Metrics;
      readonly log: FastifyBaseLogger;
    },
  ) {
    this.#env = environment(settings.sources);
  }

  start(): void {
    if (this.settings.jobs > 0) this.#loop = this.#take();
  }

  /** There may be something to do. */
  wake(): void {
    this.#wake();
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Ends a job that was cancelled, or taken over by another process. */
  abort(id: string): void {
    this.#running.get(id)?.stop.abort(new DOMException('The job was cancelled', 'AbortError'));
  }

  /** Takes no more; those that run may end, or are handed back. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.wake();
    await this.#loop;
    const running = [...this.#running.values()];
    await Promise.race([
      Promise.all(running.map(({ ended }) => ended)),
      sleep(this.settings.drain, null, { ref: false }),
    ]);
    for (const { stop } of this.#running.values()) stop.abort(handingBack);
    await Promise.all(running.map(({ ended }) => ended));
    for (const worker of this.#free) worker.stop();
  }

  async #take(): Promise<void> {
    while (!this.#draining) {
      const places = this.settings.jobs - this.#running.size;
      const jobs = places > 0 ? await this.#next(places) : [];
      for (const job of jobs) this.#begin(job);
      if (!jobs.length) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        await Promise.race([woken, sleep(idleMs, undefined, { ref: false })]);
      }
    }
  }

  /** None where the database does not answer now. */
  #next(places: number): Promise<Job[]> {
    return this.parts.queue.take(places, this.id).catch((error) => {
      this.parts.log.error({ err: error }, 'queue');
      return [];
    });
  }

  #begin(job: Job): void {
    const { id } = job;
    const stop = new AbortController();
    const ended = this.#do(job, stop.signal)
      .catch((error) => this.parts.log.error({ err: error, job: id }, 'job'))
      .finally(() => {
        this.#running.delete(id);
        void this.parts.watch.look();
        this.wake();
      });
    this.#running.set(id, { job, stop, ended });
  }

  async #do(job: Job, signal: AbortSignal): Promise<void> {
    const { executor, metrics, log } = this.parts;
    const worker = this.#free.pop() ?? new ItemWorker(this.#env);
    const start = performance.now();
    let executed: Executed;
    try {
      executed = await executor.run(job, worker, signal, this.#reporter(job));
      this.#free.push(worker);
    } catch (error) {
      worker.stop();
      await executor.discard(job);
      // of a job that was cancelled, or that another process has, nothing comes back
      if (signal.aborted) return this.#handBack(job, 0);
      log.error({ err: error, job: job.id }, 'job');
      executed = faulty;
    }
    if (executed.mayPass && job.attempt < mostTries) {
      log.warn({ job: job.id, code: executed.outcome.problem?.code, attempt: job.attempt }, 'job is tried again');
      return this.#handBack(job, firstRetrySeconds * 2 ** (job.attempt - 1));
    }
    await this.#finish(job, executed, (performance.now() - start) / 1000);
    metrics.peak(executed.outcome.peakBytes);
  }

  async #finish(job: Job, { outcome, outputs }: Executed, seconds: number): Promise<void> {
    const { jobs, executor, metrics, log } = this.parts;
    if (await jobs.finish(job, outcome, outputs)) {
      // what is left of other attempts is in nobody's way
      await executor
        .clean(job.id, outcome.problem ? null : job.attempt)
        .catch((error) => log.warn({ err: error }, 'job'));
      const code = outcome.problem?.code ?? null;
      metrics.ended(job.operation, code, seconds);
      const { units, spikes, peakBytes } = outcome;
      log.info({ job: job.id, do: job.operation, code, seconds, units, spikes, peakBytes }, 'job ended');
    } else {
      // cancelled meanwhile, or another process has it
      await executor.discard(job);
    }
  }

  async #handBack(job: Job, afterSeconds: number): Promise<void> {
    const delivery = await this.parts.jobs.handBack(job);
    if (delivery) await this.parts.queue.send({ ...job, delivery }, afterSeconds);
  }

  #reporter(job: Job): (share: number) => void {
    let last = 0;
    return (share) => {
      const now = performance.now();
      if (now - last < progressMs) return;
      last = now;
      this.parts.jobs.progress(job, share).then(
        () => this.parts.watch.look(),
        () => {},
      );
    };
  }
}

const handingBack = new DOMException('The server stops', 'AbortError');

const faulty: Executed = {
  outcome: {
    ...{ units: 0, spikes: 0, seconds: 0, peakBytes: 0, warnings: [] },
    problem: { status: 500, code: 'ERR_INTERNAL', detail: 'The job failed by a fault of the server.' },
  },
  outputs: [],
  mayPass: false,
};

/** Of the processes that do jobs: the secrets of this one are not theirs; S3 needs its keys, where S3 may be read. */
function environment(sources: readonly string[]): NodeJS.ProcessEnv {
  const isRemote = sources.some((source) => /^(s3|https):/.test(source));
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(SPIKELAB_SERVER_|PG)/.test(name) && (isRemote || !/^AWS_/.test(name)),
  );
  return Object.fromEntries(kept);
}
