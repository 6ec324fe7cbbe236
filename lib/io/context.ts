/** What everything that reads from sources works in. */
import type { Limits } from '../core/limits.js';
import type { LoadOptions, Progress, Source } from '../core/options.js';
import type { ReportBuilder } from '../core/report.js';
import type { ByteSource } from './byte-source.js';
import type { FollowLinks } from './members.js';
import type { RemoteFile } from './ranges/remote-file.js';

/** What readers get besides their own arguments; made by `openContext`, and nowhere else. */
export interface SourceContext {
  readonly report: ReportBuilder;
  readonly limits: Limits;
  readonly options: LoadOptions;
  /** Whether links may lead out of folders: the rule of memberPath. */
  readonly followLinks: FollowLinks;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** The path of a regular local file with the source's bytes; a fetched copy is removed when the load ends. */
  localFile(source: Source, option?: string): Promise<string>;
  /** A remote file for reading by ranges; null where the source is to be had by `localFile`. */
  remoteFile(source: Source, option?: string): Promise<RemoteFile | null>;
  /** A folder whose files become local one by one, as they are asked for by plain name. */
  localFolder(source: Source, option?: string): Promise<SourceFolder>;
  /** Bytes by position, without fetching the whole of a remote source; closed when the load ends. */
  openBytes(source: Source, option?: string): Promise<ByteSource>;
  /** Runs when the load has ended, well or badly; last registered first. */
  onEnd(cleanUp: () => Promise<void> | void): void;
}

export interface SourceFolder {
  /** The path or URL that the user passed, without secrets: for messages and metadata. */
  readonly name: string;
  /** Names of the files that lie directly in it, sorted. */
  list(): Promise<string[]>;
  /** Whether a file of this name lies in it. `option` is what the name came from. */
  has(name: string, option?: string): Promise<boolean>;
  /** The local path of one of its files; NotFoundError (with `available`) where there is none. */
  file(name: string, option?: string): Promise<string>;
}
