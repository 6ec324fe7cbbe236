// Detection on 64 × 600 000 samples in memory against scipy and numpy on the same numbers, in turns. scipy's heap is kept
// between runs (GLIBC_TUNABLES), which is its best case: without that it is up to three times slower. Results of former rounds are
// freed outside the times. Each turn is two runs in a row, of which the second counts: the first finds caches and clocks as the
// other left them. One short channel takes less than waking up: its turns are batches of ten calls.
// SAMPLES=60000 makes it smaller, ROUNDS=9 more certain.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { butterFilter, SpikeData } from '../dist/index.js';
import { measure, median, megabytes, milliseconds } from './support/measure.mjs';
import { startPython } from './support/peer.mjs';
import { countSpikes, inFolder, makeTraces } from './support/traces.mjs';

export const needs = ['numpy', 'scipy'];
const channels = 64;
const samples = Number(process.env.SAMPLES ?? 600_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const batch = 10;
const heapKept =
  'glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:glibc.malloc.mmap_max=0';

function makeTasks(data) {
  const integers = Int16Array.from(data, (v) => Math.round(v * 16));
  const whole = { data, shape: [channels, samples] };
  const one = { data: data.subarray(0, samples), shape: [1, samples] };
  const long = { data, shape: [1, channels * samples] };
  const detect = (traces, threads) => () =>
    SpikeData.fromThresholding(traces, { threads, keepRaw: false, onWarning: () => {} });
  const inBatch = (work) => async () => {
    let result;
    for (let i = 0; i < batch; i++) result = await work();
    return result;
  };
  const filter = (threads) => () => butterFilter(whole, { lowcut: 300, highcut: 6000, order: 3, threads });
  const note = 'scipy is given float64, so that it need not convert';
  return [1, 2].flatMap((threads) => [
    { what: 'float64', of: whole, task: 'detect', work: detect(whole, threads), check: true, threads },
    { what: 'int16', of: whole, task: 'detect', work: detect({ ...whole, data: integers }, threads), threads, note },
    { what: 'filtered traces out', of: whole, task: 'filter', work: filter(threads), threads },
    {
      what: 'one channel',
      of: one,
      task: 'one',
      work: inBatch(detect(one, threads)),
      calls: batch,
      check: true,
      threads,
      note: `a call, in batches of ${batch} on both sides`,
    },
    { what: 'one long channel', of: long, task: 'long', work: detect(long, threads), check: true, threads },
  ]);
}

function checkSame(sd, peer) {
  const sum = sd.train.reduce((s, t) => s + t.reduce((a, b) => a + b, 0), 0);
  if (countSpikes(sd) !== peer.count || Math.abs(sum - peer.sum) > 1e-6 * Math.abs(peer.sum)) {
    throw new Error(`different spikes: ${countSpikes(sd)} against scipy's ${peer.count}`);
  }
}

async function compare(tasks, peer) {
  const runs = tasks.map(() => ({ ours: [], peer: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [i, { task, work, check, calls = 1 }] of tasks.entries()) {
      await peer.run(task);
      const theirs = await peer.run(task);
      await measure(work);
      const mine = await measure(work, (result) => check && checkSame(result, theirs));
      mine.seconds /= calls;
      // the first round warms both up
      if (round < 0) continue;
      runs[i].ours.push(mine);
      runs[i].peer.push(theirs);
    }
  }
  return runs;
}

function row({ what, of, threads, note }, runs) {
  const seconds = (list) => median(list.map((run) => run.seconds));
  const text = (list) => `${milliseconds(seconds(list))}, ${megabytes(median(list.map((run) => run.peakBytes)))}`;
  return {
    what: `${what}, ${of.shape.join(' × ')}, ${threads} thread${threads > 1 ? 's' : ''}`,
    ours: text(runs.ours),
    peer: `scipy ${text(runs.peer)}`,
    ratio: seconds(runs.peer) / seconds(runs.ours),
    note,
  };
}

export const run = () =>
  inFolder(async (folder) => {
    const data = makeTraces(channels, samples);
    const file = join(folder, 'traces');
    writeFileSync(file, data);
    const script = fileURLToPath(new URL('detect-peer.py', import.meta.url));
    const peer = startPython(script, [file, channels, samples], { GLIBC_TUNABLES: heapKept });
    try {
      const all = makeTasks(data);
      // what filtering keeps for its next result would count as the memory of the others
      const parts = [all.filter(({ task }) => task !== 'filter'), all.filter(({ task }) => task === 'filter')];
      const rows = [];
      for (const tasks of parts) {
        const runs = await compare(tasks, peer);
        rows.push(...tasks.map((task, i) => row(task, runs[i])));
      }
      return rows;
    } finally {
      peer.end();
    }
  });
