/**
 * Where completed uploads and results lie: files by keys such as `results/<job>/<attempt>/result.json`. What lies there counts when a
 * row says so, and never changes after that.
 */
import type { Readable } from 'node:stream';
import { Problem } from '../core/problem.js';

export interface StoredFile {
  /** Within its folder. */
  readonly path: string;
  readonly bytes: number;
}

export interface Store {
  /** Whether it is elsewhere: then what is put there is copied, and a job has a copy of its own of what it reads. */
  readonly isRemote: boolean;
  /** Puts the files of a folder below a key: all of them are there when this returns. @throws Problem */
  put(folder: string, key: string, signal?: AbortSignal): Promise<void>;
  /** Bytes of a file, both ends included. @throws Problem before anything is sent */
  open(key: string, start: number, end: number): Promise<Readable>;
  /** A folder of this machine with the files below a key: `folder`, made and filled, or that in which they lie. @throws Problem */
  fetch(key: string, files: readonly StoredFile[], folder: string, signal?: AbortSignal): Promise<string>;
  /** Names directly below a key; of folders on this machine those to which nothing came for so long. */
  names(key: string, idleMs?: number): Promise<string[]>;
  /** Everything below a key. Where that fails it is left to the janitor, and the log says so. */
  remove(key: string): Promise<void>;
  close(): void;
}

/** Without the name of a bucket or a key: the log has these. */
export const storeFails = () =>
  new Problem(503, 'ERR_STORE', 'The store of uploads and results does not answer now; try again later.', {
    headers: { 'retry-after': '30' },
  });
