/** ThresholdOptions as options of a command. */
import { type Command, Option } from 'commander';
import { OptionError } from '../errors.js';
import { finiteNumber, positiveInteger, positiveNumber } from './numbers.js';

/** What commander makes of them. */
export interface ThresholdFlags {
  sigma?: number;
  direction?: 'both' | 'up' | 'down';
  noise?: 'std' | 'mad';
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
  return command
    .optionsGroup('Threshold:')
    .option('--sigma <n>', 'threshold in standard deviations of each channel (default: 5)', positiveNumber)
    .addOption(new Option('--direction <way>', 'which crossings count (default: both)').choices(['both', 'up', 'down']))
    .addOption(
      new Option(
        '--noise <measure>',
        'noise as standard deviation or as median absolute deviation / 0.6745 (default: std)',
      ).choices(['std', 'mad']),
    )
    .option('--no-hysteresis', 'report every sample beyond the threshold, not only the first of a crossing')
    .optionsGroup('Filter (Butterworth, applied forward and backward):')
    .addOption(withFilter(new Option('--lowcut <hz>', 'lower cutoff (default: 300)').argParser(positiveNumber)))
    .addOption(withFilter(new Option('--no-lowcut', 'no lower cutoff: low-pass only')))
    .addOption(withFilter(new Option('--highcut <hz>', 'upper cutoff (default: 6000)').argParser(positiveNumber)))
    .addOption(withFilter(new Option('--no-highcut', 'no upper cutoff: high-pass only')))
    .addOption(withFilter(new Option('--order <n>', 'order of the filter (default: 3)').argParser(positiveInteger)))
    .option('--no-filter', 'threshold the traces as they are')
    .optionsGroup('Time and work:')
    .option('--length <ms>', 'length of the recording in ms (default: as recorded)', positiveNumber)
    .option('--start-time <ms>', 'time of the first sample in ms (default: 0, or what the file says)', finiteNumber)
    .option('--threads <n>', 'threads to use (default: all that this process may)', positiveInteger);
}

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
    thresholdSigma: flags.sigma ?? defaults.thresholdSigma,
    direction: flags.direction ?? defaults.direction,
    noise: flags.noise ?? defaults.noise,
    hysteresis: flags.hysteresis,
    filter,
  };
}

/** What was not said stays out: the file may say it. */
export function timeAndWork({ length, startTime, threads }: ThresholdFlags) {
  return {
    ...(length === undefined ? {} : { length }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(threads === undefined ? {} : { threads }),
  };
}

type FilterSettings = false | { lowcut?: number; highcut?: number; order: number };

function filterSettings({ filter, lowcut, highcut, order }: ThresholdFlags): FilterSettings {
  if (!filter) return false;
  if (lowcut === false && highcut === false) {
    throw new OptionError('--no-lowcut', 'given without --no-highcut', 'both', 'Use --no-filter to filter nothing');
  }
  return {
    ...(lowcut === false ? {} : { lowcut: lowcut ?? defaults.filter.lowcut }),
    ...(highcut === false ? {} : { highcut: highcut ?? defaults.filter.highcut }),
    order: order ?? defaults.filter.order,
  };
}

/** The settings in words, for the line below a picture's title. */
export function describeSettings(settings: ReturnType<typeof detectionSettings>): string {
  const { thresholdSigma, direction, noise, filter } = settings;
  const sign = { both: '±', up: '+', down: '−' }[direction];
  return `threshold ${sign}${thresholdSigma} ${noise === 'mad' ? 'MAD / 0.6745' : 'SD'}, ${describeFilter(filter)}`;
}

function describeFilter(filter: FilterSettings): string {
  if (filter === false) return 'not filtered';
  const { lowcut, highcut } = filter;
  if (lowcut === undefined) return `low-pass ${highcut} Hz`;
  return highcut === undefined ? `high-pass ${lowcut} Hz` : `band-pass ${lowcut}–${highcut} Hz`;
}
