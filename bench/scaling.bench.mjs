// How the cost of detection grows. Flat int16 files of 64 channels (SIZES=1,4,16 in GB; 0.25,0.5,1 unless told otherwise), each in a
// process of its own whose peak memory is counted above what it holds after a small recording: time a sample against that of
// the smallest file. Then twice the samples (2 T) and twice the channels (2 C) in turns, in memory and from files, all larger than
// the caches and with one thread and two: time over time, where 2 is linear; the ratio is 2 over that.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectSpikes, SpikeData } from '../dist/index.js';
import { inTurns, median, megabytes, milliseconds } from './support/measure.mjs';
import { inFolder, makeTraces, writeFlat } from './support/traces.mjs';

const sizes = (process.env.SIZES ?? '0.25,0.5,1').split(',').map(Number);
const rounds = Number(process.env.ROUNDS ?? 3);
const channels = 64;
const child = fileURLToPath(new URL('support/detect-child.mjs', import.meta.url));

/** Files of rising size, each read `rounds` times. */
function measureFile(folder, gigabytes) {
  const path = join(folder, 'recording.dat');
  const samples = writeFlat(path, channels, gigabytes * 1e9);
  const small = join(folder, 'small.dat');
  writeFlat(small, channels, 8e6);
  const runs = Array.from({ length: rounds }, () =>
    JSON.parse(execFileSync(process.execPath, [child, small, path, channels], { encoding: 'utf8' })),
  );
  rmSync(path);
  const seconds = median(runs.map((run) => run.seconds));
  return {
    gigabytes,
    seconds,
    perSample: seconds / (samples * channels),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
  };
}

function fileRows(folder) {
  const files = sizes.sort((a, b) => a - b).map((size) => measureFile(folder, size));
  const first = files[0];
  const rows = files.map((file) => ({
    what: `detectSpikes, flat int16 of ${file.gigabytes} GB, time a sample`,
    ours: `${(file.perSample * 1e9).toFixed(3)} ns`,
    peer: `${(first.perSample * 1e9).toFixed(3)} ns at ${first.gigabytes} GB`,
    ratio: first.perSample / file.perSample,
    note: `${file.seconds.toFixed(2)} s, peak ${megabytes(file.peakBytes)}`,
  }));
  const last = files.at(-1);
  const memory = {
    what: `detectSpikes, peak memory at ${last.gigabytes} GB`,
    ours: megabytes(last.peakBytes),
    peer: `${megabytes(first.peakBytes)} at ${first.gigabytes} GB`,
    ratio: first.peakBytes / last.peakBytes,
  };
  return [...rows, memory];
}

/** `detect(shape, threads)` does the work. Rows of time(2 T) / time(T) and of time(2 C) / time(C). */
async function doublingRows(what, [count, samples], turns, detect) {
  const rows = [];
  const shapes = [
    [count, samples],
    [count, 2 * samples],
    [2 * count, samples],
  ];
  for (const threads of [1, 2].slice(0, availableParallelism())) {
    const works = shapes.map((shape) => () => detect(shape, threads));
    const [base, longer, wider] = await inTurns(works, turns);
    const row = (name, doubled) => ({
      what: `${what}, ${count} × ${samples}, ${threads === 1 ? 'one thread' : 'two threads'}: ${name}`,
      ours: (doubled.seconds / base.seconds).toFixed(2),
      peer: '2 where linear',
      ratio: (2 * base.seconds) / doubled.seconds,
      note: `${milliseconds(doubled.seconds)} after ${milliseconds(base.seconds)}`,
    });
    rows.push(row('time(2 T) / time(T)', longer), row('time(2 C) / time(C)', wider));
  }
  return rows;
}

function memoryRows() {
  const shape = [32, 2_400_000];
  const data = makeTraces(2 * shape[0], shape[1]);
  return doublingRows('in memory, float64', shape, 3 * rounds, (shape, threads) =>
    SpikeData.fromThresholding(
      { data: data.subarray(0, shape[0] * shape[1]), shape },
      { threads, keepRaw: false, onWarning() {} },
    ),
  );
}

async function doubledFileRows(folder) {
  const [count, bytes] = [32, 4e8];
  const path = (width, size) => join(folder, `${width}-${size}.dat`);
  const samples = writeFlat(path(count, 1), count, bytes);
  writeFlat(path(count, 2), count, 2 * bytes);
  writeFlat(path(2 * count, 1), 2 * count, 2 * bytes);
  return doublingRows('detectSpikes, flat int16', [count, samples], rounds + 2, ([width, length], threads) =>
    detectSpikes(path(width, length / samples), { channels: width, fsHz: 20_000, threads }),
  );
}

export const run = () =>
  inFolder(async (folder) => [...fileRows(folder), ...(await doubledFileRows(folder)), ...(await memoryRows())]);
