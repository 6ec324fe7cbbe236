/** `spikelab info`: what a file or folder of sorted spikes holds. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { listFormats, sourceFormats } from './formats.js';
import { addSourceOptions, loadSource, type SourceFlags } from './source-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';

const more = () => `
Formats, with their --load options:
${listFormats(sourceFormats)}

Examples:
  # units, spikes and rates, and what the loader noticed
  spikelab info sorted/ --from kilosort --fs 30000

  # only the units labelled good, as a picture
  spikelab info sorted/ --fs 30000 --load clusterInfoTsv=cluster_group.tsv --load 'keepLabels=["good"]' --out raster.png`;

export function addInfo(program: Command, signal: AbortSignal): void {
  const command = program
    .command('info')
    .summary('show the units of a file or folder of sorted spikes')
    .description('Shows the units, spikes and rates of a file or folder of sorted spikes.')
    .argument('<source>', 'a file, a folder, or an s3:// or https:// URL of one');
  addOutputOptions(addSourceOptions(command))
    .addHelpText('after', more())
    .action((source: string, flags: SourceFlags & OutputFlags) => info(source, flags, signal));
}

async function info(source: string, flags: SourceFlags & OutputFlags, signal: AbortSignal): Promise<void> {
  await checkOutput(flags);
  const { sd, format } = await loadSource(source, flags, signal);
  await showSpikes(sd, flags, {
    kind: 'unit',
    title: basename(source),
    origin: format.name,
    head: { source, format: format.name },
  });
  const notes = sd.report?.findings.filter((finding) => finding.severity === 'info') ?? [];
  if (!flags.json) for (const { message } of notes) process.stdout.write(`note: ${message}\n`);
}
