/** Single items for servers, which keep a list, claims and records of their own: each in a process that is kept for the next. */
import { basename } from 'node:path';
import type { BatchItem } from './contract.js';
import { endingOf, formatsOf, workOf } from './items.js';
import type { Outcome, WorkTerms } from './messages.js';
import { WorkerProcess } from './worker-process.js';

export interface ItemTerms extends WorkTerms {
  /** Made where it is missing. The outputs, and nothing else, are in it when the item ended well. */
  folder: string;
  signal: AbortSignal;
  /** Share of the work that is done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** A process that does one item after the other. */
export class ItemWorker {
  readonly #process: WorkerProcess;

  /** @param env of the process, and of the confined ones that read from the network */
  constructor(env?: NodeJS.ProcessEnv) {
    this.#process = new WorkerProcess(env);
  }

  /**
   * What became of it: a failure, also the death of the process, is part of the outcome.
   *
   * @throws OptionError for what is no item, the signal's reason
   */
  async run(item: BatchItem, { folder, signal, onProgress, ...terms }: ItemTerms): Promise<Outcome> {
    const [work] = await workOf([item]);
    const job = { kind: 'run' as const, work, folder, ...terms };
    return this.#process.run(job, signal, (share) => onProgress?.(share));
  }

  /** Ends the process, and an item with it. */
  stop(): void {
    this.#process.stop();
  }
}

/** The name of an item's main output in its folder. @throws OptionError for what is no item */
export async function outputOf(item: BatchItem): Promise<string> {
  const [{ output }] = await workOf([item]);
  return basename(output);
}

export { endingOf, formatsOf };
