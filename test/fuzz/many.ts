/**
 * Many cases in a row in one process, without a second one to compare with: for faults that need thousands of tries. Only what ends or
 * holds up the process, and errors of a wrong class, are seen; memory that is allocated or freed is filled, so that stale pointers crash.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from './child.js';
import { type Failure, judge } from './outcome.js';
import { type Case, type FormatTotals, type Found, seedOf } from './run.js';
import type { Target } from './targets.js';

/** Cases of one process: what earlier ones left in memory is part of the trial. */
const perProcess = 3000;
/** Time of the processor for one case that is a hang, and time on the clock: a busy machine is none. */
const [stuckTicks, stuckMs] = [3000, 600_000];
const looksEveryMs = 1000;
const fill = 165;

interface Block {
  readonly targets: readonly string[];
  readonly seed: string;
  readonly from: number;
  readonly to: number;
  /** A file whose first bytes are the number of the case that is being tried, as text. */
  readonly progress: string;
}
interface Tally {
  readonly errors: Record<string, number>;
  readonly loaded: number;
  readonly failures: readonly (Case & { failure: Failure })[];
}

const caseOf = ({ targets }: Pick<Block, 'targets'>, at: number): Case => ({
  target: targets[at % targets.length],
  number: Math.floor(at / targets.length),
});

export interface ManyOptions {
  readonly seed: string;
  readonly count: number;
  report(found: Found): void;
  say(line: string): void;
}

/** Tries `count` cases of the targets in turn; gives the totals by format. */
export async function tryMany(targets: readonly Target[], options: ManyOptions): Promise<Map<string, FormatTotals>> {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-fuzz-'));
  const names = targets.map(({ name }) => name);
  const format = targets[0].format;
  const totals = { cases: 0, loaded: 0, failed: 0, slow: 0, ms: 0, errors: new Map<string, number>() };
  try {
    for (let from = 0; from < options.count; ) {
      const to = Math.min(options.count, from + perProcess);
      const block = { targets: names, seed: options.seed, from, to, progress: join(folder, 'progress') };
      const { tally, lost } = await tryBlock(block);
      const reached = lost ? Number(readFileSync(block.progress, 'latin1').slice(0, 12)) + 1 : to;
      for (const one of tally?.failures ?? []) options.report({ ...one, before: [] });
      if (lost) {
        const before = Array.from({ length: reached - 1 - from }, (_, i) => caseOf(block, from + i));
        options.report({ ...caseOf(block, reached - 1), failure: lost, before });
      }
      totals.cases += reached - from;
      totals.failed += (tally?.failures.length ?? 0) + (lost ? 1 : 0);
      totals.loaded += tally?.loaded ?? 0;
      for (const [name, n] of Object.entries(tally?.errors ?? {}))
        totals.errors.set(name, (totals.errors.get(name) ?? 0) + n);
      from = reached;
      options.say(`${from} of ${options.count}, ${totals.failed} failed`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return new Map([[format, totals]]);
}

function tryBlock(block: Block): Promise<{ tally?: Tally; lost?: Failure & { kind: 'crash' | 'hang' } }> {
  writeProgress(openSync(block.progress, 'w'), block.from);
  const env = { ...process.env, MALLOC_PERTURB_: String(fill) };
  const script = fileURLToPath(new URL('./main.js', import.meta.url));
  const child = fork(script, ['--many'], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said = `${said}${text}`.slice(-1500);
  });
  return new Promise((resolve) => {
    let [seen, since, sinceTicks, stuck] = ['', Date.now(), 0, false];
    const watch = setInterval(() => {
      const [now, ticks] = [readFileSync(block.progress, 'latin1'), ticksOf(child.pid)];
      if (now !== seen) [seen, since, sinceTicks] = [now, Date.now(), ticks];
      if (ticks - sinceTicks < stuckTicks && Date.now() - since < stuckMs) return;
      stuck = true;
      child.kill('SIGKILL');
    }, looksEveryMs);
    let tally: Tally | undefined;
    child.once('message', (told: Tally) => {
      tally = told;
    });
    child.once('close', (code, signal) => {
      clearInterval(watch);
      if (tally) return resolve({ tally });
      if (stuck)
        return resolve({
          lost: {
            kind: 'hang',
            message: `not done after ${stuckTicks / 100} s of the processor, or ${stuckMs / 1000} s`,
          },
        });
      resolve({ lost: { kind: 'crash', message: `the process ended (${signal ?? code}): ${said}` } });
    });
    child.send(block);
  });
}

/** Hundredths of a second that a process has had of the processors; 0 where the system does not say. */
function ticksOf(pid: number | undefined): number {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
    return Number(user) + Number(system);
  } catch {
    return 0;
  }
}

function writeProgress(fd: number, at: number): void {
  writeSync(fd, String(at).padStart(12), 0);
}

/** The child: tries a block and tells what came of it. */
export function serveMany(all: readonly Target[]): void {
  process.once('disconnect', () => process.exit());
  process.once('message', async (block: Block) => {
    const folder = mkdtempSync(join(tmpdir(), 'spikelab-fuzz-'));
    const progress = openSync(block.progress, 'r+');
    const errors: Record<string, number> = {};
    const failures: (Case & { failure: Failure })[] = [];
    let loaded = 0;
    for (let at = block.from; at < block.to; at++) {
      writeProgress(progress, at);
      const one = caseOf(block, at);
      const target = all.find(({ name }) => name === one.target) as Target;
      const request = { target: one.target, seed: seedOf(block.seed, one), isolated: false };
      const outcome = await check(target, request, join(folder, 'case'));
      const failure = judge(outcome);
      if (failure) failures.push({ ...one, failure });
      else if (outcome.error) errors[outcome.error.name] = (errors[outcome.error.name] ?? 0) + 1;
      else loaded++;
    }
    rmSync(folder, { recursive: true, force: true });
    process.send?.({ errors, loaded, failures } satisfies Tally, () => process.disconnect());
  });
}
