/** A progress bar on stderr, while stderr is a terminal. */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../core/options.js';
import { duration } from '../picture/scale.js';

export interface ProgressBar {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Takes the bar off the screen and gives the cursor back. */
  stop(): void;
}

const format = '{stage} [{bar}] {percentage}%  {value} of {total} {unit}{left}';
/** Before that a guess of the time left says nothing. */
const firstGuessMs = 1000;

export function progressBar(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressBar {
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
  let startedMs = 0;
  return {
    onProgress(progress) {
      const total = progress.total ?? Math.max(progress.done, 1);
      if (progress.stage !== stage) {
        if (stage !== undefined) bar.stop();
        stage = progress.stage;
        startedMs = now();
        bar.start(total, 0, { stage, unit: progress.unit, left: '' });
      }
      bar.setTotal(total);
      bar.update(progress.done, { left: timeLeft(progress, now() - startedMs) });
    },
    stop() {
      if (stage !== undefined) bar.stop();
      stage = undefined;
    },
  };
}

/** At the mean speed so far: ', 40 s left'. */
function timeLeft({ done, total }: Progress, elapsedMs: number): string {
  if (total === null || done <= 0 || done >= total || elapsedMs < firstGuessMs) return '';
  const seconds = Math.ceil((elapsedMs * (total - done)) / done / 1000);
  return `, ${duration(seconds * 1000, 2)} left`;
}
