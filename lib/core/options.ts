/** Options that every loader takes, and the checks that every option goes through. */

import { nonNegative } from './checks.js';
import type { Finding } from './findings.js';
import type { IsolateOptions } from './isolation.js';
import { knownOptions, type OptionNames } from './known-options.js';
import { defaultLimits, type Limits } from './limits.js';

export interface Progress {
  stage: string;
  done: number;
  total: number | null;
  unit: 'bytes' | 'samples' | 'spikes' | 'units' | 'files';
}

const limitNames: OptionNames<Limits> = {
  maxFileBytes: true,
  maxArrayBytes: true,
  maxUnits: true,
  maxSpikes: true,
  maxDepth: true,
};

export interface LoadOptions {
  /** Ends the load within milliseconds; it rejects with the signal's reason, and its temporary files are removed. */
  signal?: AbortSignal;
  /** Called as the work goes on. */
  onProgress?: (progress: Progress) => void;
  /** Default: `process.emitWarning(message, { type: 'SpikeLabWarning', code })`. */
  onWarning?: (finding: Finding) => void;
  /** An array to which every warning is added; then none becomes one of Node's own. */
  findings?: Finding[];
  /** What a file may make a load allocate. Those that are not given have their defaults. */
  limits?: Partial<Limits>;
  /** Load in a child process with these limits: for files from strangers. A crash there is an error here. */
  isolate?: boolean | IsolateOptions;
  /** For s3:// and https://…amazonaws.com sources; where absent, the AWS SDK's own chain of environment, profile, role. */
  awsAccessKeyId?: string;
  awsSecretAccessKey?: string;
  awsSessionToken?: string;
  regionName?: string;
  endpointUrl?: string;
  forcePathStyle?: boolean;
  anonymous?: boolean;
  /** Remote files: read by ranges where the server allows it (default), or downloaded first. */
  remote?: 'ranges' | 'download';
  /**
   * http(s) URLs and redirects to loopback, link-local and private addresses are refused unless true. An S3 `endpointUrl`
   * names its own host and is not held to it.
   */
  allowPrivateHosts?: boolean;
  /** Asked for a fresh URL when a signed one is refused (403) in the middle of a load. */
  refreshUrl?: (expired: URL) => Promise<string | URL>;
  /**
   * Links in folders: their target must lie inside the folder (default), or may lie anywhere (data managers' link trees).
   * Never 'anywhere' with `isolate`.
   */
  followLinks?: 'inside' | 'anywhere';
}

/** Credentials and place of S3, which exporters take as well. */
export const s3OptionNames = {
  awsAccessKeyId: true,
  awsSecretAccessKey: true,
  awsSessionToken: true,
  regionName: true,
  endpointUrl: true,
  forcePathStyle: true,
  anonymous: true,
} as const;

/** What every loader takes: spread into the table of each. */
export const loadOptionNames: OptionNames<LoadOptions> = {
  signal: true,
  onProgress: true,
  onWarning: true,
  findings: true,
  limits: true,
  isolate: true,
  ...s3OptionNames,
  remote: true,
  allowPrivateHosts: true,
  refreshUrl: true,
  followLinks: true,
};

/** A local path, a file: URL, s3://bucket/key, or an http(s) URL of a file; a folder of KiloSort's or phy's also as a .zip. */
export type Source = string | URL;
export type TimeUnit = 's' | 'ms' | 'samples';

export function resolveLimits(limits: Partial<Limits> | null | undefined): Limits {
  const given = knownOptions(limits, limitNames, 'the limits of a load', 'limits');
  const out: Limits = { ...defaultLimits };
  for (const [key, value] of Object.entries(given)) out[key as keyof Limits] = nonNegative(value, `limits.${key}`);
  return out;
}

export const timeUnits = ['s', 'ms', 'samples'] as const;
