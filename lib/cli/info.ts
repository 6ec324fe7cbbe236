/** `spikelab info`: what a file or folder of sorted spikes holds. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { sourceFormats } from './format-table.js';
import { listFormats } from './formats.js';
import { contentsTable, hdf5Contents } from './hdf5-contents.js';
import { addSourceOptions, loadSource, type SourceFlags } from './source-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';

interface InfoFlags extends SourceFlags, OutputFlags {
  datasets?: boolean;
}

const more = () => `
Formats, with their --load options:
${listFormats(sourceFormats)}

Examples:
  # what datasets a file has, then the units in some of them
  spikelab info sorted.h5
  spikelab info sorted.h5 --from hdf5 --load spikeTimesDataset=spike_times --load spikeTimesIndexDataset=spike_times_index

  # units, spikes and rates, and what the loader noticed
  spikelab info sorted/ --from kilosort --fs 30000

  # only the units labelled good, as a picture
  spikelab info sorted/ --fs 30000 --load clusterInfoTsv=cluster_group.tsv --load 'keepLabels=["good"]' --out raster.png`;

export function addInfo(program: Command, signal: AbortSignal): void {
  const command = program
    .command('info')
    .summary('show the units of sorted spikes, or the datasets of an HDF5 file')
    .description(
      'Shows the units, spikes and rates of a file or folder of sorted spikes, or the datasets of an HDF5 file.',
    )
    .argument('<source>', 'a file, a folder, or an s3:// or https:// URL of one');
  const reading = addSourceOptions(command).option(
    '--datasets',
    'list the datasets (an .h5 file without --from: default)',
  );
  addOutputOptions(reading)
    .addHelpText('after', more())
    .action((source: string, flags: InfoFlags) => info(source, flags, signal));
}

async function info(source: string, flags: InfoFlags, signal: AbortSignal): Promise<void> {
  await checkOutput(flags);
  if (flags.datasets || (!flags.from && /(?<!\.raw)\.(h5|hdf5|hdf)$/i.test(source)))
    return showDatasets(source, flags, signal);
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

async function showDatasets(source: string, flags: InfoFlags, signal: AbortSignal): Promise<void> {
  const contents = await hdf5Contents(source, signal);
  process.stdout.write(flags.json ? `${JSON.stringify({ source, ...contents }, null, 2)}\n` : contentsTable(contents));
}
