// Reading HDF5 datasets into reused buffers against h5py's d[:], in interleaved rounds over the same file in the page cache.
// Options by environment: SPIKELAB_BENCH_SAMPLES (default 600000 samples of 64 channels), SPIKELAB_BENCH_ROUNDS (default 7).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openHdf5 } from '../dist/containers/hdf5/file.js';
import { python } from './support/peer.mjs';

export const needs = ['numpy', 'h5py'];
const samples = Number(process.env.SPIKELAB_BENCH_SAMPLES ?? 600_000);
const rounds = Number(process.env.SPIKELAB_BENCH_ROUNDS ?? 7);

// Broadband traces as an Intan amplifier gives them (0.195 µV a code): 8 µV of noise on a slow potential of 200 µV.
const make = `
import sys, h5py, numpy as np
path, samples = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(1)
t = np.arange(samples) / 30000
traces = np.empty((64, samples), "i2")
for c, phase in enumerate(rng.uniform(0, 6.28, 64)):
    slow = 1000 * np.sin(2 * np.pi * 3.1 * t + phase) + 400 * np.sin(2 * np.pi * 11.7 * t + 2 * phase)
    traces[c] = slow + 40 * rng.standard_normal(samples)
volts = traces[:, : samples // 4] * 1.95e-7
with h5py.File(path, "w") as f:
    f["int16 contiguous"] = traces
    f["float64 contiguous"] = volts
    f.create_dataset("int16 gzip", data=traces, chunks=(64, 4096), compression="gzip")
    f.create_dataset("int16 shuffle gzip", data=traces, chunks=(64, 4096), compression="gzip", shuffle=True)
    f.create_dataset("int16 shuffle gzip by channel", data=traces, chunks=(1, 65536), compression="gzip", shuffle=True)
    f.create_dataset("float64 gzip", data=volts, chunks=(64, 1024), compression="gzip")
    f.create_dataset("float64 shuffle gzip", data=volts, chunks=(64, 1024), compression="gzip", shuffle=True)
`;
const peer = `
import sys, time, h5py
f = h5py.File(sys.argv[1], "r")
for line in sys.stdin:
    d = f[line.strip()]
    start = time.perf_counter()
    data = d[:]
    print(time.perf_counter() - start, int(data.view("u1").sum()), flush=True)
    del data
`;

const best = (times) => Math.min(...times);
const ms = (seconds) => `${(seconds * 1000).toFixed(1)} ms`;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  const path = join(folder, 'traces.h5');
  writeFileSync(join(folder, 'make.py'), make);
  writeFileSync(join(folder, 'peer.py'), peer);
  if (spawnSync(python, [join(folder, 'make.py'), path, String(samples)], { stdio: 'inherit' }).status !== 0) {
    throw new Error('the bench needs python3-h5py');
  }
  const h5py = spawn(python, [join(folder, 'peer.py'), path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: h5py.stdout })[Symbol.asyncIterator]();
  const file = await openHdf5(path, { limits: { maxArrayBytes: Number.POSITIVE_INFINITY } });
  try {
    const rows = [];
    for (const { name } of await file.list()) rows.push(await compare(file, name, h5py, answers));
    return rows;
  } finally {
    file.close();
    h5py.kill();
    rmSync(folder, { recursive: true });
  }
}

async function compare(file, name, h5py, answers) {
  const { data: into } = await file.read(name);
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const [ours, fresh, theirs] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    into.fill(0);
    let start = performance.now();
    await file.readInto(name, into);
    ours.push((performance.now() - start) / 1000);
    start = performance.now();
    await file.read(name);
    fresh.push((performance.now() - start) / 1000);
    h5py.stdin.write(`${name}\n`);
    const [seconds, sum] = (await answers.next()).value.split(' ').map(Number);
    theirs.push(seconds);
    if (round === 0 && bytes.reduce((a, b) => a + b, 0) !== sum) throw new Error(`${name}: other bytes than h5py's`);
  }
  const speed = (seconds) => `${(into.length / 1e6 / seconds).toFixed(0)} M/s`;
  return {
    what: name,
    ours: `${ms(best(ours))} (${speed(best(ours))}; new memory ${ms(best(fresh))})`,
    peer: `${ms(best(theirs))} (${speed(best(theirs))})`,
    ratio: best(theirs) / best(ours),
  };
}
