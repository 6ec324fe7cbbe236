/** `spikelab convert`: sorted spikes from one format to another. */
import type { Command } from 'commander';
import { duration } from '../picture/scale.js';
import { addReadingOptions } from './reading-options.js';
import { addSourceOptions, loadSource, type SourceFlags } from './source-options.js';
import { addTargetOptions, type TargetFlags, targetOf, writeTarget } from './target-options.js';

interface ConvertFlags extends SourceFlags, TargetFlags {}

const examples = `Examples:
  spikelab convert sorted/ sorted.pkl                        for Python's SpikeLab
  spikelab convert sorted.nwb sorted.h5 --to-style paired
  spikelab convert sorted/ good/ --to kilosort --cluster-info-tsv cluster_group.tsv --keep-labels good
`;

export function addConvert(program: Command, signal: AbortSignal): void {
  const command = program
    .command('convert')
    .summary('write sorted spikes in another format')
    .description(
      'Reads sorted spikes in one format and writes them in another. An existing target is replaced, whole or not at all.',
    )
    .addHelpText('before', examples)
    .argument('<source>', 'a file, a folder, or an s3:// or https:// URL of one')
    .argument('<target>', 'the file or folder to write');
  addTargetOptions(addReadingOptions(addSourceOptions(command)).optionsGroup('Target:')).action(
    (source: string, target: string, flags: ConvertFlags) => convert(source, target, flags, signal),
  );
}

async function convert(source: string, target: string, flags: ConvertFlags, signal: AbortSignal): Promise<void> {
  const to = targetOf(target, flags, flags.fs ?? flags.fsHz);
  const { sd, format } = await loadSource(source, flags, signal);
  signal.throwIfAborted();
  await writeTarget(to, sd);
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  process.stdout.write(
    `${format.name} → ${to.format.name}: ${sd.N} units, ${spikes.toLocaleString('en-US')} spikes in ${duration(sd.length)}; wrote ${target}\n`,
  );
}
