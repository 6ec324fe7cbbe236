/** What a batch will take, before it is done: headers of every item, and short runs on this machine of one item of each kind. */

import { type Calibration, calibrate } from './calibrate.js';
import type { BatchItem, BatchOptions } from './contract.js';
import { runtimeBytes } from './estimate.js';
import { type Header, headersOf } from './headers.js';
import { workOf } from './items.js';
import { defaultJobs } from './lanes.js';
import { settingsOf } from './settings.js';
import { shareOut } from './shards.js';

export interface PlannedItem {
  readonly id: string;
  readonly source: string;
  readonly channels: number;
  /** Of one channel; of sorted spikes their number is `spikes`. */
  readonly samples: number;
  readonly spikes: number;
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
  readonly error: { code: string; message: string } | null;
}

export interface BatchPlan {
  readonly items: readonly PlannedItem[];
  readonly total: {
    readonly items: number;
    /** Of all channels. */
    readonly samples: number;
    /** On the clock, with `jobs` items at once. */
    readonly seconds: number;
    /** Of all processes together, at the worst moment. */
    readonly memoryBytes: number;
    readonly outputBytes: number;
    readonly jobs: number;
    /** Items that cannot be read, or whose short runs failed. */
    readonly unreadable: number;
  };
}

/**
 * What `runBatch` with the same arguments will take, of the whole list also with `shard`. Reads headers only, but for the calibration:
 * short runs of items of each kind (operation, format, options), in as many processes at once as the batch will have. Nothing is
 * written into `out`.
 *
 * @returns items in the order given; one that cannot be read, or of a kind whose short runs failed, has its error and counts as nothing
 * @throws OptionError, AddonLoadError, the signal's reason
 */
export async function planBatch(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions,
): Promise<BatchPlan> {
  const settings = settingsOf(options, 'planBatch');
  const work = await workOf(items, settings);
  const headers = await headersOf(work, settings);
  const bytes = headers.map((header) => ('volume' in header ? header.bytes : 0));
  const jobs = Math.min(settings.jobs ?? defaultJobs(work, bytes, settings.cores), Math.max(1, work.length));
  const readable = work.flatMap((item, i) => {
    const header = headers[i];
    return 'volume' in header ? [{ work: item, header }] : [];
  });
  const kinds = await calibrate(readable, jobs, settings);
  const planned = work.map((item, i): PlannedItem => {
    const header = headers[i];
    const { id, source } = item;
    if (!('volume' in header)) return { ...nothing, id, source, error: header.error };
    const { channels, samples, spikes } = header;
    const error = kinds.failure(header.kind)?.error ?? null;
    return { id, source, channels, samples, spikes, error, ...predicted(header, kinds.get(header.kind)) };
  });
  return { items: planned, total: totalOf(planned, jobs, kinds.startSeconds) };
}

const nothing = { channels: 0, samples: 0, spikes: 0, seconds: 0, memoryBytes: 0, outputBytes: 0 };

/** A kind whose short runs failed counts as nothing in time, and as one runtime in memory. */
function predicted(size: Header, kind: Calibration | undefined) {
  if (!kind) return { seconds: 0, memoryBytes: runtimeBytes, outputBytes: 0 };
  return {
    seconds: kind.seconds(size),
    memoryBytes: Math.round(kind.memoryBytes(size)),
    outputBytes: Math.round(kind.outputBytes(size)),
  };
}

function totalOf(items: readonly PlannedItem[], jobs: number, startSeconds: number): BatchPlan['total'] {
  const seconds = items.map((item) => item.seconds);
  const lanes = new Array<number>(jobs).fill(0);
  shareOut(seconds, jobs).forEach((lane, i) => {
    lanes[lane] += seconds[i];
  });
  const sum = (key: 'outputBytes') => items.reduce((total, item) => total + item[key], 0);
  const largest = items.map(({ memoryBytes }) => memoryBytes).sort((a, b) => b - a);
  return {
    items: items.length,
    samples: items.reduce((total, { samples, channels }) => total + samples * channels, 0),
    seconds: startSeconds + Math.max(...lanes),
    // and the process that runs them
    memoryBytes: runtimeBytes + largest.slice(0, jobs).reduce((total, bytes) => total + bytes, 0),
    outputBytes: sum('outputBytes'),
    jobs,
    unreadable: items.filter(({ error }) => error !== null).length,
  };
}
