/** `spikelab info`: what lies at a place, and the units of sorted spikes. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { identify } from '../index.js';
import { type Contents, contentsTable, hdf5Contents } from './hdf5-contents.js';
import { identificationText } from './identification-text.js';
import { addReadingOptions, readingOptions } from './reading-options.js';
import { addSourceOptions, asksToLoad, loadSource, requireSource, type SourceFlags } from './source-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import type { Target } from './target-options.js';

interface InfoFlags extends SourceFlags, OutputFlags {
  datasets?: boolean;
  units?: boolean;
}

const examples = `Examples:
  spikelab info session/                  what is in a folder, and how to read each
  spikelab info sorted.nwb --units        units, spikes and rates
  spikelab info sorted/ --cluster-info-tsv cluster_group.tsv --keep-labels good
  spikelab info sorted.h5 --datasets      the datasets of an HDF5 file
`;

export function addInfo(program: Command, signal: AbortSignal): void {
  const command = program
    .command('info')
    .summary('say what a file or folder is, what is in it, and how to read it')
    .description(
      'Says what a file or folder is, what is in it and how to read it: by its content, reading little. With --units, or any option of a loader, loads the spikes and shows their units.',
    )
    .addHelpText('before', examples)
    .argument('<source>', 'a file, a folder, or an s3:// or https:// URL of one');
  addReadingOptions(
    addSourceOptions(command)
      .option('--units', 'load the spikes, and show each unit')
      .option('--datasets', 'list the datasets of an HDF5 file'),
  );
  addOutputOptions(command).action((source: string, flags: InfoFlags) => info(source, flags, signal));
}

async function info(source: string, flags: InfoFlags, signal: AbortSignal): Promise<void> {
  const target = await checkOutput(flags);
  if (flags.datasets) return showDatasets(source, flags, signal);
  if (flags.units || flags.out || flags.times || asksToLoad(flags)) return showUnits(source, flags, target, signal);
  requireSource(source);
  const found = await identify(source, { ...readingOptions(flags), signal });
  // of HDF5 that is nobody's format, names of datasets are what to type next
  const contents = found[0].format === 'hdf5' ? await contentsOf(source, flags, signal) : undefined;
  const text = flags.json
    ? JSON.stringify({ source, found, ...contents }, null, 2)
    : `${identificationText(found)}${contents ? `\n\n${contentsTable(contents).trimEnd()}` : ''}`;
  process.stdout.write(`${text}\n`);
}

/** Not in this process where the file is a stranger's. */
async function contentsOf(source: string, flags: InfoFlags, signal: AbortSignal): Promise<Contents | undefined> {
  const apart = Boolean(readingOptions(flags).isolate) || source.includes('://') || statSync(source).isDirectory();
  return apart ? undefined : hdf5Contents(source, signal).catch(() => undefined);
}

async function showUnits(
  source: string,
  flags: InfoFlags,
  target: Target | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { sd, format } = await loadSource(source, flags, signal);
  await showSpikes(sd, flags, {
    kind: 'unit',
    title: basename(source),
    origin: format.name,
    head: { source, format: format.name },
    target,
  });
  const notes = sd.report?.findings.filter((finding) => finding.severity === 'info') ?? [];
  if (!flags.json) for (const { message } of notes) process.stdout.write(`note: ${message}\n`);
}

async function showDatasets(source: string, flags: InfoFlags, signal: AbortSignal): Promise<void> {
  const contents = await hdf5Contents(source, signal);
  process.stdout.write(flags.json ? `${JSON.stringify({ source, ...contents }, null, 2)}\n` : contentsTable(contents));
}
