/** `runBatch`: many items, each once, whatever dies and is started again. */
import { native } from '../addon/binding.js';
import { SpikeLabError } from '../core/errors.js';
import type { Progress } from '../core/options.js';
import type { BatchItem, BatchOptions, BatchResult, Work } from './contract.js';
import { workOf } from './items.js';
import { defaultJobs, type Waiting } from './lanes.js';
import { openPlace } from './open-place.js';
import { ResultsQueue } from './results-queue.js';
import { Runner } from './runner.js';
import { type Settings, settingsOf } from './settings.js';
import { sharesOf } from './shard-file.js';
import { sizesOf } from './sizes.js';
import { Store } from './store.js';

/**
 * Does each item in a worker process, as many at once as cores and memory allow, and gives its result as it comes. Outputs are
 * `out/<id>.<ending>`, written whole or not at all; `out/results.jsonl` has one line an item. An item is skipped when its output and
 * the record of the same input, options and version are there, so that the same call goes on where a killed one ended. Runners on
 * one folder, also of several machines, share the items. A failure never ends the batch: its result says of what kind it is.
 *
 * Leaving the loop early, or the signal, stops the workers and hands their items back.
 *
 * @param items the whole list, also with `shard`; it is read to its end first
 * @returns results in the order in which they come: one for each item
 * @throws OptionError for options and items that are wrong, AddonLoadError, the signal's reason; where `out` fails SpikeLabError
 * (`ERR_WRITE`), in S3 NotFoundError for a missing bucket, RemoteError, UnsupportedError for a server without If-None-Match
 */
export function runBatch(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions,
): AsyncIterableIterator<BatchResult> {
  return runAll(items, settingsOf(options));
}

async function* runAll(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  settings: Settings,
): AsyncGenerator<BatchResult, void, undefined> {
  settings.signal?.throwIfAborted();
  // without the addon every item would fail
  native();
  const all = await workOf(items, settings);
  const stop = new AbortController();
  const signal = AbortSignal.any(settings.signal ? [settings.signal, stop.signal] : [stop.signal]);
  const store = await openStore(settings);
  const results = new ResultsQueue<BatchResult>();
  let running: Promise<void> | undefined;
  try {
    const mine = await ofShard(all, settings, store, signal);
    const sizes = await sizesOf(mine, signal);
    const waiting = mine.map((work): Waiting => ({ work, bytes: sizes.get(work) ?? 0, notBefore: 0 }));
    const bytes = waiting.map((item) => item.bytes);
    const jobs = settings.jobs ?? defaultJobs(mine, bytes, settings.cores);
    const watch = { progress: progressOf(waiting, settings.onProgress) };
    running = new Runner(waiting, jobs, settings, store, signal, results, watch).run();
    running.then(
      () => results.end(),
      (error) => results.end({ error }),
    );
    yield* results;
  } catch (error) {
    throw outError(error, settings);
  } finally {
    stop.abort(new DOMException('The batch was left', 'AbortError'));
    await running?.catch(() => {});
    await store.close();
  }
}

const openStore = async (settings: Settings): Promise<Store> =>
  openPlace(settings)
    .then((place) => Store.open(place, settings.staleMs))
    .catch((error) => {
      throw outError(error, settings);
    });

/** Errors of items are results; what the system says beside them, it says of the place where all goes. */
function outError(error: unknown, { out, signal }: Settings): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (signal?.aborted || error instanceof SpikeLabError || !/^E[A-Z0-9]+$/.test(String(code))) return error;
  return new SpikeLabError('ERR_WRITE', `out: ${out} could not be written: ${message}`, { cause: error });
}

async function ofShard(
  all: readonly Work[],
  { shard, isolate }: Settings,
  store: Store,
  signal: AbortSignal,
): Promise<readonly Work[]> {
  if (!shard) return all;
  const [index, count] = shard;
  const shares = await sharesOf(all, { store, count, isolate, signal });
  return all.filter((_, i) => shares[i] === index);
}

/** In bytes, which tell more of what is left than files, where every size is known. */
function progressOf(items: readonly Waiting[], onProgress: Settings['onProgress']) {
  const known = items.every(({ bytes }) => bytes > 0);
  const weight = ({ bytes }: Waiting) => (known ? bytes : 1);
  const total = items.reduce((sum, item) => sum + weight(item), 0);
  const unit: Progress['unit'] = known ? 'bytes' : 'files';
  const shares = new Map<Work, number>();
  let done = 0;
  return (item: Waiting, share: number) => {
    const before = shares.get(item.work) ?? 0;
    // a second try begins anew, but progress never goes back
    if (share < before) return;
    shares.set(item.work, share);
    done += (share - before) * weight(item);
    onProgress?.({ stage: 'batch', done: Math.round(done), total, unit });
  };
}
