/** Tells those who wait of every change of a job: at once where this process does it, else within half a second. */
import { isOpen, type Job, type Jobs } from './jobs.js';

type Listener = (job: Job) => void;

const pollMs = 500;

export class Watch {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #last = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(private readonly jobs: Jobs) {}

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns what ends it */
  add(id: string, listener: Listener): () => void {
    const all = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, all.add(listener));
    this.#timer ??= setInterval(() => void this.look(), pollMs);
    return () => {
      all.delete(listener);
      if (!all.size) {
        this.#listeners.delete(id);
        this.#last.delete(id);
      }
      if (!this.#listeners.size) this.stop();
    };
  }

  /** One question for all jobs that anybody waits for. */
  async look(): Promise<void> {
    if (this.#asking || !this.#listeners.size) return;
    this.#asking = true;
    try {
      for (const job of await this.jobs.states([...this.#listeners.keys()])) {
        const mark = `${job.state} ${job.attempt} ${job.progress}`;
        if (this.#last.get(job.id) === mark) continue;
        if (isOpen(job)) this.#last.set(job.id, mark);
        for (const listener of this.#listeners.get(job.id) ?? []) listener(job);
      }
    } catch {
      // the next look asks again
    } finally {
      this.#asking = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
