/** A child process that loads: started when needed, ended where a load takes too long or too much. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mostBytes, mostMs, type Outcome, type Request } from './outcome.js';

const pageBytes = 4096;
const looksEveryMs = 250;
/** Node and the package alone, and what a pool of isolated children costs. */
const idleBytes = 2 ** 28;
/** An isolated load has its time from when its own child is there. */
const startMs = 5000;

export class Reader {
  #child: ChildProcess | null = null;
  #said = '';

  /** @param fill of memory that is allocated or freed, so that what is read from it is seen: MALLOC_PERTURB_ of glibc */
  constructor(
    private readonly fill: number,
    private readonly script = fileURLToPath(new URL('./main.js', import.meta.url)),
    private readonly limits = { bytes: mostBytes + idleBytes, ms: mostMs },
  ) {}

  async check(request: Request): Promise<Outcome> {
    const child = await this.#started();
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(late);
        clearInterval(watch);
        child.removeAllListeners('message').removeAllListeners('exit');
        resolve(outcome);
      };
      const lose = (kind: 'crash' | 'hang' | 'memory', message: string) => {
        this.#child = null;
        child.kill('SIGKILL');
        settle({ grownBytes: 0, done: [], lost: { kind, message } });
      };
      const ms = this.limits.ms + (request.isolated ? startMs : 0);
      const late = setTimeout(() => lose('hang', `not done after ${ms / 1000} s`), ms);
      const watch = setInterval(() => {
        const bytes = residentBytes(child.pid);
        if (bytes > this.limits.bytes) lose('memory', `has ${Math.round(bytes / 2 ** 20)} MiB`);
      }, looksEveryMs);
      child.once('message', (outcome: Outcome) => settle(outcome));
      child.once('exit', (code, signal) => lose('crash', `the process ended (${signal ?? code}): ${this.#said}`));
      child.send(request);
    });
  }

  /** Ends the child; the next check has a fresh one. */
  stop(): void {
    const child = this.#child;
    this.#child = null;
    if (child?.connected) child.disconnect();
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const env = { ...process.env, MALLOC_PERTURB_: String(this.fill) };
    const child = fork(this.script, ['--child'], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
    this.#said = '';
    child.stderr?.on('data', (text: Buffer) => {
      this.#said = `${this.#said}${text}`.slice(-1500);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code, signal) =>
        reject(new Error(`a child did not start (${signal ?? code}): ${this.#said}`)),
      );
    });
    child.removeAllListeners('exit');
    this.#child = child;
    return child;
  }
}

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}
