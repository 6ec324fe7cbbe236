// Detection on 64 × 600 000 samples in memory against scipy and numpy on the same numbers, in turns. scipy's heap is kept
// between runs (GLIBC_TUNABLES), which is its best case: without that it is up to three times slower.
// SAMPLES=60000 makes it smaller, ROUNDS=9 more certain.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { butterFilter, SpikeData } from '../dist/index.js';

const channels = 64;
const samples = Number(process.env.SAMPLES ?? 600_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const heapKept =
  'glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:glibc.malloc.mmap_max=0';

/** Gaussian noise with a spike every 1500 samples. */
function makeTraces() {
  const data = new Float64Array(channels * samples);
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < data.length; i++) data[i] = (next() + next() + next() + next() - 2) * 17;
  for (let c = 0; c < channels; c++) {
    for (let t = 100 + 7 * c; t < samples - 30; t += 1500) {
      for (let k = 0; k < 30; k++) data[c * samples + t + k] -= 120 * Math.sin(k / 4.6) * (1 - k / 35);
    }
  }
  return data;
}

function startPeer(file) {
  const script = fileURLToPath(new URL('detect-peer.py', import.meta.url));
  const env = { ...process.env, GLIBC_TUNABLES: heapKept };
  const child = spawn('/usr/bin/python3', [script, file, channels, samples], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(task) {
      child.stdin.write(`${task}\n`);
      return JSON.parse((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

const memory = (key) =>
  1024 * Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);

async function ours(work) {
  writeFileSync('/proc/self/clear_refs', '5');
  const before = memory('VmRSS');
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  return { seconds, peakBytes: memory('VmHWM') - before, result };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const megabytes = (bytes) => `+${(bytes / 2 ** 20).toFixed(0)} MB`;

function row(what, size, mine, theirs) {
  const [a, b] = [mine, theirs].map((runs) => median(runs.map((r) => r.seconds)));
  const text = (seconds, runs) =>
    `${(seconds * 1000).toFixed(1)} ms, ${megabytes(median(runs.map((r) => r.peakBytes)))}`;
  return { what: `${what}, ${size}`, ours: text(a, mine), peer: text(b, theirs), ratio: b / a };
}

function checkSame(sd, peer) {
  const count = sd.train.reduce((n, t) => n + t.length, 0);
  const sum = sd.train.reduce((s, t) => s + t.reduce((a, b) => a + b, 0), 0);
  if (count !== peer.count || Math.abs(sum - peer.sum) > 1e-6 * Math.abs(peer.sum)) {
    throw new Error(`different spikes: ${count} against scipy's ${peer.count}`);
  }
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  const data = makeTraces();
  const file = join(folder, 'traces');
  writeFileSync(file, data);
  const integers = Int16Array.from(data, (v) => Math.round(v * 16));
  const peer = startPeer(file);
  const detect = (traces, threads) => () =>
    SpikeData.fromThresholding(traces, { threads, keepRaw: false, onWarning: () => {} });
  const whole = { data, shape: [channels, samples] };
  const tasks = [1, 2].flatMap((threads) => [
    { what: `float64, ${threads} threads`, task: 'detect', work: detect(whole, threads), check: true },
    { what: `int16, ${threads} threads`, task: 'detect', work: detect({ ...whole, data: integers }, threads) },
    {
      what: `filtered traces out, ${threads} threads`,
      task: 'filter',
      work: () => butterFilter(whole, { lowcut: 300, highcut: 6000, order: 3, threads }),
    },
    {
      what: `one channel, ${threads} threads`,
      task: 'one',
      work: detect({ data: data.subarray(0, samples), shape: [1, samples] }, threads),
      check: true,
    },
  ]);
  const runs = tasks.map(() => ({ mine: [], theirs: [] }));
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [i, { task, work, check }] of tasks.entries()) {
        const theirs = await peer.run(task);
        const mine = await ours(work);
        if (check) checkSame(mine.result, theirs);
        delete mine.result;
        // the first round warms both up
        if (round >= 0) {
          runs[i].mine.push(mine);
          runs[i].theirs.push(theirs);
        }
      }
    }
  } finally {
    peer.end();
    rmSync(folder, { recursive: true, force: true });
  }
  const size = (task) => `${task === 'one' ? 1 : channels} × ${samples}`;
  return tasks.map(({ what, task }, i) => row(what, size(task), runs[i].mine, runs[i].theirs));
}
