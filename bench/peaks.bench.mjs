// Peaks with amplitudes on 64 × 600 000 samples of float32 in memory, after a filter and the global median, or that of the channels
// around each, above five times the exact median absolute deviation of each channel: against scipy, numpy and numba on the same numbers,
// in turns. Then what each part costs beside a threshold in µV, snippets of 40 000 spikes beside all without them, and a flat file of
// 385 channels of int16. The least of all rounds; of the processors (user and system), which what else runs on the machine moves
// least, or by the clock. SAMPLES=60000 makes it smaller, ROUNDS=9 more certain.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectPeaks } from '../dist/index.js';
import { milliseconds } from './support/measure.mjs';
import { startPython } from './support/peer.mjs';
import { inFolder, makeTraces, writeFlat } from './support/traces.mjs';

export const needs = ['numpy', 'scipy', 'numba'];
const channels = 64;
const samples = Number(process.env.SAMPLES ?? 600_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const fsHz = 20_000;
const heapKept =
  'glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:glibc.malloc.mmap_max=0';
const size = `float32, ${channels} × ${samples}`;

async function timed(work) {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpu: (user + system) / 1e6, result };
}

/** Of some pieces of work in turns. */
async function leastOf(works) {
  const least = works.map(() => ({ seconds: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY }));
  for (let round = -1; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const { seconds, cpu, result } = await timed(work);
      const took = result?.peer ?? { seconds, cpu };
      if (round < 0) continue;
      least[i].seconds = Math.min(least[i].seconds, took.seconds);
      least[i].cpu = Math.min(least[i].cpu, took.cpu);
    }
  }
  return least;
}

async function beside(peer, traces, threads, what, options, around = []) {
  let count;
  const theirWork = async () => {
    const theirs = await peer.run([threads, ...around].join(' '));
    count = [theirs.count, theirs.sum];
    return { peer: theirs };
  };
  const ourWork = async () => {
    const { sample } = await detectPeaks(traces, { fsHz, threads, ...options });
    const sum = sample.reduce((a, b) => a + b, 0);
    if (sample.length !== count[0] || sum !== count[1]) {
      throw new Error(`different peaks: ${sample.length} against numpy's ${count[0]}`);
    }
  };
  const [theirs, ours] = await leastOf([theirWork, ourWork]);
  return [
    ['cpu', 'of the processors'],
    ['seconds', 'by the clock'],
  ].map(([key, note]) => ({
    what: `detectPeaks, ${size}, filter, ${what}, exact MAD, ${threads} thread${threads > 1 ? 's' : ''}`,
    ours: milliseconds(ours[key]),
    peer: `scipy, numpy, numba ${milliseconds(theirs[key])}`,
    ratio: theirs[key] / ours[key],
    note,
  }));
}

/** Two columns of sites, 30 µm apart, 20 µm down. */
const channelLocations = Array.from({ length: channels }, (_, c) => [(c % 2) * 30, Math.floor(c / 2) * 20]);
/** Farther than 30 and at most 55 µm, but at least the five nearest beyond 30: SpikeInterface's default. */
const ring = channelLocations.map(([x, y]) => {
  const beyond = channelLocations
    .map(([x2, y2], c) => ({ c, away: Math.hypot(x - x2, y - y2) }))
    .filter(({ away }) => away > 30)
    .sort((a, b) => a.away - b.away);
  const near = beyond.filter(({ away }) => away <= 55);
  return (near.length < 5 ? beyond.slice(0, 5) : near).map(({ c }) => c);
});

async function parts(traces) {
  const plain = { fsHz, threads: 1, thresholdUv: 60, gainsToUv: new Array(channels).fill(1) };
  const noisy = { fsHz, threads: 1 };
  const cases = [
    ['noise std', { ...noisy, noise: 'std' }],
    ['noise si-mad', noisy],
    ['global median', { ...plain, reference: {} }],
    ['local median', { ...plain, reference: { kind: 'local' }, channelLocations }],
    ['snippets', { ...plain, snippets: {} }],
  ];
  const all = [plain, ...cases.map(([, options]) => options)];
  const [base, ...least] = await leastOf(all.map((options) => () => detectPeaks(traces, options)));
  return cases.map(([what], i) => ({
    what: `detectPeaks, ${size}, ${what}, 1 thread`,
    ours: milliseconds(least[i].cpu),
    peer: `threshold in µV ${milliseconds(base.cpu)}`,
    ratio: base.cpu / least[i].cpu,
    note: 'of the processor',
  }));
}

async function snippets() {
  const traces = { data: Float32Array.from(makeTraces(channels, samples, 960)), shape: [channels, samples] };
  const rows = [];
  for (const threads of [1, 2]) {
    const options = { fsHz, threads, reference: {} };
    let spikes = 0;
    const cut = async () => {
      spikes = (await detectPeaks(traces, { ...options, snippets: {} })).sample.length;
    };
    const [without, along] = await leastOf([() => detectPeaks(traces, options), cut]);
    rows.push({
      what: `detectPeaks with snippets of ${spikes} spikes, ${threads} thread${threads > 1 ? 's' : ''}`,
      ours: milliseconds(along.seconds),
      peer: `without ${milliseconds(without.seconds)}`,
      ratio: without.seconds / along.seconds,
      note: 'by the clock',
    });
  }
  return rows;
}

/** In a process of its own, where no memory of what ran before is left. */
const child = `
import { readFileSync } from 'node:fs';
const [, dist, path, rounds] = process.argv;
const { detectPeaks } = await import(dist);
const rss = (key) => 1024 * Number(new RegExp(key + ':\\\\s+(\\\\d+)').exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const options = { fsHz: 30000, format: 'binary', channels: 385, threads: 2, reference: {} };
const before = rss('VmRSS');
let [count, grown, seconds] = [0, 0, Infinity];
for (let round = 0; round < rounds; round++) {
  const start = performance.now();
  count = (await detectPeaks(path, options)).sample.length;
  seconds = Math.min(seconds, (performance.now() - start) / 1000);
  if (round === 0) grown = rss('VmHWM') - before;
}
console.log(JSON.stringify({ count, grown, seconds }));
`;

function fromFile(folder) {
  const path = join(folder, 'flat.bin');
  const frames = writeFlat(path, 385, (samples / 600_000) * 2 ** 30);
  const dist = new URL('../dist/index.js', import.meta.url).href;
  const script = ['--input-type=module', '-e', child, dist, path, String(rounds)];
  const { count, grown, seconds } = JSON.parse(execFileSync(process.execPath, script, { encoding: 'utf8' }));
  return {
    what: 'detectPeaks, flat int16 of 385 channels, filter, median, exact MAD, 2 threads',
    ours: `${((frames * 385) / seconds / 1e9).toFixed(2)} G samples/s`,
    note: `${count} peaks of 16 bytes, peak +${(grown / 2 ** 20).toFixed(0)} MB`,
  };
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
      const local = { reference: { kind: 'local' }, channelLocations };
      return [
        ...(await beside(peer, traces, 1, 'median', { reference: {} })),
        ...(await beside(peer, traces, 2, 'median', { reference: {} })),
        ...(await beside(peer, traces, 1, 'local median', local, [JSON.stringify(ring)])),
        ...(await parts(traces)),
        ...(await snippets()),
        fromFile(folder),
      ];
    } finally {
      peer.end();
    }
  });
