/** Which item goes next, and with how many cores: the costly ones first, so that no core waits for a long last item. */
import type { Work } from './contract.js';
import { memoryFor } from './estimate.js';
import { isRemote } from './identity.js';

export interface Waiting {
  readonly work: Work;
  /** Of the source; 0 where it is not known. */
  readonly bytes: number;
  /** Not before this time of performance.now(): another runner has it. */
  readonly notBefore: number;
}

export interface Place {
  readonly waiting: Waiting;
  readonly threads: number;
  readonly memoryBytes: number;
}

export interface Capacity {
  readonly jobs: number;
  readonly cores: number;
  readonly memoryBytes: number;
}

export class Lanes {
  #queue: Waiting[];
  #running = 0;
  #memory = 0;
  /** Bytes of all items over cores: one above it would be the last to end, alone. */
  readonly #fairBytes: number;

  constructor(
    items: readonly Waiting[],
    private readonly capacity: Capacity,
  ) {
    // equal ones in the order of the list
    this.#queue = [...items].sort((a, b) => b.bytes - a.bytes);
    this.#fairBytes = items.reduce((sum, { bytes }) => sum + bytes, 0) / capacity.cores;
  }

  get left(): number {
    return this.#queue.length;
  }

  /** What a lane shall do now; null where it must wait for memory, or for another runner. */
  next(now: number): Place | null {
    const { jobs, cores, memoryBytes } = this.capacity;
    for (let i = 0; i < this.#queue.length; i++) {
      const waiting = this.#queue[i];
      if (waiting.notBefore > now) continue;
      const needed = memoryFor(waiting.work, waiting.bytes);
      // an item that never fits is done alone: it may need less than was thought
      if (this.#running > 0 && this.#memory + needed > memoryBytes) continue;
      this.#queue.splice(i, 1);
      this.#running++;
      this.#memory += needed;
      const fitting = Math.max(1, Math.floor(memoryBytes / needed));
      const side = Math.min(jobs, cores, fitting, this.#running + this.#queue.length);
      const wide = waiting.bytes > this.#fairBytes;
      return { waiting, threads: wide ? cores : Math.max(1, Math.floor(cores / side)), memoryBytes: needed };
    }
    return null;
  }

  done({ memoryBytes }: Place): void {
    this.#running--;
    this.#memory -= memoryBytes;
  }

  putBack(waiting: Waiting): void {
    this.#queue.push(waiting);
  }
}

/** Items below it wait for files and for their process about a fifth of their time. */
const smallBytes = 2 ** 25;
/** The start of one more process is worth it where each has so many items to do. */
const manyItems = 20;

/**
 * One item a core; a quarter more where most are small and many, so that a core has another while one waits; transfers wait for the
 * network more than they work.
 *
 * @param bytes of the source of each item; 0 where it is not known
 */
export function defaultJobs(work: readonly Work[], bytes: readonly number[], cores: number): number {
  if (work.length && work.every(({ source }) => isRemote(source))) return 2 * cores;
  const small = bytes.filter((size) => size > 0 && size < smallBytes).length;
  return small > work.length / 2 && work.length >= manyItems * cores ? cores + Math.ceil(cores / 4) : cores;
}
