// Loads a generated SpikeData of 500 trains (80 MB), pickled with protocols 2, 4 and 5, against CPython's pickle.load of the same
// file in alternating rounds, best of each. Each process loads a small pickle first and then the large one once, as users do: later
// loads would find the memory of the one before, already mapped. CPython makes arrays only; loading here also checks that trains
// are finite and sorted. Peak memory is above what the process takes after the small one. Needs python3 with numpy (BENCH_PYTHON).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './support/peer.mjs';

export const needs = ['numpy'];
const rounds = 7;
const protocols = [2, 4, 5];

// stands in for SpikeLab's class: a pickle holds its path and the instance's attributes
const standIn = `
import sys, types
for name in ('spikelab', 'spikelab.spikedata', 'spikelab.spikedata.spikedata'):
    sys.modules[name] = types.ModuleType(name)
class SpikeData: pass
SpikeData.__module__ = 'spikelab.spikedata.spikedata'
sys.modules[SpikeData.__module__].SpikeData = SpikeData
`;
const generator = `${standIn}
import pickle, numpy as np
rng, sd = np.random.default_rng(0), SpikeData()
sd.train = [np.sort(rng.uniform(0, 3.6e6, 20000)) for _ in range(500)]
sd.start_time, sd.length, sd.N = 0.0, 3.6e6, 500
sd.raw_data, sd.raw_time, sd.metadata, sd.neuron_attributes = np.zeros((0, 0)), np.zeros(0), {}, None
def dump(name, protocol):
    with open(f'{sys.argv[1]}/{name}.pkl', 'wb') as file: pickle.dump(sd, file, protocol=protocol)
for protocol in map(int, sys.argv[2:]): dump(f'sd{protocol}', protocol)
sd.train = [t[:100] for t in sd.train]
dump('small', 4)
`;
const peer = `${standIn}
import pickle, time
def load(path):
    with open(path, 'rb') as file: return pickle.load(file)
load(sys.argv[1])
start = time.perf_counter()
sd = load(sys.argv[2])
print(time.perf_counter() - start, sum(float(t[-1]) for t in sd.train))
`;
const ours = `
const { loadSpikeDataFromPickle } = await import(process.argv[1]);
await loadSpikeDataFromPickle(process.argv[2]);
const idle = process.resourceUsage().maxRSS;
const start = performance.now();
const sd = await loadSpikeDataFromPickle(process.argv[3]);
const seconds = (performance.now() - start) / 1000;
const total = sd.train.reduce((sum, train) => sum + train[train.length - 1], 0);
console.log(seconds, total, (process.resourceUsage().maxRSS - idle) * 1024);
`;
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const numbers = (text) => text.trim().split(/\s+/).map(Number);
const runPeer = (small, file) => numbers(execFileSync(python, ['-c', peer, small, file], { encoding: 'utf8' }));
const runOurs = (small, file) =>
  numbers(
    execFileSync(process.execPath, ['--input-type=module', '-e', ours, entry, small, file], { encoding: 'utf8' }),
  );

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-pickle-'));
  try {
    execFileSync(python, ['-c', generator, folder, ...protocols.map(String)]);
    return protocols.map((protocol) => measure(join(folder, 'small.pkl'), join(folder, `sd${protocol}.pkl`), protocol));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(small, file, protocol) {
  let [best, bestPeer, peak] = [Infinity, Infinity, 0];
  for (let round = 0; round < rounds; round++) {
    const [mine, total, memory] = runOurs(small, file);
    const [theirs, expected] = runPeer(small, file);
    if (Math.abs(total - expected) > 1e-6 * expected) throw new Error(`${file}: ${total} here, ${expected} in Python`);
    best = Math.min(best, mine);
    bestPeer = Math.min(bestPeer, theirs);
    peak = Math.max(peak, memory);
  }
  const { size } = statSync(file);
  const note = `peak memory ${(peak / size).toFixed(2)} × the file of ${Math.round(size / 1e6)} MB`;
  return {
    what: `protocol ${protocol}, 500 arrays, 80 MB`,
    ours: `${Math.round(best * 1000)} ms`,
    peer: `CPython's pickle.load ${Math.round(bestPeer * 1000)} ms`,
    ratio: bestPeer / best,
    note,
  };
}
