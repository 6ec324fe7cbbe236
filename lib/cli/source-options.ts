/** Options of the commands that read sorted spikes, and the load they describe. */
import { lstatSync } from 'node:fs';
import type { Command } from 'commander';
import { chooseFormat, load, onlySorting, optionsFor, withTold } from '../api/format-choice.js';
import { NotFoundError } from '../core/errors.js';
import { fileLoaders, type NamedLoader } from '../formats/table.js';
import { identify } from '../index.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import { keyValue } from './key-values.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';
import { watched } from './loading.js';
import { positiveNumber } from './numbers.js';
import { type ReadingFlags, readingOptions } from './reading-options.js';

export interface SourceFlags extends ReadingFlags {
  from?: string;
  fs?: number;
  fsHz?: number;
  load?: Record<string, unknown>;
}

const loaderOptions = [...new Set(fileLoaders.flatMap(({ options }) => options))];

export function addSourceOptions(command: Command): Command {
  command
    .optionsGroup('Source:')
    .option('--from <format>', 'what the source is (default: by its content)')
    .option('--fs <hz>', 'samples per second, for formats that count samples', positiveNumber)
    .option('--load <key=value>', 'an option of the source (spikelab options FORMAT)', keyValue);
  return addLibraryFlags(command, ['fsHz', 'samplingFrequency', ...loaderOptions]);
}

/** Whether an option is given that only a load can use. */
export function asksToLoad(flags: SourceFlags): boolean {
  const given = givenOptions(flags, ['from', 'fs', 'fsHz', 'samplingFrequency', 'load', ...loaderOptions]);
  return Object.keys(given).length > 0;
}

/** @throws NotFoundError */
export function requireSource(source: string): void {
  if (source.includes('://') || lstatSync(source, { throwIfNoEntry: false })) return;
  throw new NotFoundError(`there is no file or folder ${source}`, { path: source });
}

export async function loadSource(
  source: string,
  flags: SourceFlags,
  signal: AbortSignal,
): Promise<{ sd: SpikeData; format: NamedLoader; path: string }> {
  requireSource(source);
  const remote = source.includes('://');
  const reading = readingOptions(flags);
  // of remote sources only the name is looked at: they are fetched once, by the load
  const told = remote
    ? undefined
    : await onlySorting(source, flags.from, await identify(source, { ...reading, signal }));
  const format = told?.format ?? chooseFormat(fileLoaders, source, '--from', flags.from);
  const given = { ...givenOptions(flags, ['samplingFrequency', ...loaderOptions]), ...flags.load };
  const options = optionsFor(format, '--load', flags.fs ?? flags.fsHz, given);
  const path = told?.path ?? source;
  const sd = await watched(signal, (watching) =>
    load(format, path, { ...withTold(format, told?.options, options), ...reading, ...watching }),
  );
  return { sd, format, path };
}
