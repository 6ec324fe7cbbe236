// Peaks with amplitudes on 64 × 600 000 samples of float32 in memory, after a filter and the global median, above five times the
// exact median absolute deviation of each channel: against scipy, numpy and numba on the same numbers, in turns; and what each part
// costs beside a threshold in µV. Times are those of the processors (user and system), the least of all rounds: what else runs on the
// machine moves them least. SAMPLES=60000 makes it smaller, ROUNDS=9 more certain.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectPeaks } from '../dist/index.js';
import { milliseconds } from './support/measure.mjs';
import { startPython } from './support/peer.mjs';
import { inFolder, makeTraces } from './support/traces.mjs';

export const needs = ['numpy', 'scipy', 'numba'];
const channels = 64;
const samples = Number(process.env.SAMPLES ?? 600_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const fsHz = 20_000;
const heapKept =
  'glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:glibc.malloc.mmap_max=0';
const size = `float32, ${channels} × ${samples}`;

async function processorSeconds(work) {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

async function leastOf(work) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = -1; round < rounds; round++) {
    const { seconds } = await processorSeconds(work);
    if (round >= 0) least = Math.min(least, seconds);
  }
  return least;
}

async function beside(peer, traces, threads) {
  const least = { ours: Number.POSITIVE_INFINITY, peer: Number.POSITIVE_INFINITY };
  for (let round = -1; round < rounds; round++) {
    const theirs = await peer.run(threads);
    const { seconds, result } = await processorSeconds(() => detectPeaks(traces, { fsHz, threads, reference: {} }));
    const sum = result.sample.reduce((a, b) => a + b, 0);
    if (result.sample.length !== theirs.count || sum !== theirs.sum) {
      throw new Error(`different peaks: ${result.sample.length} against numpy's ${theirs.count}`);
    }
    if (round < 0) continue;
    least.ours = Math.min(least.ours, seconds);
    least.peer = Math.min(least.peer, theirs.cpu);
  }
  return {
    what: `detectPeaks, ${size}, filter, median, exact MAD, ${threads} thread${threads > 1 ? 's' : ''}`,
    ours: milliseconds(least.ours),
    peer: `scipy, numpy, numba ${milliseconds(least.peer)}`,
    ratio: least.peer / least.ours,
    note: 'of the processors',
  };
}

async function parts(traces) {
  const channelLocations = Array.from({ length: channels }, (_, c) => [(c % 2) * 30, Math.floor(c / 2) * 20]);
  const plain = { fsHz, threads: 1, thresholdUv: 60, gainsToUv: new Array(channels).fill(1) };
  const noisy = { fsHz, threads: 1 };
  const cases = [
    ['noise std', { ...noisy, noise: 'std' }],
    ['noise si-mad', noisy],
    ['global median', { ...plain, reference: {} }],
    ['local median', { ...plain, reference: { kind: 'local' }, channelLocations }],
    ['snippets', { ...plain, snippets: {} }],
  ];
  const base = await leastOf(() => detectPeaks(traces, plain));
  const rows = [];
  for (const [what, options] of cases) {
    const seconds = await leastOf(() => detectPeaks(traces, options));
    rows.push({
      what: `detectPeaks, ${size}, ${what}, 1 thread`,
      ours: milliseconds(seconds),
      peer: `threshold in µV ${milliseconds(base)}`,
      ratio: base / seconds,
      note: 'of the processor',
    });
  }
  return rows;
}

export const run = () =>
  inFolder(async (folder) => {
    const data = Float32Array.from(makeTraces(channels, samples));
    const file = join(folder, 'traces');
    writeFileSync(file, data);
    const script = fileURLToPath(new URL('peaks-peer.py', import.meta.url));
    const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const peer = startPython(script, [file, channels, samples], { GLIBC_TUNABLES: heapKept, ...threads });
    const traces = { data, shape: [channels, samples] };
    try {
      return [await beside(peer, traces, 1), await beside(peer, traces, 2), ...(await parts(traces))];
    } finally {
      peer.end();
    }
  });
