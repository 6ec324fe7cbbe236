/** Long native calls and the rest of Node: they can be stopped at any time, and hold nothing up. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type Progress, SpikeData } from '../../lib/index.js';

const library = new URL('../../dist/index.js', import.meta.url).href;
// seconds of work on one thread: a filter with a long memory is computed in scipy's own order
const slow = `{ threads: 1, filter: { lowcut: 1, highcut: 3000, order: 9 }, keepRaw: false }`;
const start = `
  import { SpikeData } from ${JSON.stringify(library)};
  const data = new Float64Array(64 * 300000);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i) * (i % 977);
  const job = SpikeData.fromThresholding({ data, shape: [64, 300000] }, ${slow});
`;
const options = { threads: 1, filter: { lowcut: 1, highcut: 3000, order: 9 }, keepRaw: false } as const;
const traces = {
  data: Float64Array.from({ length: 64 * 300_000 }, (_, i) => Math.sin(i) * (i % 977)),
  shape: [64, 300_000],
};

describe('a long native call', () => {
  it('rejects with the reason of its signal within 50 ms of the abort, and its work ends', async () => {
    const stop = new AbortController();
    const job = SpikeData.fromThresholding(traces, { ...options, signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reason = new Error('enough');
    const asked = performance.now();
    stop.abort(reason);
    await expect(job).rejects.toBe(reason);
    expect(performance.now() - asked).toBeLessThan(50);
    // a thread that went on would show in the time the CPU was used
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(100);
  });

  it('does not start under a signal that is aborted already', async () => {
    const reason = new Error('no');
    const job = SpikeData.fromThresholding(traces, { ...options, signal: AbortSignal.abort(reason) });
    await expect(job).rejects.toBe(reason);
  });

  it('does not hold up fs', async () => {
    const jobs = Array.from({ length: 5 }, () => SpikeData.fromThresholding(traces, { ...options, threads: 2 }));
    let ended = 0;
    for (const job of jobs) void job.then(() => ended++);
    // on libuv's four threads it would wait until one of the first four jobs is over, and be last in line behind the fifth
    await readFile(fileURLToPath(import.meta.url));
    expect(ended).toBeLessThan(jobs.length);
    await Promise.all(jobs);
  });

  it('tells how far it is, rising to its total', async () => {
    const seen: Progress[] = [];
    await SpikeData.fromThresholding(traces, { ...options, onProgress: (p) => seen.push(p) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.map((p) => p.done)).toEqual(seen.map((p) => p.done).sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual({ stage: 'detecting', done: 300_000, total: 300_000, unit: 'samples' });
  });

  it('lets its worker be terminated in the middle', async () => {
    const code = `${start} import { parentPort } from 'node:worker_threads'; parentPort.postMessage('running'); await job;`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const asked = performance.now();
    expect(await worker.terminate()).toBe(1);
    expect(performance.now() - asked).toBeLessThan(500);
  });

  it('lets the process exit in the middle', async () => {
    const code = `${start} setTimeout(() => { console.log(Date.now()); process.exit(7); }, 100);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    const ended = await new Promise((resolve) => child.on('exit', (exitCode, signal) => resolve({ exitCode, signal })));
    expect(ended).toEqual({ exitCode: 7, signal: null });
    expect(Date.now() - Number(said)).toBeLessThan(1000);
  });
});
