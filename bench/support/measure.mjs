/** Time and memory of work in this process. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

/** Frees what former rounds left behind, as Python does at once; results of native code go after the next turn. */
export async function collect() {
  for (let i = 0; i < 2; i++) {
    gc();
    await setImmediate();
  }
}

const status = (key) =>
  1024 * Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);

// The least that this process held before any of the works that are compared: what an allocator keeps from one to the next counts.
let idle = Number.POSITIVE_INFINITY;

/**
 * { seconds, peakBytes }: the peak is above what the process held when it was idle. Linux only. `check` sees the result outside of
 * the time; nothing keeps it afterwards.
 */
export async function measure(work, check = () => {}) {
  await collect();
  // resets the peak
  writeFileSync('/proc/self/clear_refs', '5');
  idle = Math.min(idle, status('VmRSS'));
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const peakBytes = Math.max(0, status('VmHWM') - idle);
  check(result);
  return { seconds, peakBytes };
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
export const megabytes = (bytes) => `+${(bytes / 2 ** 20).toFixed(0)} MB`;
export const milliseconds = (seconds) => `${(seconds * 1000).toPrecision(3)} ms`;

/** Runs a list of works in turns, `rounds` times after one to warm up: the results of measure() by work. */
export async function inTurns(works, rounds) {
  const runs = works.map(() => []);
  idle = Number.POSITIVE_INFINITY;
  for (let round = -1; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const run = await measure(work);
      if (round >= 0) runs[i].push(run);
    }
  }
  return runs.map((list) => ({
    seconds: median(list.map((r) => r.seconds)),
    peakBytes: median(list.map((r) => r.peakBytes)),
  }));
}
