/** The option `isolate`, resolved. */

import { availableParallelism } from 'node:os';
import { integer, positive, text } from './checks.js';
import { OptionError } from './errors.js';
import { knownOptions, type OptionNames } from './known-options.js';

export interface IsolateOptions {
  /** Memory of the child, in bytes, beside what its runtime takes. Default 2 GiB. */
  memoryBytes?: number;
  /** From when a child is there for the load; of a recording, for each call. Default 60 000. */
  timeoutMs?: number;
  /** Children that load at once; further loads wait in order. Default: the number of CPUs. */
  maxChildren?: number;
  /** Recordings that are open in children of their own, besides; another one is an OptionError. Default 32. */
  maxRecordings?: number;
  /** Loads that one child serves before it is replaced; 1 gives each load a child of its own. Default 100. */
  loadsPerChild?: number;
  /**
   * A local source must lie in this folder, and the child sees nothing else of what is not the system's or this package's. Default: the
   * top folder of the file system in which the source lies. Children of one root serve no other.
   */
  root?: string;
}

export type IsolationSettings = Required<Omit<IsolateOptions, 'root'>> & Pick<IsolateOptions, 'root'>;

const names: OptionNames<IsolateOptions> = {
  memoryBytes: true,
  timeoutMs: true,
  maxChildren: true,
  maxRecordings: true,
  loadsPerChild: true,
  root: true,
};

/** @returns null where the load is not to be isolated. @throws OptionError */
export function resolveIsolation(isolate: unknown): IsolationSettings | null {
  if (isolate === undefined || isolate === null || isolate === false) return null;
  if (isolate !== true && (typeof isolate !== 'object' || Array.isArray(isolate))) {
    throw new OptionError('isolate', `true, false or { ${Object.keys(names).join(', ')} }`, isolate);
  }
  const asked: IsolateOptions = isolate === true ? {} : knownOptions(isolate, names, 'isolate', 'isolate');
  return {
    memoryBytes: positive(asked.memoryBytes ?? 2 ** 31, 'isolate.memoryBytes'),
    timeoutMs: positive(asked.timeoutMs ?? 60_000, 'isolate.timeoutMs'),
    maxChildren: integer(asked.maxChildren ?? availableParallelism(), 'isolate.maxChildren', 1, 4096),
    maxRecordings: integer(asked.maxRecordings ?? 32, 'isolate.maxRecordings', 0, 4096),
    loadsPerChild: integer(asked.loadsPerChild ?? 100, 'isolate.loadsPerChild', 1),
    root: asked.root === undefined ? undefined : text(asked.root, 'isolate.root'),
  };
}

const isolated = new WeakSet<object>();

/** Marks a recording whose reads are served by a child. */
export function markIsolated<T extends object>(recording: T): T {
  isolated.add(recording);
  return recording;
}

export function isIsolated(recording: object): boolean {
  return isolated.has(recording);
}
