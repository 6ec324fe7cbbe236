/** The frame that every loader runs in: options checked, report kept, sources made local, isolation, one way out. */
import { setMaxListeners } from 'node:events';
import { describe, OptionError } from '../errors.js';
import { type Limits, type LoadOptions, type Progress, resolveLimits, type Source } from '../options.js';
import type { ByteSource } from '../remote/byte-source.js';
import { localFolder, type SourceFolder } from '../remote/folder.js';
import { localFile, openBytes } from '../remote/source.js';
import { checkOnWarning, ReportBuilder } from '../report.js';
import { attachReport } from '../spike-data/reports.js';
import type { SpikeData } from '../spike-data.js';

/** What a loader gets besides its own arguments. */
export interface LoadContext {
  readonly report: ReportBuilder;
  readonly limits: Limits;
  readonly options: LoadOptions;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** The path of a regular local file with the source's bytes; a fetched copy is removed when the load ends. */
  localFile(source: Source, option?: string): Promise<string>;
  /** A folder whose files become local one by one, as they are asked for by plain name. */
  localFolder(source: Source, option?: string): Promise<SourceFolder>;
  /** Bytes by position, without fetching the whole of a remote source; closed when the load ends. */
  openBytes(source: Source, option?: string): Promise<ByteSource>;
  /** Runs when the load has ended, well or badly; last registered first. */
  onEnd(cleanUp: () => Promise<void> | void): void;
}

export interface Loader {
  /** The exported function's name: how an isolated child finds it again. */
  readonly name: string;
  readonly format: string;
}

/**
 * Runs one load. `args` are the positional arguments of the public function (the source first), `options` its options.
 */
export async function runLoader(
  loader: Loader,
  args: readonly unknown[],
  options: LoadOptions,
  load: (context: LoadContext) => Promise<SpikeData>,
): Promise<SpikeData> {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  if (options.isolate) {
    const { loadIsolated } = await import('./isolate.js');
    return loadIsolated(loader, args, options);
  }
  return withContext(loader, args[0], options, async (context) => {
    const sd = await context.report.time('total', () => load(context));
    return attachReport(sd, context.report);
  });
}

/** The same frame for what reads from sources without loading a SpikeData. */
export async function withContext<T>(
  { format }: Pick<Loader, 'format'>,
  source: unknown,
  options: LoadOptions,
  work: (context: LoadContext) => Promise<T>,
): Promise<T> {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const cleanUps: (() => Promise<void> | void)[] = [];
  // where one of several transfers fails the load ends while others still run: they stop, and clean up after themselves
  const ended = new AbortController();
  const signal = AbortSignal.any(options.signal ? [options.signal, ended.signal] : [ended.signal]);
  // every job and transfer of the load listens to it, many at a time
  setMaxListeners(0, signal);
  const context: LoadContext = {
    report: new ReportBuilder(format, source, checkOnWarning(options.onWarning)),
    limits: resolveLimits(options.limits),
    options,
    signal,
    onProgress: options.onProgress,
    localFile: (source, option = 'source') => localFile(source, option, context),
    localFolder: (source, option = 'folder') => localFolder(source, option, context),
    openBytes: (source, option = 'source') => openBytes(source, option, context),
    onEnd: (cleanUp) => {
      if (ended.signal.aborted) Promise.resolve(cleanUp()).catch(() => {});
      else cleanUps.push(cleanUp);
    },
  };
  try {
    return await work(context);
  } finally {
    ended.abort(new DOMException('The load has ended', 'AbortError'));
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

export function checkLoadOptions(options: unknown): asserts options is LoadOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError('options', 'an object', options);
  }
  const { signal, onProgress, isolate } = options as LoadOptions;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OptionError('signal', 'an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new OptionError('onProgress', 'a function', onProgress);
  }
  if (isolate !== undefined && typeof isolate !== 'boolean' && (typeof isolate !== 'object' || isolate === null)) {
    throw new OptionError('isolate', 'true, false or { memoryBytes, timeoutMs }', describe(isolate));
  }
}
