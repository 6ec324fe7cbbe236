// How the cost of detection grows. Flat int16 files of 64 channels (SIZES=1,4,16 in GB; 0.25,0.5,1 unless told otherwise), each in a
// process of its own whose peak memory is counted above what it holds after a small recording: time a sample against that of
// the smallest file, and twice the time of half a file. In memory: twice the samples, and twice the channels. 1 × is linear.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpikeData } from '../dist/index.js';
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

async function memoryRows() {
  const samples = 400_000;
  const data = makeTraces(32, samples);
  const detect = (shape) => () =>
    SpikeData.fromThresholding({ data: data.subarray(0, shape[0] * shape[1]), shape }, { keepRaw: false });
  const shapes = [
    [16, samples],
    [32, samples],
    [16, 2 * samples],
  ];
  const [base, wider, longer] = await inTurns(shapes.map(detect), 9);
  const row = (what, one) => ({
    what: `in memory, 16 × ${samples}, ${what}`,
    ours: milliseconds(one.seconds),
    peer: `${milliseconds(2 * base.seconds)}, twice the time`,
    ratio: (2 * base.seconds) / one.seconds,
    note: `peak ${megabytes(one.peakBytes)} after ${megabytes(base.peakBytes)}`,
  });
  return [row('twice the samples', longer), row('twice the channels', wider)];
}

export const run = () => inFolder(async (folder) => [...fileRows(folder), ...(await memoryRows())]);
