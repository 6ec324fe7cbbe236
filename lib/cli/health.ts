/** `spikelab health`: which channels of a recording are no good. */
import type { Command } from 'commander';
import { type ChannelHealth, channelHealth, type HealthOptions, openRecording } from '../index.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';
import { watched } from './loading.js';
import { oneOfThese, positiveInteger, positiveNumber } from './numbers.js';
import { addReadingOptions, type ReadingFlags, readingOptions } from './reading-options.js';
import { addRecordingOptions, openingOptions, type RecordingFlags } from './recording-options.js';
import { requireSource } from './source-options.js';
import { tableText } from './table.js';

interface HealthFlags extends RecordingFlags, ReadingFlags {
  method?: HealthOptions['method'];
  factor?: number;
  highpass: number | boolean;
  outsideAt?: HealthOptions['outsideAt'];
  threads?: number;
  json?: boolean;
}

const examples = `Examples:
  spikelab health run_g0_t0.imec0.ap.bin                       dead, noisy and outside channels, by coherence and spectrum
  spikelab health recording.h5 --dataset /traces --fs 20000 --method mad     outliers of the deviation
  spikelab detect run_g0_t0.imec0.ap.bin --bad-channels detect               leaves out what this finds
`;

const more = [
  ...['chunkMs', 'chunks', 'psdLimit', 'dead', 'noisy', 'outside', 'neighbours', 'nyquistShare', 'welchMs'],
  ...['channelLocations', 'gainsToUv', 'offsetsToUv', 'memoryBytes'],
];

export function addHealth(program: Command, signal: AbortSignal): void {
  const command = program
    .command('health')
    .summary('say which channels of a recording are no good')
    .description('Labels the channels of a recording good, dead, noise or out (of the brain), and shows what by.')
    .addHelpText('before', examples)
    .argument('<recording>', 'a file or folder, or an s3:// or https:// URL of one');
  addReadingOptions(addRecordingOptions(command))
    .optionsGroup('Rule:')
    .option(
      '--method <rule>',
      'coherence+psd (default; needs places and gains), or outliers of std or mad',
      oneOfThese('coherence+psd', 'std', 'mad'),
    )
    .option('--factor <n>', 'std, mad: times the median of all channels (default: 5)', positiveNumber)
    .option('--highpass <hz>', 'before all else (default: 300)', positiveNumber)
    .option('--no-highpass', 'of recordings that are filtered')
    .option(
      '--outside-at <end>',
      'which end leaves the brain: top (default), bottom, both',
      oneOfThese('top', 'bottom', 'both'),
    )
    .option('--threads <n>', 'threads to use (default: all that this process may)', positiveInteger)
    .optionsGroup('Output:')
    .option('--json', 'print JSON instead of a table')
    .action((recording: string, flags: HealthFlags) => health(recording, flags, signal));
  addLibraryFlags(command, more);
}

async function health(source: string, flags: HealthFlags, signal: AbortSignal): Promise<void> {
  requireSource(source);
  const { method, factor, highpass, outsideAt, threads } = flags;
  const given = {
    method,
    factor,
    highpassHz: typeof highpass === 'number' || !highpass ? highpass : undefined,
    outsideAt,
    threads,
  };
  const options = { ...given, ...givenOptions(flags, more) } as HealthOptions;
  const { found, ids, places } = await watched(signal, async (watching) => {
    const recording = await openRecording(source, { ...openingOptions(flags), ...readingOptions(flags), ...watching });
    try {
      const { fsHz } = openingOptions(flags);
      const health = await channelHealth(recording, { ...options, ...watching, fsHz });
      return { found: health, ids: recording.channelIds, places: recording.channelLocations };
    } finally {
      await recording.close();
    }
  });
  const rows = found.labels.map((label, channel) => ({
    channel,
    ...(ids ? { electrode: ids[channel] } : {}),
    ...(places ? { location: Array.from(rowOf(places, channel)) } : {}),
    ...Object.fromEntries(Object.entries(found.features).map(([name, values]) => [name, values[channel]])),
    label,
  }));
  const settings = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const text = flags.json
    ? JSON.stringify({ recording: source, settings, bad: found.bad, channels: rows }, finite, 2)
    : `${summary(found)}\n${table(found, ids, places)}`;
  process.stdout.write(`${text}\n`);
}

type Places = { data: Float64Array; shape: readonly number[] } | null;

const rowOf = ({ data, shape }: NonNullable<Places>, row: number) =>
  data.subarray(row * shape[1], (row + 1) * shape[1]);
const finite = (_: string, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value);

function summary({ labels, bad }: ChannelHealth): string {
  const of = (label: string) => labels.filter((each) => each === label).length;
  const kinds = ['dead', 'noise', 'out'].filter(of).map((label) => `${of(label)} ${label}`);
  const all = `${labels.length} channels`;
  return bad.length
    ? `${bad.length} of ${all} are bad (${kinds.join(', ')}): --bad-channels ${bad.join(',')}`
    : `${all}, none of them bad`;
}

function table({ labels, features }: ChannelHealth, ids: readonly (string | number)[] | null, places: Places): string {
  const names = Object.keys(features);
  const head = ['channel', ...(ids ? ['electrode'] : []), ...(places ? ['place (µm)'] : []), ...names, 'label'];
  const rows = labels.map((label, c) => [
    String(c),
    ...(ids ? [String(ids[c])] : []),
    ...(places ? [Array.from(rowOf(places, c)).join(', ')] : []),
    ...names.map((name) => digits(features[name][c])),
    label === 'good' ? '' : label,
  ]);
  return tableText({ head, rows, words: [head.length - 1] });
}

const digits = (value: number) => (Number.isFinite(value) ? value.toPrecision(3) : '–');
