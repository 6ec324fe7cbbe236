/** The options of a batch, checked. */
import { boolean, integer, positive, text } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames, pickOptions } from '../core/known-options.js';
import { s3OptionNames } from '../core/options.js';
import { withoutSecrets } from '../core/report.js';
import type { S3Options } from '../io/s3/client.js';
import { isS3Url, s3Location } from '../io/s3/url.js';
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
  ...s3OptionNames,
};

export interface Settings extends Pick<BatchOptions, 'signal' | 'onProgress'> {
  readonly out: string;
  /** Place and keys of `out` in S3. */
  readonly s3: S3Options;
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
export function settingsOf(options: BatchOptions, owner = 'runBatch'): Settings {
  const given = knownOptions(options, names, owner);
  const here = resources();
  const memoryBytes = positive(given.memoryBytes ?? usableShare * here.memoryBytes, 'memoryBytes');
  return {
    out: placeOf(given.out),
    s3: pickOptions(given, s3OptionNames as OptionNames<S3Options>),
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

function placeOf(out: unknown): string {
  const path = text(out, 'out').trim();
  if (isS3Url(path)) {
    const { bucket, key } = s3Location(path, 'out', { folder: true });
    return `s3://${bucket}/${key}`;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new OptionError('out', 'the path of a folder, or s3://bucket/prefix', withoutSecrets(path));
  }
  return text(out, 'out');
}

function checkShard(shard: unknown): readonly [number, number] {
  if (!Array.isArray(shard) || shard.length !== 2) {
    throw new OptionError('shard', '[index, count], with index from 0', shard);
  }
  const count = integer(shard[1], 'shard[1]', 1);
  return [integer(shard[0], 'shard[0]', 0, count - 1), count];
}
