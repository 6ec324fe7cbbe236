/** A worker process of a batch: does one item after the other, and dies with the batch that started it. */
import { mkdir } from 'node:fs/promises';
import type { Progress } from '../core/options.js';
import { classify, type Failure } from './classify.js';
import type { FromWorker, ToWorker } from './messages.js';
import { perform } from './operations.js';
import { peakBytes, resetPeak } from './peak-memory.js';

/** Milliseconds between two reports of progress. */
const reportMs = 200;
/** Of one item: a format that warns of every channel would flood the results. */
const mostWarnings = 20;

let current: AbortController | undefined;

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function run({ work, folder, ...terms }: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  const controller = new AbortController();
  current = controller;
  const warnings: { code: string; message: string }[] = [];
  const start = performance.now();
  let lastReport = start;
  let counts = { units: 0, spikes: 0 };
  let failure: Failure | null = null;
  resetPeak();
  try {
    await mkdir(folder, { recursive: true });
    if (terms.cwd !== undefined) process.chdir(terms.cwd);
    counts = await perform(work, folder, {
      ...terms,
      signal: controller.signal,
      onProgress({ done, total }: Progress) {
        const now = performance.now();
        if (now - lastReport < reportMs) return;
        lastReport = now;
        send({ kind: 'progress', done, total });
      },
      onWarning({ code, message }) {
        if (warnings.length < mostWarnings) warnings.push({ code, message });
      },
    });
  } catch (error) {
    failure = classify(error);
  }
  const seconds = (performance.now() - start) / 1000;
  send({ kind: 'ended', outcome: { ...counts, seconds, peakBytes: peakBytes(), warnings, failure } });
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'abort') current?.abort();
  else void run(message);
});
// the batch hands claims back before it ends; Ctrl-C and the signals of job managers reach the whole group
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
process.on('disconnect', () => process.exit(0));
