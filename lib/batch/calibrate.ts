/** Short runs on this machine that tell how long items of a kind take, what memory and what space. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from './classify.js';
import type { Work } from './contract.js';
import type { Header } from './headers.js';
import { FolderPlace } from './place-folder.js';
import type { Settings } from './settings.js';
import { Store } from './store.js';
import { WorkerProcess } from './worker-process.js';

type Size = Pick<Header, 'channels' | 'volume'>;

/** What an item takes: so much by itself, so much a channel, and so much a sample, as was measured. */
export interface Calibration {
  seconds(size: Size): number;
  memoryBytes(size: Size): number;
  outputBytes(size: Size): number;
}

export interface Calibrated {
  get(kind: string): Calibration | undefined;
  /** Why the runs of a kind failed: its items will too. */
  failure(kind: string): Failure | undefined;
  /** From the start of the batch until the first item is worked on. */
  readonly startSeconds: number;
}

export interface Sized {
  readonly work: Work;
  readonly header: Header;
}

interface Measured {
  volume: number;
  channels: number;
  seconds: number;
  memoryBytes: number;
  outputBytes: number;
}

/** Samples of all channels of the first short run of a long recording; more follow until one takes long enough to tell. */
const firstVolume = 2 ** 21;
const longerBy = 4;
/** A run of so long tells the time of a sample to some per cent. */
const enoughSeconds = 1;
/** Of items that are better not cut short. */
const mostBytes = 2 ** 26;
const hugeBytes = 2 ** 30;

export async function calibrate(items: readonly Sized[], jobs: number, settings: Settings): Promise<Calibrated> {
  const folder = await mkdtemp(join(tmpdir(), 'spikelab-plan-'));
  const signal = settings.signal ?? new AbortController().signal;
  const workers = Array.from({ length: jobs }, () => new WorkerProcess());
  const bench = new Bench(
    await Store.open(await FolderPlace.open(folder), settings.staleMs),
    folder,
    workers,
    settings,
    signal,
  );
  try {
    const kinds = new Map<string, Sized[]>();
    for (const item of items) kinds.set(item.header.kind, [...(kinds.get(item.header.kind) ?? []), item]);
    const lines = new Map<string, Calibration>();
    const failures = new Map<string, Failure>();
    let startSeconds = 0;
    for (const [kind, group] of kinds) {
      bench.failure = undefined;
      const sorted = [...group].sort((a, b) => a.header.volume - b.header.volume);
      // loads code and warms it up, which each worker of the batch does once too
      const warm = await bench.run(sorted[0], shortOf(sorted[0], firstVolume));
      const points = await bench.points(sorted);
      if (!points) {
        if (bench.failure) failures.set(kind, bench.failure);
        continue;
      }
      const found = fitted(points);
      lines.set(kind, found);
      if (warm) startSeconds = Math.max(startSeconds, warm.seconds - found.seconds(warm));
    }
    return { get: (kind) => lines.get(kind), failure: (kind) => failures.get(kind), startSeconds };
  } finally {
    for (const worker of workers) worker.stop();
    await bench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** How much of an item a short run does; undefined: all of it, of sorted spikes, what a confined child reads, and HDF5. */
function shortOf({ header }: Sized, volume: number): number | undefined {
  // one that takes minutes is cut all the same: its plan is of the slower way
  const cutting = header.cut === 'fairly' || (header.cut === 'slowly' && header.bytes > hugeBytes);
  if (!cutting) return undefined;
  const samples = Math.ceil(volume / header.channels);
  return samples < header.samples ? samples : undefined;
}

class Bench {
  #runs = 0;
  /** Of the last run that failed. */
  failure: Failure | undefined;

  constructor(
    private readonly store: Store,
    private readonly folder: string,
    private readonly workers: readonly WorkerProcess[],
    private readonly settings: Settings,
    private readonly signal: AbortSignal,
  ) {}

  /** A short and a longer run of the largest item, and a short one of the item with the fewest channels. */
  async points(sorted: readonly Sized[]): Promise<Points | null> {
    const narrow = sorted.reduce((a, b) => (b.header.channels < a.header.channels ? b : a));
    const largest = sorted[sorted.length - 1];
    const canCut = largest.header.cut === 'fairly';
    const fitting = canCut ? largest : (sorted.filter(({ header }) => header.bytes <= mostBytes).at(-1) ?? sorted[0]);
    const volume = Math.min(firstVolume, fitting.header.volume / 2);
    const { channels } = fitting.header;
    // of as many channels, so that only the samples differ
    const like = sorted.find((each) => each.header.channels === channels && each !== fitting);
    const least = canCut ? fitting : (like ?? sorted[0]);
    const short = await this.run(least, shortOf(least, volume));
    if (!short) return null;
    let long: Measured | null = null;
    for (let next = volume * longerBy; ; next *= longerBy) {
      const only = shortOf(fitting, next);
      long = (await this.run(fitting, only)) ?? long;
      if (only === undefined || !long || long.seconds - short.seconds > enoughSeconds) break;
    }
    const other =
      narrow.header.channels < fitting.header.channels ? await this.run(narrow, shortOf(narrow, volume)) : null;
    return { short, long: long ?? short, narrow: other ?? short };
  }

  /** On every worker at once, as in the batch, where they take memory bandwidth and cache from each other; the mean of all. */
  async run({ work, header }: Sized, only: number | undefined): Promise<Measured | null> {
    const all = await Promise.all(this.workers.map((worker) => this.#one(worker, work, only)));
    const good = all.filter((each) => each !== null);
    if (!good.length) return null;
    const mean = (key: keyof (typeof good)[number]) => good.reduce((sum, each) => sum + each[key], 0) / good.length;
    return {
      channels: header.channels,
      volume: only === undefined ? header.volume : only * header.channels,
      seconds: mean('seconds'),
      memoryBytes: mean('memoryBytes'),
      outputBytes: mean('outputBytes'),
    };
  }

  async #one(worker: WorkerProcess, work: Work, only: number | undefined) {
    const id = `run-${this.#runs++}`;
    const short = { ...work, id, output: join(id, work.output) };
    const start = performance.now();
    const claim = await this.store.claims.take(id);
    if (!claim) return null;
    const folder = await this.store.staging(claim);
    const side = Math.max(1, Math.floor(this.settings.cores / this.workers.length));
    const job = { kind: 'run' as const, work: short, folder, threads: side, isolate: this.settings.isolate, only };
    const { failure, peakBytes, ...counts } = await worker.run(job, this.signal, () => {});
    if (failure) {
      this.failure = failure;
      return null;
    }
    const result = { ...nothing, ...counts, id, source: '', output: short.output, peakBytes };
    await this.store.commit(claim, short, '', folder, result);
    await this.store.claims.finish(claim);
    await rm(folder, { recursive: true, force: true });
    const seconds = (performance.now() - start) / 1000;
    const files = (await this.store.records.read(id))?.files ?? [];
    await rm(join(this.folder, id), { recursive: true, force: true });
    return { seconds, memoryBytes: peakBytes, outputBytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

const nothing = { status: 'done' as const, error: null };

interface Points {
  short: Measured;
  long: Measured;
  narrow: Measured;
}

function fitted({ short, long, narrow }: Points): Calibration {
  const plane = (key: 'seconds' | 'memoryBytes' | 'outputBytes') => {
    const perSample = slope(long[key] - short[key], long.volume - short.volume);
    const alone = ({ volume, [key]: value }: Measured) => value - perSample * volume;
    const perChannel = slope(alone(short) - alone(narrow), short.channels - narrow.channels);
    const own = alone(short) - perChannel * short.channels;
    return ({ channels, volume }: Size) => Math.max(0, own + perChannel * channels + perSample * volume);
  };
  const memory = plane('memoryBytes');
  // memory that a run frees is not taken again at once: the least that was seen is the least to expect
  const least = Math.min(short.memoryBytes, long.memoryBytes, narrow.memoryBytes);
  return {
    seconds: plane('seconds'),
    outputBytes: plane('outputBytes'),
    memoryBytes: (size) => Math.max(least, memory(size)),
  };
}

/** Nothing takes less for being larger: where it seems so, it takes the same. */
const slope = (rise: number, run: number) => (run > 0 ? Math.max(0, rise / run) : 0);
