/** The options of a batch, checked. */
import { boolean, integer, positive, text } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import type { BatchOptions } from './contract.js';
import { resources } from './resources.js';

const names: OptionNames<BatchOptions> = {
  out: true,
  jobs: true,
  memoryBytes: true,
  shard: true,
  isolate: true,
  retries: true,
  staleMs: true,
  signal: true,
  onProgress: true,
};

export interface Settings extends Pick<BatchOptions, 'signal' | 'onProgress'> {
  readonly out: string;
  /** Undefined: by what the items are. */
  readonly jobs: number | undefined;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly shard: readonly [index: number, count: number] | undefined;
  readonly isolate: boolean;
  readonly retries: number;
  readonly staleMs: number;
}

/** What is left to the system and to the process itself. */
const usableShare = 0.8;

/** @throws OptionError */
export function settingsOf(options: BatchOptions): Settings {
  const given = knownOptions(options, names, 'runBatch');
  const here = resources();
  const memoryBytes = positive(given.memoryBytes ?? usableShare * here.memoryBytes, 'memoryBytes');
  return {
    out: folderOf(given.out),
    jobs: given.jobs === undefined ? undefined : integer(given.jobs, 'jobs', 1, 1024),
    cores: here.cores,
    memoryBytes,
    shard: given.shard === undefined ? undefined : checkShard(given.shard),
    isolate: boolean(given.isolate ?? false, 'isolate'),
    retries: integer(given.retries ?? 2, 'retries', 0, 100),
    staleMs: positive(given.staleMs ?? 60_000, 'staleMs'),
    signal: given.signal,
    onProgress: given.onProgress,
  };
}

function folderOf(out: unknown): string {
  const path = text(out, 'out');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    const hint = 'Mount the bucket, or copy the folder there afterwards: claims and records need a file system.';
    throw new OptionError('out', 'the path of a folder', path, hint);
  }
  return path;
}

function checkShard(shard: unknown): readonly [number, number] {
  if (!Array.isArray(shard) || shard.length !== 2) {
    throw new OptionError('shard', '[index, count], with index from 0', shard);
  }
  const count = integer(shard[1], 'shard[1]', 1);
  return [integer(shard[0], 'shard[0]', 0, count - 1), count];
}
