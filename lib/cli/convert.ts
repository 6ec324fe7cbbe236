/** `spikelab convert`: sorted spikes from one format to another. */
import type { Command } from 'commander';
import { duration } from '../picture/scale.js';
import { sourceFormats, targetFormats } from './format-table.js';
import { chooseFormat, listFormats, optionsFor, save } from './formats.js';
import { keyValue } from './key-values.js';
import { addSourceOptions, loadSource, type SourceFlags } from './source-options.js';

interface ConvertFlags extends SourceFlags {
  to?: string;
  save?: Record<string, unknown>;
}

const more = () => `
Formats to read, with their --load options:
${listFormats(sourceFormats)}

Formats to write, with their --save options:
${listFormats(targetFormats)}

Examples:
  # for Python
  spikelab convert sorted/ sorted.pkl --fs 30000

  # the units labelled good, into a new folder
  spikelab convert sorted/ good/ --to kilosort --fs 30000 --load clusterInfoTsv=cluster_group.tsv --load 'keepLabels=["good"]'`;

export function addConvert(program: Command, signal: AbortSignal): void {
  const command = program
    .command('convert')
    .summary('write sorted spikes in another format')
    .description(
      'Reads sorted spikes in one format and writes them in another. An existing target is replaced, whole or not at all.',
    )
    .argument('<source>', 'a file, a folder, or an s3:// or https:// URL of one')
    .argument('<target>', 'the file or folder to write');
  addSourceOptions(command)
    .optionsGroup('Target:')
    .option('--to <format>', 'what to write (default: by the name of the target)')
    .option(
      '--save <key=value>',
      "an option of the format's exporter, by its name in the library; may be repeated",
      keyValue,
    )
    .addHelpText('after', more())
    .action((source: string, target: string, flags: ConvertFlags) => convert(source, target, flags, signal));
}

async function convert(source: string, target: string, flags: ConvertFlags, signal: AbortSignal): Promise<void> {
  const to = chooseFormat(targetFormats, target, '--to', flags.to);
  const options = optionsFor(to, '--save', flags.fs, flags.save);
  const { sd, format } = await loadSource(source, flags, signal);
  signal.throwIfAborted();
  await save(to, sd, target, options);
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  process.stdout.write(
    `${format.name} → ${to.name}: ${sd.N} units, ${spikes.toLocaleString('en-US')} spikes in ${duration(sd.length)}; wrote ${target}\n`,
  );
}
