/** A progress bar on stderr, while stderr is a terminal. */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../options.js';

export interface ProgressBar {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Takes the bar off the screen and gives the cursor back. */
  stop(): void;
}

const format = '{stage} [{bar}] {percentage}%  {value} of {total} {unit}';

export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!stream.isTTY) return { onProgress: undefined, stop() {} };
  const bar = new SingleBar({
    format,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '·',
    formatValue: (value, _options, type) =>
      type === 'percentage' ? String(value).padStart(3) : value.toLocaleString('en-US'),
  });
  let stage: string | undefined;
  return {
    onProgress(progress) {
      const total = progress.total ?? Math.max(progress.done, 1);
      if (progress.stage !== stage) {
        if (stage !== undefined) bar.stop();
        stage = progress.stage;
        bar.start(total, 0, { stage, unit: progress.unit });
      }
      bar.setTotal(total);
      bar.update(progress.done);
    },
    stop() {
      if (stage !== undefined) bar.stop();
      stage = undefined;
    },
  };
}
