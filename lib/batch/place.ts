/** Where a batch keeps outputs, records, results and claims: a folder, or a prefix of a bucket. Names in it have slashes. */
import type { ClaimPlace } from './claims.js';

export interface OutputFile {
  /** Its name in the place. */
  readonly path: string;
  readonly bytes: number;
}

export interface Place {
  /** Whether every question is a request over the network. */
  readonly isRemote: boolean;
  /** Null where nothing is there, or nothing that can be read. */
  read(name: string): Promise<string | null>;
  /**
   * Appears whole or not at all.
   *
   * @param folder on this machine, of the caller alone: what a kill leaves there goes with it. Without one, nobody else may write this
   *   file now
   */
  write(name: string, text: string, folder?: string): Promise<void>;
  /** Texts of all files right in a folder, by their names in it. */
  readAll(folder: string): Promise<Map<string, string>>;
  /** Adds a line to a file, also where others add to it at the same moment; nothing where the place cannot. */
  append(name: string, line: string): Promise<void>;
  /** Whether an output is there as it was written. */
  has(file: OutputFile): Promise<boolean>;
  /** Moves what lies in a folder of `staging` beside where `output` belongs, and that itself last. */
  publish(folder: string, output: string): Promise<OutputFile[]>;
  /** The path of an empty place on this machine for outputs that are being made under this claim: `<id>.<generation>`. */
  staging(claim: string): Promise<string>;
  /** Removes what killed runners left there of items that need nothing more. */
  tidy(isOver: (claim: string) => boolean): Promise<void>;
  claims(token: string): (text: string) => Promise<ClaimPlace>;
  close(): Promise<void>;
}
