/** Runs a load with a progress bar, then says what it warned of. */
import type { Finding } from '../core/findings.js';
import type { LoadOptions } from '../core/options.js';
import { progressBar } from './progress-bar.js';
import { isQuiet, say } from './talk.js';

/** What every load of a command gets. */
export type Watching = Required<Pick<LoadOptions, 'signal' | 'onWarning'>> & Pick<LoadOptions, 'onProgress'>;

export async function watched<T>(signal: AbortSignal, load: (watching: Watching) => Promise<T>): Promise<T> {
  const bar = isQuiet() ? { onProgress: undefined, stop() {} } : progressBar();
  const warnings: Finding[] = [];
  const onWarning = (finding: Finding) => void warnings.push(finding);
  try {
    return await load({ signal, onWarning, onProgress: bar.onProgress });
  } finally {
    bar.stop();
    for (const { message } of warnings) say(`warning: ${message}`);
  }
}
