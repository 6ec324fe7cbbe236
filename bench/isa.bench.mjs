// The same detection with every instruction set that this CPU has, in turns, against the best of them: what a machine without it
// would need. All must find the same spikes.
import { native } from '../dist/addon/binding.js';
import { SpikeData } from '../dist/index.js';
import { inTurns, milliseconds } from './support/measure.mjs';
import { countSpikes, makeTraces } from './support/traces.mjs';

const channels = 64;
const samples = Number(process.env.SAMPLES ?? 300_000);
const rounds = Number(process.env.ROUNDS ?? 7);

const times = (sd) => sd.train.reduce((sum, train) => sum + train.reduce((a, b) => a + b, 0), 0);

export async function run() {
  const names = native().buildInfo().signalKernels;
  const data = makeTraces(channels, samples);
  const inputs = { float64: data, int16: Int16Array.from(data, (v) => Math.round(v * 16)) };
  const rows = [];
  for (const [type, values] of Object.entries(inputs)) {
    const found = new Set();
    const works = names.map((name) => async () => {
      process.env.SPIKELAB_ISA = name;
      const options = { keepRaw: false, threads: 1 };
      const sd = await SpikeData.fromThresholding({ data: values, shape: [channels, samples] }, options);
      found.add(`${countSpikes(sd)} spikes, ${times(sd)}`);
    });
    const before = process.env.SPIKELAB_ISA;
    const runs = await inTurns(works, rounds);
    if (before === undefined) delete process.env.SPIKELAB_ISA;
    else process.env.SPIKELAB_ISA = before;
    if (found.size > 1) throw new Error(`instruction sets differ: ${[...found].join('; ')}`);
    const best = runs.at(-1).seconds;
    rows.push(
      ...names.map((name, i) => ({
        what: `${type}, ${channels} × ${samples}, 1 thread, ${name}`,
        ours: milliseconds(runs[i].seconds),
        peer: `${milliseconds(best)} with ${names.at(-1)}`,
        ratio: best / runs[i].seconds,
      })),
    );
  }
  return rows;
}
