/** ThresholdOptions as options of a command. */
import { type Command, Option } from 'commander';
import { OptionError } from '../core/errors.js';
import type { NoiseKind } from '../detection/threshold-levels.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';
import { finiteNumber, oneOfThese, positiveInteger, positiveNumber } from './numbers.js';

/** What commander makes of them. */
export interface ThresholdFlags {
  sigma?: number;
  thresholdSigma?: number;
  direction?: 'both' | 'up' | 'down';
  noise?: NoiseKind;
  hysteresis: boolean;
  filter: boolean;
  lowcut?: number | false;
  highcut?: number | false;
  order?: number;
  length?: number;
  startTime?: number;
  threads?: number;
}

export function addThresholdOptions(command: Command): Command {
  const withFilter = (option: Option) => option.conflicts('filter');
  command
    .optionsGroup('Threshold:')
    .option('--sigma <n>', 'in standard deviations of each channel (default: 5)', positiveNumber)
    .option('--direction <way>', 'crossings that count: both (default), up or down', oneOfThese('both', 'up', 'down'))
    .option(
      '--noise <measure>',
      'std (default for crossings), si-mad (for peaks), rms, mad or quiroga',
      oneOfThese('std', 'rms', 'mad', 'si-mad', 'quiroga'),
    )
    .option('--no-hysteresis', 'every sample beyond the threshold, not only the first of a crossing')
    .optionsGroup('Filter (Butterworth, forward and backward):')
    .addOption(
      withFilter(
        new Option('--lowcut <hz>', 'lower cutoff (default: 300); --no-lowcut for low-pass only').argParser(
          positiveNumber,
        ),
      ),
    )
    .addOption(withFilter(new Option('--no-lowcut', 'low-pass only').hideHelp()))
    .addOption(
      withFilter(
        new Option('--highcut <hz>', 'upper cutoff (default: 6000); --no-highcut for high-pass only').argParser(
          positiveNumber,
        ),
      ),
    )
    .addOption(withFilter(new Option('--no-highcut', 'high-pass only').hideHelp()))
    .addOption(withFilter(new Option('--order <n>', 'order (default: 3)').argParser(positiveInteger)))
    .option('--no-filter', 'take the traces as they are')
    .optionsGroup('Recording:')
    .option('--length <ms>', 'length of the recording (default: as recorded)', positiveNumber)
    .option('--start-time <ms>', 'time of the first sample (default: 0, or what the file says)', finiteNumber)
    .option('--threads <n>', 'threads to use (default: all that this process may)', positiveInteger);
  return addLibraryFlags(command, ['thresholdSigma', ...work]);
}

const work = ['maxSpikesPerChannel', 'memoryBytes'];

/** SpikeLab's own settings; the library has the same. They stand here to be shown, and to fill in a filter that is half given. */
const defaults = {
  thresholdSigma: 5,
  direction: 'both',
  noise: 'std',
  filter: { lowcut: 300, highcut: 6000, order: 3 },
} as const;

/** All settings that decide which samples are spikes. */
export function detectionSettings(flags: ThresholdFlags) {
  const filter: FilterSettings = filterSettings(flags);
  return {
    thresholdSigma: flags.sigma ?? flags.thresholdSigma ?? defaults.thresholdSigma,
    direction: flags.direction ?? defaults.direction,
    noise: flags.noise ?? defaults.noise,
    hysteresis: flags.hysteresis,
    filter,
  };
}

/** What was not said stays out: the file may say it. */
export function timeAndWork(flags: ThresholdFlags) {
  const { length, startTime, threads } = flags;
  return {
    ...givenOptions(flags, work),
    ...(length === undefined ? {} : { length }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(threads === undefined ? {} : { threads }),
  };
}

type FilterSettings = false | { lowcut?: number | null; highcut?: number | null; order?: number };

function filterSettings({ filter, lowcut, highcut, order }: ThresholdFlags): FilterSettings {
  if (!filter) return false;
  if (lowcut === false && highcut === false) {
    throw new OptionError('--no-lowcut', 'given alone', 'also --no-highcut', 'Use --no-filter to filter nothing');
  }
  return {
    ...(lowcut === false ? {} : { lowcut: lowcut ?? defaults.filter.lowcut }),
    ...(highcut === false ? {} : { highcut: highcut ?? defaults.filter.highcut }),
    order: order ?? defaults.filter.order,
  };
}

/** The settings in words, for the line below a picture's title. */
export function describeSettings(
  settings: ReturnType<typeof detectionSettings> & { thresholdUv?: number | ArrayLike<number> },
): string {
  const { thresholdSigma, thresholdUv, direction, noise, filter } = settings;
  const sign = { both: '±', up: '+', down: '−' }[direction];
  if (typeof thresholdUv === 'number') return `threshold ${sign}${thresholdUv} µV, ${describeFilter(filter)}`;
  if (thresholdUv !== undefined) return `threshold in µV of each channel, ${describeFilter(filter)}`;
  return `threshold ${sign}${thresholdSigma} ${noiseWords(noise)}, ${describeFilter(filter)}`;
}

/** What thresholds are multiples of. */
export function noiseWords(noise: NoiseKind | ArrayLike<number>): string {
  const words: Record<NoiseKind, string> = {
    std: 'SD',
    rms: 'RMS',
    mad: 'MAD / 0.6745',
    'si-mad': 'MAD / 0.6745',
    quiroga: 'median |y| / 0.6745',
  };
  return typeof noise === 'string' ? words[noise] : 'given noise';
}

export function describeFilter(filter: boolean | FilterSettings): string {
  if (typeof filter === 'boolean') return filter ? 'filtered' : 'not filtered';
  const { lowcut, highcut } = filter;
  if (lowcut == null) return `low-pass ${highcut} Hz`;
  return highcut == null ? `high-pass ${lowcut} Hz` : `band-pass ${lowcut}–${highcut} Hz`;
}
