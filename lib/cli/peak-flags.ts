/** PeakOptions as options of a command: the rule, reference, thresholds in µV, blanking, bad channels and snippets. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OptionError } from '../core/errors.js';
import type { BlankOptions } from '../detection/blank.js';
import type { ChannelOptions } from '../detection/channel-options.js';
import type { PeakOptions } from '../detection/peak-options.js';
import type { ReferenceOptions } from '../detection/reference.js';
import type { SnippetOptions } from '../detection/snippet-windows.js';
import { flagOf } from '../loading/identify/identification.js';
import { jsonOrText } from './key-values.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';
import { oneOfThese, positiveNumber } from './numbers.js';
import { describeFilter, type detectionSettings, noiseWords } from './threshold-options.js';

const methods = ['crossings', 'by-channel', 'locally-exclusive', 'dead-time'] as const;

/** What commander makes of them. */
export interface PeakFlags {
  method?: (typeof methods)[number];
  thresholdUv?: number | number[];
  excludeSweep?: number;
  radius?: number;
  deadTime?: number;
  reference?: ReferenceOptions;
  blank?: BlankOptions;
  badChannels?: number[] | 'detect';
  snippets?: SnippetOptions;
  channelLocations?: number[][];
  gainsToUv?: number[];
  offsetsToUv?: number[];
}

/** Of what the recording does not say about its channels. */
const aboutChannels = ['channelLocations', 'gainsToUv', 'offsetsToUv'];
/** The library's names of options that have a short one here. */
const longNames = ['excludeSweepMs', 'radiusUm', 'deadTimeMs'];

export function addPeakOptions(command: Command): Command {
  const ofPeaks = [
    new Option('--exclude-sweep <ms>', 'no second peak within it (default: 1)').argParser(positiveNumber),
    new Option('--radius <µm>', 'locally-exclusive: and on channels that near (default: 50)').argParser(positiveNumber),
    new Option('--dead-time <ms>', 'dead-time: from a peak to the next (default: 1.5)').argParser(positiveNumber),
    new Option('--snippets [before,after]', 'keep waveforms around peaks, in ms (default: 1,2)')
      .preset('1,2')
      .argParser(snippets),
  ];
  command
    .optionsGroup('Peaks:')
    .option(
      '--method <rule>',
      'crossings (default), or peaks: by-channel, locally-exclusive, dead-time',
      oneOfThese(...methods),
    )
    .addOption(
      new Option('--threshold-uv <µV>', 'instead of --sigma: one, or one a channel with commas')
        .argParser(oneOrMore)
        .conflicts(['sigma', 'thresholdSigma']),
    )
    .option('--reference <what>', 'median or average of all, local, local-average, a row, or JSON', reference)
    .option('--blank <from-to,…>', 'periods in ms that do not count, or JSON as BlankOptions', blank)
    .option('--bad-channels <rows>', 'with commas, or detect: no spikes, in no reference', badChannels);
  // the help fits a screen: these are of use, and shown, only beside --method
  for (const option of ofPeaks) command.addOption(option.hideHelp());
  command.on('option:method', () => {
    for (const option of ofPeaks) option.hidden = false;
  });
  return addLibraryFlags(command, [...aboutChannels, ...longNames]);
}

/** Those of the library that were asked for, whichever of its functions looks for spikes. */
function sharedOptions({ thresholdUv, reference, blank, badChannels, ...flags }: PeakFlags) {
  const given = { thresholdUv, reference, blank, badChannels, ...givenOptions(flags, aboutChannels) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ChannelOptions &
    Pick<PeakOptions, 'thresholdUv' | 'reference' | 'blank'>;
}

/** What detectSpikes takes beyond its own options. @throws OptionError for what needs peaks */
export function crossingExtras(flags: PeakFlags) {
  for (const [name, value] of Object.entries(
    givenOptions(flags, ['excludeSweep', 'radius', 'deadTime', 'snippets', ...longNames]),
  )) {
    const expected = 'given only with --method by-channel, locally-exclusive or dead-time';
    throw new OptionError(flagOf(name), expected, JSON.stringify(value));
  }
  return sharedOptions(flags);
}

/** What detectPeaks takes. `settings` has the filter and what else the two detections share. */
export function peakOptions(
  flags: PeakFlags,
  { thresholdSigma, filter }: Pick<ReturnType<typeof detectionSettings>, 'thresholdSigma' | 'filter'>,
  given: { direction?: 'both' | 'up' | 'down'; noise?: PeakOptions['noise']; hysteresis: boolean },
): PeakOptions {
  const { method, excludeSweep, radius, deadTime, snippets } = flags;
  if (!given.hysteresis) throw new OptionError('--no-hysteresis', 'given only with --method crossings', method);
  const peakSign = { both: 'both', up: 'pos', down: 'neg' } as const;
  return {
    method: method as PeakOptions['method'],
    ...(flags.thresholdUv === undefined ? { thresholdSigma } : {}),
    peakSign: peakSign[given.direction ?? 'down'],
    ...(given.noise === undefined ? {} : { noise: given.noise }),
    filter,
    ...(excludeSweep === undefined ? {} : { excludeSweepMs: excludeSweep }),
    ...(radius === undefined ? {} : { radiusUm: radius }),
    ...(deadTime === undefined ? {} : { deadTimeMs: deadTime }),
    ...givenOptions(flags, longNames),
    ...(snippets === undefined ? {} : { snippets }),
    ...sharedOptions(flags),
  };
}

/** In words, for the line below a picture's title. */
export function describePeaks(options: PeakOptions): string {
  const { thresholdSigma, thresholdUv, peakSign, noise = 'si-mad', reference, badChannels } = options;
  const sign = { both: '±', pos: '+', neg: '−' }[peakSign ?? 'neg'];
  const level =
    thresholdUv === undefined
      ? `${sign}${thresholdSigma} ${noiseWords(noise)}`
      : `${sign}${Array.isArray(thresholdUv) ? 'given' : thresholdUv} µV`;
  return [
    `${options.method} peaks beyond ${level}`,
    typeof options.filter === 'object' || options.filter === false ? describeFilter(options.filter) : '',
    reference ? `${describeReference(reference)} off` : '',
    badChannels?.length ? `bad channels ${badChannels === 'detect' ? 'detected' : 'left out'}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

export function describeReference({
  kind = 'global',
  operator = 'median',
  groups,
  channels,
}: ReferenceOptions): string {
  if (kind === 'single') return `channel ${channels}`;
  return `${kind} ${operator}${groups ? ' of groups' : ''}`;
}

function oneOrMore(text: string): number | number[] {
  const numbers = text.split(',').map(positiveNumber);
  return numbers.length === 1 ? numbers[0] : numbers;
}

function reference(text: string): ReferenceOptions {
  const named: Record<string, ReferenceOptions> = {
    median: {},
    average: { operator: 'average' },
    local: { kind: 'local' },
    'local-average': { kind: 'local', operator: 'average' },
  };
  if (Object.hasOwn(named, text)) return named[text];
  if (/^\d+$/.test(text)) return { kind: 'single', channels: Number(text) };
  return object(
    text,
    'median, average, local, local-average, a row of the traces, or JSON such as {"groups":[[0,1],[2,3]]}',
  );
}

function blank(text: string): BlankOptions {
  if (text.trim().startsWith('{')) return object(text, 'JSON such as {"periodsMs":[[100,120]],"marginMs":5}');
  const periodsMs = text.split(',').map((period) => {
    const [, from, to] = /^\s*([\d.]+)\s*-\s*([\d.]+)\s*$/.exec(period) ?? [];
    if (!(Number(from) <= Number(to)))
      throw new InvalidArgumentError('It must be periods in ms, such as 100-120,500-512.5.');
    return [Number(from), Number(to)] as const;
  });
  return { periodsMs };
}

function badChannels(text: string): number[] | 'detect' {
  if (text === 'detect') return text;
  const rows = text.split(',').map((row) => row.trim());
  if (rows.every((row) => /^\d+$/.test(row))) return rows.map(Number);
  throw new InvalidArgumentError('It must be rows of the traces with commas, counted from 0, or detect.');
}

function snippets(text: string): SnippetOptions {
  if (text.trim().startsWith('{')) return object(text, 'JSON such as {"channels":"neighbours"}');
  const [beforeMs, afterMs, ...more] = text
    .split(',')
    .map((ms) => (/^\s*[\d.]+\s*$/.test(ms) ? Number(ms) : Number.NaN));
  if (Number.isFinite(beforeMs) && Number.isFinite(afterMs) && !more.length) return { beforeMs, afterMs };
  throw new InvalidArgumentError(
    'It must be ms before and after the peak, such as 1,2. (Alone, it stands behind the recording.)',
  );
}

function object<T>(text: string, expected: string): T {
  const value = jsonOrText(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
  throw new InvalidArgumentError(`It must be ${expected}.`);
}
