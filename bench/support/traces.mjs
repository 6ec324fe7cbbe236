/** Recordings to detect in: noise of about 10 µV and a spike of ten times that on each channel every 1500 samples. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const spacing = 1500;

/** float64, (channels, samples). */
export function makeTraces(channels, samples, apart = spacing) {
  const data = new Float64Array(channels * samples);
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < data.length; i++) data[i] = (next() + next() + next() + next() - 2) * 17;
  for (let c = 0; c < channels; c++) {
    for (let t = 100 + 7 * c; t < samples - 30; t += apart) {
      for (let k = 0; k < 30; k++) data[c * samples + t + k] -= 120 * Math.sin(k / 4.6) * (1 - k / 35);
    }
  }
  return data;
}

/** int16 of 1/16 µV, (samples, channels): a block of this many whole spacings. */
function makeBlock(channels, spacings) {
  const samples = spacings * spacing;
  const traces = makeTraces(channels, samples);
  const out = new Int16Array(traces.length);
  for (let t = 0; t < samples; t++) {
    for (let c = 0; c < channels; c++) out[t * channels + c] = Math.round(traces[c * samples + t] * 16);
  }
  return out;
}

/** Writes a flat file of int16, (samples, channels), of about this size, and has it on the disk. Returns its samples. */
export function writeFlat(path, channels, bytes) {
  const spacings = Math.max(1, Math.min(200, Math.round(bytes / (2 * channels * spacing))));
  const block = makeBlock(channels, spacings);
  const count = Math.max(1, Math.round(bytes / block.byteLength));
  const file = openSync(path, 'w');
  for (let i = 0; i < count; i++) writeSync(file, block);
  fsyncSync(file);
  closeSync(file);
  return (count * block.length) / channels;
}

/** Calls body(folder) with a temporary folder (BENCH_TMP, or the system's) that is gone afterwards. */
export async function inFolder(body) {
  const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), 'spikelab-bench-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const countSpikes = (sd) => sd.train.reduce((sum, train) => sum + train.length, 0);
