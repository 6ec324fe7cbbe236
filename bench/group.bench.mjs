// Spikes to trains: grouping 20 million by unit, and expanding a sparse raster, against numpy on the same bytes in the same
// run, in turns. SPIKES=2000000 makes it smaller.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpikeData } from '../dist/index.js';
import { collect } from './support/measure.mjs';
import { startPython } from './support/peer.mjs';

export const needs = ['numpy'];

const units = 500;
const spikes = Number(process.env.SPIKES ?? 20_000_000);
const [rows, bins] = [200, 600_000];
const rounds = 3;

/** A small linear congruential generator: the same numbers everywhere. */
function* random(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function makeInput(folder) {
  const next = random(1);
  const ids = new Int32Array(spikes);
  const times = new Float64Array(spikes);
  for (let i = 0, t = 0; i < spikes; i++) {
    ids[i] = Math.floor(next.next().value * units);
    t += next.next().value * 0.2;
    times[i] = t;
  }
  const raster = new Uint8Array(rows * bins);
  for (let i = 0; i < rows * 2000; i++) raster[Math.floor(next.next().value * raster.length)]++;
  for (const [name, data] of Object.entries({ ids, times, raster })) writeFileSync(join(folder, name), data);
  return { ids, times, raster };
}

async function ours(make) {
  await collect();
  const start = performance.now();
  const sd = make();
  const seconds = (performance.now() - start) / 1000;
  const check = sd.train.reduce((sum, t, u) => sum + (u + 1) * t.reduce((a, b) => a + b, 0), 0);
  return { seconds, check };
}

/** The best of each side, in turns; both must have made the same trains. */
async function compare(what, make, peer, tasks) {
  let mine = Number.POSITIVE_INFINITY;
  const peers = new Map(tasks.map(([task]) => [task, Number.POSITIVE_INFINITY]));
  for (let round = 0; round < rounds; round++) {
    const result = await ours(make);
    mine = Math.min(mine, result.seconds);
    for (const [task, turns] of tasks) {
      if (round >= turns) continue;
      const { seconds, check } = await peer.run(task);
      if (Math.abs(check / result.check - 1) > 1e-9) throw new Error(`${what}: ${task} made other trains`);
      peers.set(task, Math.min(peers.get(task), seconds));
    }
  }
  return tasks.map(([task, , name]) => ({
    what,
    ours: `${mine.toFixed(3)} s`,
    peer: `${peers.get(task).toFixed(2)} s`,
    ratio: peers.get(task) / mine,
    note: name,
  }));
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  const input = makeInput(folder);
  const script = fileURLToPath(new URL('numpy-peer.py', import.meta.url));
  const peer = startPython(script, [folder, units, rows, bins]);
  try {
    const group = await compare(
      `group ${spikes / 1e6} M spikes into ${units} units`,
      () => SpikeData.fromIdcesTimes(input.ids, input.times),
      peer,
      [
        ['mask', 1, 'numpy, a mask a unit'],
        ['argsort', rounds, 'numpy, argsort and split'],
      ],
    );
    const raster = await compare(
      `expand a ${rows} × ${bins} uint8 raster of ${(rows * 2000) / 1e6} M spikes`,
      () => SpikeData.fromRaster({ data: input.raster, shape: [rows, bins] }, 1),
      peer,
      [['loop', 1, 'Python, a loop over the spikes']],
    );
    return [...group, ...raster];
  } finally {
    peer.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
