/** `spikelab options`: every flag of a format, as help has no room for them. */
import type { Command } from 'commander';
import { OptionError } from '../core/errors.js';
import { exporters, loaders, recordingFormats } from '../formats/table.js';
import { libraryOption } from './library-flags.js';
import { readingOptionNames } from './reading-options.js';

export function addOptions(program: Command): void {
  program
    .command('options')
    .summary('list the formats, or every option of one')
    .description('Lists the formats that are read and written, or every option of one of them.')
    .addHelpText('before', 'Examples:\n  spikelab options\n  spikelab options kilosort\n  spikelab options reading\n')
    .argument('[format]', 'its name, or reading for what every format takes')
    .action((format: string | undefined) => {
      process.stdout.write(format === undefined ? overview() : optionsOf(format));
    });
}

const flagsOf = (names: readonly string[], prefix = '') =>
  names
    .map((name) => `  ${libraryOption(prefix ? `${prefix}${name[0].toUpperCase()}${name.slice(1)}` : name).flags}\n`)
    .join('');

function overview(): string {
  const list = (title: string, rows: readonly { name: string; what: string }[]) =>
    `${title}\n${rows.map(({ name, what }) => `  ${name.padEnd(16)}${what}\n`).join('')}\n`;
  const recordings = recordingFormats.map(({ name, title }) => ({ name, what: title }));
  return `${list('Spikes, read by info, convert and plot (--from):', loaders)}${list('Recordings, opened by detect (--format):', recordings)}${list('Written by convert and --out (--to):', exporters)}`;
}

function optionsOf(name: string): string {
  if (name === 'reading') return `Reading, for every format:\n${flagsOf(readingOptionNames)}`;
  const [loader, exporter] = [loaders, exporters].map((all) => all.find((each) => each.name === name));
  if (!loader && !exporter) {
    const known = [...new Set([...loaders, ...exporters].map((each) => each.name))].join(', ');
    throw new OptionError('format', `reading, or one of ${known}`, name);
  }
  const rate = (each: { rate?: string }) =>
    each.rate && each.rate !== 'fsHz' ? [each.rate] : each.rate ? ['fsHz'] : [];
  const read = loader
    ? `Reading ${name} (--from ${name}), ${loader.what}:\n${flagsOf([...rate(loader), ...loader.options])}`
    : '';
  const written = exporter
    ? `Writing ${name} (--to ${name}), ${exporter.what}:\n${flagsOf(exporter.options, 'to')}`
    : '';
  return [read, written].filter(Boolean).join('\n');
}
