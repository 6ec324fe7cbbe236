/** The child process: started when needed, killed where a case takes too long or too much memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Failure, Outcome, Request } from './child.js';

/** Fifteen times what the largest cases take (a SpikeData of 5 M spikes and its copies: 0.2 GB). */
export const maxBytes = 3 * 2 ** 30;
/** The slowest cases take about 5 s on an idle machine, and longer on one that has more to do than cores: up to ten times as long. */
export const maxMs = 60_000;
export const slowness = (load: number, cores: number) => Math.min(10, Math.max(1, load / cores));
const pageBytes = 4096;
const looksEveryMs = 200;

const broken = (kind: string, message: string): Outcome => ({ counts: [], skipped: [], failure: { kind, message } });

export class Supervisor {
  #child: ChildProcess | null = null;
  /** Most memory that a child was seen to take. */
  peakBytes = 0;

  constructor(
    private readonly script = fileURLToPath(new URL('./main.js', import.meta.url)),
    private readonly limits = { bytes: maxBytes, ms: maxMs },
    private readonly slower = () => slowness(loadavg()[0], availableParallelism()),
  ) {}

  /** What came of one case; a crash, too much memory and too much time are failures. */
  check(request: Request): Promise<Outcome> {
    this.#child ??= fork(this.script, ['--child'], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const child = this.#child;
    let said = '';
    const hear = (text: Buffer) => {
      said = `${said}${text}`.slice(-1500);
    };
    child.stderr?.on('data', hear);
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(late);
        clearInterval(watch);
        child.stderr?.off('data', hear);
        child.removeAllListeners();
        resolve(outcome);
      };
      const lose = (kind: string, message: string) => {
        this.#child = null;
        child.kill('SIGKILL');
        settle(broken(kind, message));
      };
      const ms = this.limits.ms * this.slower();
      const late = setTimeout(() => lose('time', `not done after ${Math.round(ms / 1000)} s`), ms);
      const watch = setInterval(() => {
        const bytes = residentBytes(child.pid);
        this.peakBytes = Math.max(this.peakBytes, bytes);
        if (bytes > this.limits.bytes)
          lose('memory', `took ${bytes} bytes of memory, ${this.limits.bytes} are allowed`);
      }, looksEveryMs);
      child.once('message', (outcome: Outcome) => settle(outcome));
      child.once('exit', (code, signal) => {
        this.#child = null;
        settle(broken('crash', `the process ended (${signal ?? code}): ${said}`));
      });
      child.send(request);
    });
  }

  stop(): void {
    this.#child?.disconnect();
    this.#child = null;
  }
}

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}

export type { Failure };
