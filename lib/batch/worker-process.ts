/** One worker process, as the batch that started it sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plugAndPlayWords } from '../loading/isolate/plug-and-play.js';
import type { Failure } from './classify.js';
import type { FromWorker, Outcome, ToWorker } from './messages.js';

/** How long a worker may take to stop at a sign, before it is killed. */
const graceMs = 2000;

export type Job = Extract<ToWorker, { kind: 'run' }>;

export class WorkerProcess {
  #child: ChildProcess | undefined;
  #busy = false;

  /** @param env of the process; that of this one where it is not given */
  constructor(private readonly env?: NodeJS.ProcessEnv) {}

  /** Its outcome; a worker that dies is one, and the next job gets a new worker. Aborted work rejects with the signal's reason. */
  async run(job: Job, signal: AbortSignal, onProgress: (share: number) => void): Promise<Outcome> {
    signal.throwIfAborted();
    const child = this.#start();
    const start = performance.now();
    this.#busy = true;
    child.ref();
    child.channel?.ref();
    return new Promise<Outcome>((resolve, reject) => {
      let killTimer: NodeJS.Timeout | undefined;
      const settle = () => {
        this.#busy = false;
        unref(child);
        clearTimeout(killTimer);
        child.off('message', hear).off('exit', ended).off('error', broken);
        signal.removeEventListener('abort', abort);
      };
      const hear = (message: FromWorker) => {
        if (message.kind === 'progress') {
          if (message.total) onProgress(Math.min(1, message.done / message.total));
          return;
        }
        settle();
        if (signal.aborted) reject(signal.reason);
        else resolve(message.outcome);
      };
      const died = (failure: Failure) => {
        settle();
        this.#child = undefined;
        if (signal.aborted) reject(signal.reason);
        else resolve({ ...nothing, seconds: (performance.now() - start) / 1000, failure });
      };
      const ended = (code: number | null, name: NodeJS.Signals | null) => died(deathOf(code, name));
      const broken = (error: Error) => died(deathOf(null, null, error.message));
      const abort = () => {
        this.#send({ kind: 'abort' });
        killTimer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      };
      child.on('message', hear).on('exit', ended).on('error', broken);
      signal.addEventListener('abort', abort, { once: true });
      this.#send(job);
    });
  }

  stop(): void {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    if (this.#busy) child.kill('SIGKILL');
    else if (child.connected) child.disconnect();
  }

  #send(message: ToWorker): void {
    // one that died in between tells so by its exit
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
    // run from the TypeScript sources, the compiled worker stands in dist
    const compiled = fileURLToPath(new URL('../../dist/batch/worker.js', import.meta.url));
    const script = existsSync(beside) ? beside : compiled;
    const child = fork(script, [], {
      execArgv: plugAndPlayWords(),
      env: this.env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    unref(child);
    this.#child = child;
    return child;
  }
}

/** A program is not kept from ending by a worker that waits. */
function unref(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

const nothing = { units: 0, spikes: 0, peakBytes: 0, warnings: [] };

function deathOf(code: number | null, signal: NodeJS.Signals | null, why = ''): Failure {
  const how = why || (signal ? `killed by ${signal}` : `ended with status ${code}`);
  // the kernel, and job managers, kill what takes more memory than there is
  const killed = signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGBUS';
  const hint = killed ? '; memory may have run out: fewer --jobs take less' : '';
  const message = `the process that did this item was ${how}${hint}`;
  return { status: killed ? 'temporary' : 'bug', error: { code: 'ERR_WORKER', message } };
}
