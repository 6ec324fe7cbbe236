/** Options that every loader takes, and the checks that every option goes through. */
import { OptionError } from './errors.js';
import type { Finding } from './report.js';

export interface Progress {
  stage: string;
  done: number;
  total: number | null;
  unit: 'bytes' | 'samples' | 'spikes' | 'units' | 'files';
}

/** What one load may use. All are totals for the load, in bytes or counts of decoded data. */
export interface Limits {
  maxFileBytes: number;
  maxArrayBytes: number;
  maxUnits: number;
  maxSpikes: number;
  maxDepth: number;
}

export const defaultLimits: Readonly<Limits> = {
  maxFileBytes: 2 ** 42,
  maxArrayBytes: 2 ** 36,
  maxUnits: 1_000_000,
  maxSpikes: 4_000_000_000,
  maxDepth: 100,
};

export interface LoadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Default: `process.emitWarning(message, { type: 'SpikeLabWarning', code })`. */
  onWarning?: (finding: Finding) => void;
  limits?: Partial<Limits>;
  /** Load in a child process with these limits: for files from strangers. A crash there is an error here. */
  isolate?: boolean | { memoryBytes?: number; timeoutMs?: number };
  /** For s3:// and https://…amazonaws.com sources; where absent, the AWS SDK's own chain of environment, profile, role. */
  awsAccessKeyId?: string;
  awsSecretAccessKey?: string;
  awsSessionToken?: string;
  regionName?: string;
  endpointUrl?: string;
  forcePathStyle?: boolean;
  anonymous?: boolean;
}

/** A local path, a file: URL, s3://bucket/key, or an https URL of an S3 object. */
export type Source = string | URL;
export type TimeUnit = 's' | 'ms' | 'samples';

export function resolveLimits(limits: unknown): Limits {
  if (limits === undefined || limits === null) return { ...defaultLimits };
  if (typeof limits !== 'object') throw new OptionError('limits', 'an object', limits);
  const out: Limits = { ...defaultLimits };
  for (const [key, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, key))
      throw new OptionError('limits', `made of ${Object.keys(defaultLimits).join(', ')}`, key);
    if (value === undefined) continue;
    out[key as keyof Limits] = nonNegative(value, `limits.${key}`);
  }
  return out;
}

/** A finite number. A boolean is not a number here, unlike in Python. */
export function finite(value: unknown, option: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new OptionError(option, 'a finite number', value);
  return value;
}

export function positive(value: unknown, option: string, hint?: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw new OptionError(option, 'a positive finite number', value, hint);
  }
  return value;
}

export function nonNegative(value: unknown, option: string): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0)
    throw new OptionError(option, 'a number of at least 0', value);
  return value;
}

export function integer(
  value: unknown,
  option: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    const range =
      min === Number.MIN_SAFE_INTEGER
        ? ''
        : max === Number.MAX_SAFE_INTEGER
          ? ` of at least ${min}`
          : ` from ${min} to ${max}`;
    throw new OptionError(option, `an integer${range}`, value);
  }
  return value;
}

export function oneOf<T extends string>(value: unknown, option: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T))
    throw new OptionError(option, `one of ${allowed.map((a) => `'${a}'`).join(', ')}`, value);
  return value as T;
}

export function boolean(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw new OptionError(option, 'true or false', value);
  return value;
}

export function text(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '') throw new OptionError(option, 'a non-empty string', value);
  return value;
}

export const timeUnits = ['s', 'ms', 'samples'] as const;
