/** Options of the commands that read sorted spikes, and the load they describe. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { NotFoundError } from '../errors.js';
import type { SpikeData } from '../spike-data.js';
import { sourceFormats } from './format-table.js';
import { chooseFormat, load, optionsFor, type SourceFormat } from './formats.js';
import { keyValue } from './key-values.js';
import { watched } from './loading.js';
import { positiveNumber } from './numbers.js';

export interface SourceFlags {
  from?: string;
  fs?: number;
  load?: Record<string, unknown>;
}

export function addSourceOptions(command: Command): Command {
  return command
    .optionsGroup('Source:')
    .option('--from <format>', 'what the source is (default: by its name)')
    .option('--fs <hz>', 'samples per second, for formats that count samples', positiveNumber)
    .option(
      '--load <key=value>',
      "an option of the format's loader, by its name in the library; may be repeated",
      keyValue,
    );
}

export async function loadSource(
  source: string,
  flags: SourceFlags,
  signal: AbortSignal,
): Promise<{ sd: SpikeData; format: SourceFormat }> {
  if (!source.includes('://') && !existsSync(source)) {
    throw new NotFoundError(`there is no file or folder ${source}`, { path: source });
  }
  const format = chooseFormat(sourceFormats, source, '--from', flags.from);
  const given = optionsFor(format, '--load', flags.fs, flags.load);
  const sd = await watched(signal, (watching) => load(format, source, { ...given, ...watching }));
  return { sd, format };
}
