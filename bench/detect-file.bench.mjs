// Detection straight from files against scipy on their first seconds, and against merely reading or inflating them. Options by
// environment: GIGABYTES (default 1; 4 to be certain that caches are passed), ROUNDS (default 3), COLD=1 drops the page cache
// before some runs (needs root).
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectSpikes } from '../dist/index.js';

const channels = 385;
const fsHz = 30_000;
const rounds = Number(process.env.ROUNDS ?? 3);
const bytes = Number(process.env.GIGABYTES ?? 1) * 2 ** 30;
const frames = Math.floor(bytes / (2 * channels));
const python = '/usr/bin/python3';

// Noise of 20 codes and 18 spikes a second and channel. Parts as HDF5, gzip'd as recorders chunk them, and few channels over and
// over, half as large.
const make = `
import sys, h5py, numpy as np
folder, frames, channels, fs = sys.argv[1], *map(int, sys.argv[2:])
rng = np.random.default_rng(1)
noise = rng.normal(0, 20, (fs * 10, channels)).astype("f4")
t = np.arange(40)
spike = (-150 * np.sin(t / 6) * np.exp(-t / 12)).astype("f4")
done = 0
with open(folder + "/frames.bin", "wb") as out:
    while done < frames:
        x = np.roll(noise, 7 * done // len(noise), axis=1)[: frames - done].copy()
        for c in range(channels):
            for s in rng.integers(0, max(1, len(x) - 50), 18 * len(x) // fs):
                x[s : s + 40, c] += spike[: len(x) - s] * rng.uniform(0.7, 1.6)
        np.rint(x).astype("<i2").tofile(out)
        done += len(x)
part = np.fromfile(folder + "/frames.bin", "<i2", count=channels * min(frames, fs * 10)).reshape(-1, channels)
for few in (1, 4):
    with open(folder + f"/few{few}.bin", "wb") as out:
        for _ in range(max(1, channels * frames // (2 * few * len(part)))):
            np.ascontiguousarray(part[:, :few]).tofile(out)
with h5py.File(folder + "/part.h5", "w") as f:
    f.create_dataset("frames", data=part, chunks=(4096, 64), compression="gzip")
    f.create_dataset("rows", data=np.ascontiguousarray(part.T), chunks=(1, 65536), compression="gzip")
`;
const peer = `
import sys, time, json, numpy as np
from scipy import signal
path, channels, frames, fs = sys.argv[1], *map(int, sys.argv[2:])
start = time.perf_counter()
x = np.fromfile(path, "<i2", count=channels * frames).reshape(-1, channels).T.astype("f8")
sos = signal.iirfilter(3, [300 / fs * 2, 6000 / fs * 2], btype="bandpass", output="sos")
y = signal.sosfiltfilt(sos, x, axis=1)
threshold = 5 * np.std(y, axis=1, keepdims=True)
above = (y > threshold) | (y < -threshold)
above[:, 1:] &= ~above[:, :-1]
above[:, 0] = False
print(json.dumps({"seconds": time.perf_counter() - start, "spikes": int(above.sum())}))
`;

const memory = (key) =>
  1024 * Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const best = (runs) => runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const gigasamples = (samples, seconds) => `${(samples / seconds / 1e9).toFixed(2)} G samples/s`;

async function timed(work) {
  writeFileSync('/proc/self/clear_refs', '5');
  const before = memory('VmRSS');
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, peakBytes: memory('VmHWM') - before, result };
}

async function repeated(work, before = () => {}) {
  const runs = [];
  for (let i = 0; i < rounds; i++) {
    before();
    runs.push(await timed(work));
  }
  return best(runs);
}

function readAll(path) {
  const file = openSync(path);
  const buffer = Buffer.alloc(2 ** 22);
  while (readSync(file, buffer) > 0);
  closeSync(file);
}

const dropCache = () => execFileSync('sh', ['-c', 'sync; echo 3 > /proc/sys/vm/drop_caches']);
const countSpikes = (sd) => sd.train.reduce((n, train) => n + train.length, 0);
const megabytes = (value) => `+${(value / 2 ** 20).toFixed(0)} MB`;

function againstScipy(folder, path) {
  const part = join(folder, 'part.bin');
  const seconds = Math.min(10, frames / fsHz);
  const count = Math.floor(seconds * fsHz);
  execFileSync('head', ['-c', String(count * channels * 2), path], {
    stdio: ['ignore', openSync(part, 'w'), 'inherit'],
  });
  const runs = Array.from({ length: rounds }, () => {
    const { stdout, status } = spawnSync(python, [join(folder, 'peer.py'), part, channels, count, fsHz]);
    if (status !== 0) throw new Error('the bench needs python3-scipy');
    return JSON.parse(stdout);
  });
  return { part, samples: count * channels, ...best(runs) };
}

async function flatRows(folder) {
  const path = join(folder, 'frames.bin');
  const options = { format: 'binary', channels, dtype: 'int16', fsHz, onWarning: () => {} };
  const scipy = againstScipy(folder, path);
  const found = countSpikes(await detectSpikes(scipy.part, options));
  if (found !== scipy.spikes) throw new Error(`different spikes: ${found} against scipy's ${scipy.spikes}`);
  const samples = frames * channels;
  const rows = [];
  for (const threads of [1, 2]) {
    readAll(path);
    const ours = await repeated(() => detectSpikes(path, { ...options, threads }));
    rows.push({
      what: `int16 (${frames}, ${channels}), page cache, ${threads} threads`,
      ours: `${gigasamples(samples, ours.seconds)}, ${megabytes(ours.peakBytes)}, ${countSpikes(ours.result)} spikes`,
      peer: `scipy, 10 s of it: ${gigasamples(scipy.samples, scipy.seconds)}`,
      ratio: samples / ours.seconds / (scipy.samples / scipy.seconds),
    });
    for (const few of [1, 4]) rows.push(await fewRow(folder, few, threads, samples / ours.seconds));
  }
  if (process.env.COLD) {
    const read = await repeated(() => readAll(path), dropCache);
    const ours = await repeated(() => detectSpikes(path, options), dropCache);
    const rate = ({ seconds }) => `${((frames * channels * 2) / seconds / 1e9).toFixed(2)} GB/s`;
    rows.push({
      what: 'the same, cold',
      ours: rate(ours),
      peer: `read: ${rate(read)}`,
      ratio: read.seconds / ours.seconds,
    });
  }
  return rows;
}

/** `many`: the samples a second of many channels, by so many threads. */
async function fewRow(folder, few, threads, many) {
  const path = join(folder, `few${few}.bin`);
  readAll(path);
  const samples = statSync(path).size / 2;
  const options = { format: 'binary', channels: few, dtype: 'int16', fsHz, threads, onWarning: () => {} };
  const ours = await repeated(() => detectSpikes(path, options));
  return {
    what: `int16 (${samples / few}, ${few}), page cache, ${threads} threads`,
    ours: `${gigasamples(samples, ours.seconds)}, ${megabytes(ours.peakBytes)}, ${countSpikes(ours.result)} spikes`,
    peer: `${channels} channels: ${gigasamples(many, 1)}`,
    ratio: samples / ours.seconds / many,
  };
}

/** Without a filter and with a threshold that nothing reaches, detection is hardly more than inflating. */
async function gzipRows(folder) {
  const path = join(folder, 'part.h5');
  const samples = Math.min(frames, fsHz * 10) * channels;
  const rows = [];
  for (const dataset of ['frames', 'rows']) {
    const layout = dataset === 'frames' ? 'time-channels' : 'channels-time';
    const options = { format: 'hdf5', dataset, layout, fsHz, onWarning: () => {} };
    const ours = await repeated(() => detectSpikes(path, options));
    const inflated = await repeated(() => detectSpikes(path, { ...options, filter: false, thresholdSigma: 1000 }));
    rows.push({
      what: `gzip'd int16, ${dataset}`,
      ours: gigasamples(samples, ours.seconds),
      peer: `hardly more than inflating: ${gigasamples(samples, inflated.seconds)}`,
      ratio: inflated.seconds / ours.seconds,
    });
  }
  return rows;
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  try {
    writeFileSync(join(folder, 'make.py'), make);
    writeFileSync(join(folder, 'peer.py'), peer);
    const made = spawnSync(python, [join(folder, 'make.py'), folder, frames, channels, fsHz], { stdio: 'inherit' });
    if (made.status !== 0) throw new Error('the bench needs python3-numpy and python3-h5py');
    return [...(await flatRows(folder)), ...(await gzipRows(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
