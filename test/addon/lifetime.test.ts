/** Threads and processes that end while native work runs, or after it: none may take the process along. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../support/lifetime.mjs', import.meta.url));
// few by default, since every worker loads the package anew; MORE=10 for ten times the rounds
const more = Number(process.env.MORE ?? 1);

function run(way: string, rounds: number): Promise<{ exitCode: number | null; signal: string | null; stderr: string }> {
  const child = spawn(process.execPath, [script, way, String(rounds)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stderr })));
}

const asUsual = { exitCode: 0, signal: null, stderr: '' };

describe('the addon outlives', () => {
  it('workers that alone load it, and end', async () => {
    expect(await run('workersOnly', 8 * more)).toEqual(asUsual);
  });

  it('workers that come and go beside the main thread', async () => {
    expect(await run('workersAndMain', 6 * more)).toEqual(asUsual);
  });

  it('workers that are terminated in the middle of loads of every format', async () => {
    expect(await run('terminated', 10 * more)).toEqual(asUsual);
  });

  it('workers that are terminated while a job reads the result of another', async () => {
    expect(await run('terminatedOverResults', 6 * more)).toEqual(asUsual);
  });

  it('process.exit() in the middle of loads', async () => {
    for (const afterMs of [3, 30]) expect(await run('exitInJob', afterMs)).toEqual(asUsual);
  });
});
