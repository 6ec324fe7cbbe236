// Detection in the layouts of recording rigs against the same samples as a flat binary file: headers, packets, blocks, one file a
// channel and chunks cost at most 30 %. Beside it stands how long the recording takes to open, which looks for lost samples. Options by
// environment: ROUNDS (default 5), SAMPLES a channel (default 1200000), CPU=1 compares processor time, which other work on the machine disturbs less.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectSpikes, openRecording } from '../dist/index.js';

const channels = 64;
const fsHz = 30_000;
const samples = Math.ceil(Number(process.env.SAMPLES ?? 1_200_000) / 15_360) * 15_360;
const rounds = Number(process.env.ROUNDS ?? 5);
const python = process.env.BENCH_PYTHON ?? '/usr/bin/python3';

const flat = { channels, dtype: 'int16', fsHz };
/** Each with the file of the same samples beside which it stands: its own type, and where compressed the usual layout, compressed. */
const layouts = [
  ['Intan, blocks of 128', 'intan/single.rhd', 'unsigned.bin'],
  ['Intan, a file a kind', 'intan_signal', 'flat.bin'],
  ['Intan, a file a channel', 'intan_channel', 'rows.bin'],
  ['Blackrock, one packet', 'one.ns6', 'flat.bin'],
  ['Blackrock, a packet a sample', 'ptp.ns6', 'flat.bin'],
  ['Neuralynx, records of 512, a file a channel', 'neuralynx', 'rows.bin'],
  ['Plexon, fragments of 1024', 'one.plx', 'rows.bin'],
  ['SpikeGadgets, a packet a sample', 'one.rec', 'flat.bin'],
  ['TDT, pieces of 256', 'tdt', 'rows.bin'],
  ['EDF, records of 1024', 'one.edf', 'rows.bin'],
  ['BDF, records of 1024', 'one.bdf', 'wide.bin'],
  ['3Brain, in one piece', 'whole.brw', 'flat.bin'],
  ['3Brain, chunks of whole frames', 'plain.brw', 'flat.bin'],
  ['3Brain, chunks that end within a frame', 'odd.brw', 'flat.bin'],
  ['3Brain, gzip', 'gzip.brw', 'frames.h5'],
];

export const needs = ['numpy', 'h5py'];

export async function run() {
  const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), 'spikelab-layouts-'));
  try {
    const make = fileURLToPath(new URL('rig-layouts.py', import.meta.url));
    const prove = fileURLToPath(new URL('../test/prove/python', import.meta.url));
    execFileSync(python, [make, folder, prove, channels, samples, fsHz].map(String), { stdio: 'inherit' });
    const rows = [];
    for (const [what, name, peer] of layouts) rows.push(await against(folder, what, name, peer));
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In turns; the best of each. */
async function against(folder, what, name, peer) {
  const others = {
    'flat.bin': flat,
    'rows.bin': { ...flat, layout: 'channels-time' },
    'wide.bin': { ...flat, dtype: 'int24', layout: 'channels-time' },
    'unsigned.bin': { ...flat, dtype: 'uint16' },
    'frames.h5': { dataset: '/gzip', fsHz, layout: 'time-channels' },
  };
  const best = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY };
  const trains = {};
  const began = performance.now();
  const recordings = { ours: await openRecording(join(folder, name), { fsHz, onWarning() {} }) };
  const opened = performance.now() - began;
  recordings.theirs = await openRecording(join(folder, peer), { ...others[peer], onWarning() {} });
  for (let round = 0; round <= rounds; round++) {
    for (const key of ['ours', 'theirs']) {
      const before = process.env.CPU ? cpu() : performance.now();
      const sd = await detectSpikes(recordings[key], { threads: 2, startTime: 0, onWarning() {} });
      const took = (process.env.CPU ? cpu() : performance.now()) - before;
      // the first round fetches the file and wakes the pool
      if (round) best[key] = Math.min(best[key], took);
      trains[key] = sd.train.map((train) => train.length);
    }
  }
  await recordings.ours.close();
  await recordings.theirs.close();
  if (JSON.stringify(trains.ours) !== JSON.stringify(trains.theirs))
    throw new Error(`${what}: other spikes than in ${peer}`);
  const rate = (ms) => `${((samples * channels) / ms / 1e6).toFixed(2)} G samples/s`;
  return {
    what,
    ours: rate(best.ours),
    peer: `${peer}: ${rate(best.theirs)}`,
    ratio: best.theirs / best.ours,
    note: `opened in ${opened.toFixed(0)} ms`,
  };
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
