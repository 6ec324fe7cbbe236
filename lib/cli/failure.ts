/** What a command says when it cannot be done: one sentence, never a stack. */
import { AddonLoadError, OptionError, SpikeLabError } from '../errors.js';

export interface Failure {
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** How an option of the library is called on the command line, where the names differ. */
const flags: Readonly<Record<string, string>> = {
  source: 'the recording',
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
  const flag = flags[error.option] ?? error.option;
  if (error.received === undefined) {
    const hint = error.message.split('got undefined').at(-1) ?? '';
    return `${flag} is needed: ${error.expected.replace(/^given, /, '')}${hint}`;
  }
  return error.message.startsWith(error.option) ? `${flag}${error.message.slice(error.option.length)}` : error.message;
}
