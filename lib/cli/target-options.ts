/** Options of the commands that write spikes, and the writing: `--out` and the target of `convert`. */
import type { Command } from 'commander';
import { chooseFormat, type FormatOptions, optionsFor, save } from '../api/format-choice.js';
import { exporters, type NamedExporter } from '../formats/table.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import { keyValue } from './key-values.js';
import { addLibraryFlags } from './library-flags.js';

export interface TargetFlags {
  to?: string;
  save?: Record<string, unknown>;
}

/** Exporters' options as flags have `to` before them: a loader may have one of the same name. */
const toName = (name: string) => `to${name[0].toUpperCase()}${name.slice(1)}`;
const names = [...new Set(exporters.flatMap(({ options }) => options))];

export function addTargetOptions(command: Command): Command {
  command
    .option('--to <format>', 'what to write (default: by the name of the target)')
    .option('--save <key=value>', 'an option of the target (spikelab options FORMAT)', keyValue);
  return addLibraryFlags(command, names.map(toName));
}

export interface Target {
  format: NamedExporter;
  path: string;
  options: FormatOptions;
}

/** Before the work: what would make it useless after an hour. @throws OptionError */
export function targetOf(path: string, flags: TargetFlags, fsHz: number | undefined): Target {
  const format = chooseFormat(exporters, path, '--to', flags.to);
  const given = Object.fromEntries(
    names
      .map((name) => [name, (flags as Record<string, unknown>)[toName(name)]])
      .filter(([, value]) => value !== undefined),
  );
  return { format, path, options: optionsFor(format, '--save', fsHz, { ...given, ...flags.save }) };
}

/** Formats that count samples get the rate that the spikes came with, where none is given. */
export async function writeTarget({ format, path, options }: Target, sd: SpikeData): Promise<void> {
  const { fs_Hz: known } = sd.metadata;
  const rate =
    format.rate && options[format.rate] === undefined && typeof known === 'number' ? { [format.rate]: known } : {};
  await save(format, sd, path, { ...rate, ...options });
}
