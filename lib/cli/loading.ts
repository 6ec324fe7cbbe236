/** Runs a load with a progress bar, then says what it warned of. */
import type { LoadOptions } from '../options.js';
import type { Finding } from '../report.js';
import { progressBar } from './progress-bar.js';

/** What every load of a command gets. */
export type Watching = Required<Pick<LoadOptions, 'signal' | 'onWarning'>> & Pick<LoadOptions, 'onProgress'>;

export async function watched<T>(signal: AbortSignal, load: (watching: Watching) => Promise<T>): Promise<T> {
  const bar = progressBar();
  const warnings: Finding[] = [];
  const onWarning = (finding: Finding) => void warnings.push(finding);
  try {
    return await load({ signal, onWarning, onProgress: bar.onProgress });
  } finally {
    bar.stop();
    for (const { message } of warnings) process.stderr.write(`spikelab: warning: ${message}\n`);
  }
}
