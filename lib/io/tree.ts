/** Folders of many files that lie elsewhere, each asked for by its name. */

/** A range of a file, from its end where `start` is negative. */
export interface TreeRange {
  start: number;
  length: number;
}

/** Keys are names joined by slashes, below the folder. */
export interface RemoteTree {
  /** For messages; never holds credentials or a query. */
  readonly name: string;
  /** A file of at most `most` bytes, or a range of it; undefined where there is none. */
  get(key: string, range: TreeRange | undefined, most: number): Promise<Uint8Array | undefined>;
  /** Names directly below a folder; undefined where nobody lists them. */
  list(folder: string): Promise<{ files: string[]; folders: string[] } | undefined>;
  /** Keys of all files below a folder, from it on. */
  all(folder: string): Promise<Set<string> | undefined>;
  close(): void;
}
