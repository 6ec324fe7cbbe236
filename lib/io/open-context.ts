/** Makes the context that reading happens in, and ends it. */

import { setMaxListeners } from 'node:events';
import { boolean } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { resolveIsolation } from '../core/isolation.js';
import { type LoadOptions, resolveLimits } from '../core/options.js';
import { ReportBuilder } from '../core/report.js';
import type { SourceContext } from './context.js';
import { localFolder } from './folder.js';
import { resolveFollowLinks } from './members.js';
import { openRemote } from './ranges/open.js';
import { localFile, openBytes } from './source.js';

export interface OpenContext extends SourceContext {
  /** Stops transfers that still run, then runs what was registered with onEnd, the last first. Once; later calls wait for it. */
  close(): Promise<void>;
}

/** For options that went through `checkLoadOptions`. `format` and `source` are what the report says. */
export function openContext<Options extends LoadOptions>(
  format: string,
  source: unknown,
  options: Options,
): OpenContext & { readonly options: Options } {
  const cleanUps: (() => Promise<void> | void)[] = [];
  // where one of several transfers fails the work ends while others still run: they stop, and clean up after themselves
  const ended = new AbortController();
  const signal = AbortSignal.any(options.signal ? [options.signal, ended.signal] : [ended.signal]);
  // every job and transfer listens to it, many at a time
  setMaxListeners(0, signal);
  let closing: Promise<void> | undefined;
  const context: OpenContext & { readonly options: Options } = {
    report: new ReportBuilder(format, source, options.onWarning),
    limits: resolveLimits(options.limits),
    followLinks: resolveFollowLinks(options),
    options,
    signal,
    onProgress: options.onProgress,
    localFile: (from, option = 'source') => localFile(from, option, context),
    remoteFile: (from, option = 'source') => openRemote(from, option, context),
    localFolder: (from, option = 'folder') => localFolder(from, option, context),
    openBytes: (from, option = 'source') => openBytes(from, option, context),
    onEnd: (cleanUp) => {
      if (ended.signal.aborted) Promise.resolve(cleanUp()).catch(() => {});
      else cleanUps.push(cleanUp);
    },
    close: () => {
      closing ??= (async () => {
        ended.abort(new DOMException('The work with this source has ended', 'AbortError'));
        for (const cleanUp of cleanUps.reverse()) await cleanUp();
      })();
      return closing;
    },
  };
  return context;
}

export function checkLoadOptions(options: unknown): asserts options is LoadOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError('options', 'an object', options);
  }
  const { isolate } = options as LoadOptions;
  resolveIsolation(isolate);
  resolveFollowLinks(options as LoadOptions);
  const { allowPrivateHosts } = options as LoadOptions;
  if (allowPrivateHosts !== undefined) boolean(allowPrivateHosts, 'allowPrivateHosts');
}
