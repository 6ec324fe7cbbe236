/**
 * Two runners on one folder, killed with SIGKILL at random moments and started again, until the list is done. MORE=1 does the full
 * number: 20 kills of 200 items.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { BatchResult } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { pulseOptions, pulses, resultLines } from './support.js';

const at = useTemporaryFolder();
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const [kills, count] = process.env.MORE ? [20, 200] : [4, 24];

/** Numbers in [0, 1), the same for one seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Runner {
  child: ChildProcess;
  /** Complete lines of stdout. */
  lines(): BatchResult[];
  saidFirst: Promise<void>;
  ended: Promise<number | null>;
}

function start(list: string, out: string): Runner {
  const child = spawn(process.execPath, [main, '--quiet', 'batch', list, '--out', out, '--jobs', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const saidFirst = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      resolve();
    });
    child.on('close', () => resolve());
  });
  return {
    child,
    saidFirst,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}

it('loses nothing and does nothing twice, whenever runners are killed', { timeout: 1_800_000 }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e6);
  const random = randomFrom(seed);
  const out = at('out');
  const ids = Array.from({ length: count }, (_, i) => `item${String(i).padStart(3, '0')}`);
  for (const [i, id] of ids.entries()) pulses(at(`${id}.dat`), 1 + (i % 20));
  const items = ids.map((id) => ({ source: at(`${id}.dat`), options: pulseOptions }));
  writeFileSync(at('list.jsonl'), items.map((item) => `${JSON.stringify(item)}\n`).join(''));

  const all: Runner[] = [];
  const begin = () => {
    const runner = start(at('list.jsonl'), out);
    all.push(runner);
    return runner;
  };
  const running = [begin(), begin()];
  for (let kill = 0; kill < kills; kill++) {
    const which = Math.floor(random() * 2);
    // one in four while it starts, the others in the middle of items
    if (random() < 0.75) await running[which].saidFirst;
    await sleep(random() * 400);
    running[which].child.kill('SIGKILL');
    await running[which].ended;
    running[which] = begin();
  }
  expect(await Promise.all(running.map(({ ended }) => ended)), `seed ${seed}`).toEqual([0, 0]);

  const lines = resultLines(out);
  expect(lines.map(({ id }) => id).sort(), `seed ${seed}`).toEqual(ids);
  expect(lines.map(({ status }) => status)).toEqual(Array(count).fill('done'));
  expect(Object.fromEntries(lines.map(({ id, spikes }) => [id, spikes]))).toEqual(
    Object.fromEntries(ids.map((id, i) => [id, 1 + (i % 20)])),
  );
  // said by the runner that did it, which may have been killed before it could say so
  const said = all.flatMap((runner) => runner.lines()).filter(({ status }) => status === 'done');
  expect(new Set(said.map(({ id }) => id)).size, `seed ${seed}`).toBe(said.length);
  const outputs = readdirSync(out).filter((name) => name !== '.spikelab' && name !== 'results.jsonl');
  expect(outputs.sort()).toEqual(ids.flatMap((id) => [`${id}.parquet`, `${id}.units.parquet`]));
  for (const id of ids) {
    const { files } = JSON.parse(readFileSync(`${out}/.spikelab/records/${id}.json`, 'utf8'));
    for (const { path, bytes } of files) expect(statSync(`${out}/${path}`).size).toBe(bytes);
  }
  // the lock of results.jsonl keeps the claim of a runner that was killed in it
  const claims = readdirSync(`${out}/.spikelab/claims`).filter((name) => !name.startsWith('.results.'));
  expect([claims, readdirSync(`${out}/.spikelab/work`)]).toEqual([[], []]);
});
