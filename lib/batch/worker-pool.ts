/** The worker processes of a batch: so many at most, each started when it is first needed. */
import type { Outcome } from './messages.js';
import { type Job, WorkerProcess } from './worker-process.js';

export class WorkerPool {
  readonly #all: WorkerProcess[] = [];
  /** The one that ended last is at the end: its memory is warm. */
  readonly #free: WorkerProcess[] = [];
  readonly #waiting: ((worker: WorkerProcess) => void)[] = [];

  constructor(private readonly most: number) {}

  /** As a worker does it, when one is free; jobs go in the order in which they came. Rejects with the signal's reason. */
  async run(job: Job, signal: AbortSignal, onProgress: (share: number) => void): Promise<Outcome> {
    const worker = await this.#take();
    try {
      return await worker.run(job, signal, onProgress);
    } finally {
      this.#give(worker);
    }
  }

  stop(): void {
    for (const worker of this.#all) worker.stop();
  }

  #take(): WorkerProcess | Promise<WorkerProcess> {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#all.length === this.most) return new Promise((resolve) => this.#waiting.push(resolve));
    const worker = new WorkerProcess();
    this.#all.push(worker);
    return worker;
  }

  #give(worker: WorkerProcess): void {
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#free.push(worker);
  }
}
