/**
 * `--emit slurm` on a real Slurm of one node, started for the test: npm run test:slurm. An array of eight over forty recordings, of
 * which one task is killed and requeued.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spikelab } from '../support/spikelab.js';
import { pulseOptions, pulses, resultLines } from './support.js';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const [items, tasks] = [40, 8];

describe.skipIf(!process.env.SLURM)('a real Slurm', () => {
  let folder: string;
  let bin: string;
  const slurm = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: join(folder, 'job'),
      encoding: 'utf8',
      env: { ...process.env, SLURM_CONF: join(folder, 'slurm/slurm.conf'), SPIKELAB: bin },
    });
  const states = (job: string) =>
    slurm('squeue', '-h', '-r', '--states=all', '-j', job, '-o', '%K %T')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));

  const linesOf = (job: string, task: number) => {
    const log = join(folder, 'job', `spikelab-${job}_${task}.log`);
    return existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('{"id"')).length
      : 0;
  };

  /** A task in the middle of its items: it has said one result, and not the last. */
  async function killOne(job: string): Promise<string> {
    for (let next = 0; next < tasks; next++) {
      while (linesOf(job, next) === 0) await sleep(20);
      try {
        slurm('scancel', '--signal=KILL', '--full', `${job}_${next}`);
      } catch {
        // it has ended by itself: the next one
        continue;
      }
      for (let looks = 0; looks < 100; looks++) {
        const state = states(job).find(([task]) => task === String(next))?.[1] ?? '';
        if (state === 'COMPLETED') break;
        if (state === 'CANCELLED' || state === 'FAILED') return String(next);
        await sleep(100);
      }
    }
    throw new Error('every task ended before it could be killed');
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spikelab-slurm-'));
    bin = join(folder, 'spikelab');
    writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${path('dist/cli/main.js')}' "$@"\n`, { mode: 0o755 });
    execFileSync(path('scripts/slurm-for-tests.sh'), ['start', join(folder, 'slurm')], { stdio: 'inherit' });
  }, 300_000);
  afterAll(() => {
    execFileSync(path('scripts/slurm-for-tests.sh'), ['stop', join(folder, 'slurm')]);
    rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  it('does each recording once, though a task is killed and requeued', { timeout: 900_000 }, async () => {
    const ids = Array.from({ length: items }, (_, i) => `r${String(i).padStart(2, '0')}`);
    mkdirSync(join(folder, 'data'));
    for (const [i, id] of ids.entries()) pulses(join(folder, 'data', `${id}.dat`), 1 + (i % 20));
    const lines = ids.map((id) => JSON.stringify({ source: `data/${id}.dat`, options: pulseOptions }));
    writeFileSync(join(folder, 'list.jsonl'), `${lines.join('\n')}\n`);
    const out = join(folder, 'out');
    const into = ['--emit', 'slurm', '--into', join(folder, 'job'), '--tasks', String(tasks)];
    const emitted = await spikelab(['batch', join(folder, 'list.jsonl'), '--out', out, '--jobs', '1', ...into]);
    expect([emitted.exitCode, emitted.stderr]).toEqual([0, '']);

    const job = /\d+/.exec(slurm('sbatch', '--export=ALL', 'spikelab.slurm'))?.[0] ?? '';
    const victim = await killOne(job);
    const isOver = ([, state]: string[]) =>
      ['COMPLETED', 'FAILED', 'CANCELLED', 'NODE_FAIL', 'TIMEOUT'].includes(state);
    slurm('scontrol', 'requeue', `${job}_${victim}`);
    while (!states(job).every(([, state]) => state === 'COMPLETED')) {
      const failed = states(job).filter((task) => isOver(task) && task[1] !== 'COMPLETED' && task[0] !== victim);
      expect(failed).toEqual([]);
      await sleep(500);
    }

    const results = resultLines(out);
    expect(results.map(({ id }) => id).sort()).toEqual(ids);
    const spikes = Object.fromEntries(results.map(({ id, spikes: count }) => [id, count]));
    expect(spikes).toEqual(Object.fromEntries(ids.map((id, i) => [id, 1 + (i % 20)])));
    const said = readdirSync(join(folder, 'job'))
      .filter((name) => name.endsWith('.log'))
      .flatMap((name) => readFileSync(join(folder, 'job', name), 'utf8').split('\n'))
      .filter((line) => line.startsWith('{"id"') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
    const doneNow = said.filter(({ status }) => status === 'done').map(({ id }) => id);
    expect(new Set(doneNow).size).toBe(doneNow.length);
    process.stdout.write(`array ${job}: task ${victim} killed and requeued; ${results.length} items, each once\n`);
  });
});
