// Loads a generated KiloSort folder of 20 M spikes in 500 clusters, against numpy in the same rounds: the mask-per-cluster way of
// SpikeLab, and numpy's best (stable argsort, split). SPIKELAB_BENCH_LARGE=1 adds 400 M spikes in 342 units (about 5 GB in the
// temporary folder, removed afterwards) and its peak memory. Needs python3 with numpy (BENCH_PYTHON names another).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './support/peer.mjs';

export const needs = ['numpy'];
const rounds = 3;

const generator = `
import sys, numpy as np
folder, n, clusters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng, piece, last = np.random.default_rng(1), 10_000_000, 0
t = np.lib.format.open_memmap(folder + '/spike_times.npy', 'w+', np.uint64, (n, 1), fortran_order=True)
c = np.lib.format.open_memmap(folder + '/spike_clusters.npy', 'w+', np.int32, (n,))
for a in range(0, n, piece):
    b = min(n, a + piece)
    steps = np.cumsum(rng.integers(0, 9, b - a), dtype=np.uint64)
    t[a:b, 0] = steps + np.uint64(last)
    last += int(steps[-1])
    c[a:b] = rng.integers(0, clusters, b - a)
`;

const peer = `
import sys, time, numpy as np
folder, way = sys.argv[1:]
start, cpu = time.time(), time.process_time()
times = np.load(folder + '/spike_times.npy').ravel() * 1000 / 30000
clusters = np.load(folder + '/spike_clusters.npy').ravel()
if way == 'mask':
    trains = [np.sort(times[clusters == c]) for c in np.unique(clusters)]
else:
    order = np.argsort(clusters, kind='stable')
    ids, first = np.unique(clusters[order], return_index=True)
    trains = np.split(times[order], first[1:])
seconds = time.time() - start, time.process_time() - cpu
print(seconds[0], sum(len(t) for t in trains), sum(float(t[-1]) for t in trains), seconds[1])
`;

const ours = `
const { loadSpikeDataFromKilosort } = await import(process.argv[1]);
const start = performance.now(), used = process.cpuUsage();
const sd = await loadSpikeDataFromKilosort(process.argv[2], { fsHz: 30000, onWarning: () => {} });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(used);
const [n, sum] = [sd.train.reduce((s, t) => s + t.length, 0), sd.train.reduce((s, t) => s + t[t.length - 1], 0)];
console.log(seconds, n, sum, (user + system) / 1e6, process.resourceUsage().maxRSS * 1024);
`;

const numbers = (text) => text.trim().split(/\s+/).map(Number);
const runPeer = (folder, way) => numbers(execFileSync(python, ['-c', peer, folder, way], { encoding: 'utf8' }));
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const runOurs = (folder) =>
  numbers(execFileSync(process.execPath, ['--input-type=module', '-e', ours, entry, folder], { encoding: 'utf8' }));

function generate(folder, spikes, clusters) {
  execFileSync(python, ['-c', generator, folder, String(spikes), String(clusters)]);
}

function check(mine, other) {
  if (mine[1] !== other[1] || Math.abs(mine[2] - other[2]) > 1e-6 * other[2])
    throw new Error(`${mine} is not ${other}`);
}

function small(folder) {
  generate(folder, 20_000_000, 500);
  runOurs(folder); // fills the page cache for both
  const times = { ours: [], mask: [], argsort: [] };
  const cpu = { ours: [], mask: [], argsort: [] };
  for (let round = 0; round < rounds; round++) {
    const mine = runOurs(folder);
    times.ours.push(mine[0]);
    cpu.ours.push(mine[3]);
    for (const way of ['mask', 'argsort']) {
      const other = runPeer(folder, way);
      check(mine, other);
      times[way].push(other[0]);
      cpu[way].push(other[3]);
    }
  }
  const best = (list) => Math.min(...list);
  return ['mask', 'argsort'].map((way) => ({
    what: `20 M spikes, 500 clusters, files to trains: numpy ${way === 'mask' ? 'mask per cluster' : 'argsort + split'}`,
    ours: `${best(times.ours).toFixed(3)} s`,
    peer: `${best(times[way]).toFixed(2)} s`,
    ratio: best(times[way]) / best(times.ours),
    // the time of all threads together: it says more where other work has part of the machine
    note: `CPU time ${best(cpu.ours).toFixed(2)} s and ${best(cpu[way]).toFixed(2)} s`,
  }));
}

function large(folder) {
  const spikes = 400_000_000;
  generate(folder, spikes, 342);
  const [seconds, n, , cpu, peak] = runOurs(folder);
  if (n !== spikes) throw new Error(`${n} spikes of ${spikes}`);
  const inputs = spikes * (8 + 4);
  return [
    {
      what: '400 M spikes, 342 units, files to trains: time published for the regrouping alone',
      ours: `${seconds.toFixed(1)} s`,
      peer: '125 s',
      ratio: 125 / seconds,
      note: `CPU time ${cpu.toFixed(1)} s; peak memory ${(peak / 1e9).toFixed(2)} GB = ${(peak / inputs).toFixed(2)} × the input arrays`,
    },
  ];
}

export async function run() {
  const rows = [];
  for (const part of process.env.SPIKELAB_BENCH_LARGE ? [small, large] : [small]) {
    const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
    try {
      rows.push(...part(folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}
