// What isolation costs: a small load in a warm child against the same load here, 64 at once, and how long they hold this process's
// event loop (against 5 ms, above which other requests of a server would notice).
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { loadSpikeDataFromKilosort } from '../dist/index.js';

export const needs = [];
const folder = fileURLToPath(new URL('../fixtures/kilosort/curated', import.meta.url));
const options = { fsHz: 30_000, onWarning: () => {} };
const load = (isolate) => loadSpikeDataFromKilosort(folder, { ...options, isolate });

async function medianMs(work, rounds = 41) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

const ms = (value) => `${value.toFixed(1)} ms`;

export async function run() {
  await load(true);
  const [here, there] = [await medianMs(() => load(false)), await medianMs(() => load(true))];
  const started = performance.now();
  await Promise.all(Array.from({ length: 64 }, () => load(false)));
  const manyHere = performance.now() - started;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  await Promise.all(Array.from({ length: 64 }, () => load(true)));
  const manyThere = performance.now() - begun;
  delay.disable();
  // the timer itself counts 1 ms
  const held = delay.percentile(99) / 1e6 - 1;
  return [
    {
      what: 'a small KiloSort folder, warm child',
      ours: ms(there),
      peer: `${ms(here)} (not isolated)`,
      ratio: here / there,
    },
    {
      what: '64 of them at once',
      ours: ms(manyThere),
      peer: `${ms(manyHere)} (not isolated)`,
      ratio: manyHere / manyThere,
    },
    { what: 'event loop held meanwhile, p99', ours: ms(held), peer: '5 ms (what may be)', ratio: 5 / held },
  ];
}
