/** What a command says when it cannot be done: one sentence, never a stack. */

import { AddonLoadError, OptionError, SpikeLabError } from '../core/errors.js';
import { flagOf } from '../loading/identify/identification.js';

export interface Failure {
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** How an option of the library is called on the command line, where the names differ. */
const flags: Readonly<Record<string, string>> = {
  source: 'the source',
  recording: 'the recording',
  fsHz: '--fs',
  thresholdSigma: '--sigma',
  'filter.lowcut': '--lowcut',
  'filter.highcut': '--highcut',
  'filter.order': '--order',
  lowcut: '--lowcut',
  highcut: '--highcut',
  order: '--order',
  length: '--length',
  startTime: '--start-time',
  dataset: '--dataset',
  direction: '--direction',
  noise: '--noise',
  threads: '--threads',
  excludeSweepMs: '--exclude-sweep',
  radiusUm: '--radius',
  deadTimeMs: '--dead-time',
  peakSign: '--direction',
  highpassHz: '--highpass',
};

export function failure(error: unknown): Failure {
  if (error instanceof OptionError) return { message: renamed(error), exitCode: 2 };
  if (error instanceof AddonLoadError) return { message: error.message, exitCode: 1 };
  if (error instanceof SpikeLabError) return { message: error.message, exitCode: 1 };
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return { message, exitCode: 1 };
  return { message: `this is a bug in spikelab, please report it: ${message}`, exitCode: 1 };
}

function renamed(error: OptionError): string {
  const flag = flags[error.option] ?? (isLibraryName(error.option) ? flagOf(error.option) : error.option);
  if (/^train\[\d+\]$/.test(error.option)) return `--length is shorter than the recording: ${error.message}`;
  if (error.received === undefined) {
    const [, hint = ''] = error.message.split('got undefined');
    const expected = error.expected.replace(/^given(, )?/, '');
    return `${flag} is needed${expected && `: ${expected}`}${hint}`;
  }
  return error.message.startsWith(error.option) ? `${flag}${error.message.slice(error.option.length)}` : error.message;
}

/** Options are in camelCase; what a check says of a file or an array is not. */
const isLibraryName = (name: string) => /^[a-z]+([A-Z][a-z]*)*$/.test(name) && name !== 'options' && name !== 'folder';
