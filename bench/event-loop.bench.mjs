// How long loads and exports of 20 M spikes in 500 units hold the event loop at a stretch, against the 10 ms that a server can
// spare: of each turn its processor time (Linux's schedstat of the main thread, which moves in ticks of some ms) or its time, whichever
// is less, so that what else runs on the machine does not count; of three rounds the one with the shortest longest stretch. The
// folders of sorters are written by numpy. SPIKES sets another number of spikes; ONLY=word measures the rows with that word alone.
import { mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as names from '../dist/index.js';
import { runPython } from './support/peer.mjs';

export const needs = ['numpy'];
const spikes = Number(process.env.SPIKES ?? 20_000_000);
const [units, fsHz, rounds, spareMs] = [500, 30_000, 3, 10];
const quiet = { onWarning: () => {} };
const spikelab = { ...names };

const sorters = `
import json, os, sys, numpy as np
folder, n, units = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(2)
samples, labels = np.cumsum(rng.integers(0, 9, n)), rng.integers(0, units, n)
np.savez(folder + '/sorting.npz', unit_ids=np.arange(units), num_segment=[1], sampling_frequency=[30000.0],
         spike_indexes_seg0=samples, spike_labels_seg0=labels)
os.mkdir(folder + '/numpy')
spikes = np.zeros(n, [('sample_index', '<i8'), ('unit_index', '<i8'), ('segment_index', '<i8')])
spikes['sample_index'], spikes['unit_index'] = samples, labels
np.save(folder + '/numpy/spikes.npy', spikes)
info = {'sampling_frequency': 30000.0, 'unit_ids': list(range(units)), 'num_segments': 1}
json.dump(info, open(folder + '/numpy/numpysorting_info.json', 'w'))
order = np.argsort(labels, kind='stable')
trains = np.split(samples[order], np.cumsum(np.bincount(labels, minlength=units))[:-1])
rows = np.empty(units, dtype=object)
rows[:] = [{'unit_id': u, 'spike_train': t, 'x_max': 0.0, 'y_max': 0.0, 'template': np.zeros((5, 4), 'f4'), 'electrode': 0}
           for u, t in enumerate(trains)]
np.savez(folder + '/units.npz', units=rows, locations=np.zeros((4, 2)), fs=np.float64(30000))
`;

const statistics = openSync(`/proc/self/task/${process.pid}/schedstat`);
const bytes = Buffer.alloc(100);

/** Processor time of the main thread, in ms. */
function processorTime() {
  const length = readSync(statistics, bytes, 0, bytes.length, 0);
  return Number(bytes.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

/** The longest time in ms for which the event loop did not turn while `work` ran. */
async function longestStretch(work) {
  const now = () => [performance.now(), processorTime()];
  let [last, longest, running] = [now(), 0, true];
  const turn = () => {
    const before = last;
    last = now();
    longest = Math.max(longest, Math.min(...last.map((ms, i) => ms - before[i])));
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setTimeout(resolve, 20));
  longest = 0;
  try {
    await work();
    turn();
  } finally {
    running = false;
  }
  return longest;
}

function example() {
  let seed = 1;
  // Lehmer's generator
  const step = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const each = Math.floor(spikes / units);
  const train = Array.from({ length: units }, () => {
    const times = new Float64Array(each);
    let at = 0;
    for (let i = 0; i < each; i++) {
      at += 1 + Math.floor(40 * step()) / 30;
      times[i] = at;
    }
    return times;
  });
  return new spikelab.SpikeData(train, { metadata: { subject: 'one' } });
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-loop-'));
  const at = (name) => join(folder, name);
  const times = { spikeTimesDataset: 'spike_times', spikeTimesIndexDataset: 'spike_times_index', spikeTimesUnit: 's' };
  const exported = [
    ['pickle', 'a.pkl', 'Pickle', {}, {}],
    ['NWB', 'a.nwb', 'Nwb', {}, {}],
    ['KiloSort', 'kilosort', 'Kilosort', { fsHz }, { fsHz }],
    ['HDF5 ragged', 'ragged.h5', 'Hdf5', { style: 'ragged' }, times],
    [
      'HDF5 paired',
      'paired.h5',
      'Hdf5',
      { style: 'paired' },
      { idcesDataset: 'idces', timesDataset: 'times', timesUnit: 'ms' },
    ],
    ['HDF5 group', 'group.h5', 'Hdf5', { style: 'group' }, { groupPerUnit: 'units', groupTimeUnit: 's' }],
    ['Parquet', 'a.parquet', 'Parquet', {}, null],
    ['Arrow', 'a.arrow', 'Arrow', {}, null],
    ['CSV', 'a.csv', 'Csv', {}, {}],
  ];
  const found = [
    ['SpikeInterface npz', 'sorting.npz', 'SpikeInterface', {}],
    ['SpikeInterface folder', 'numpy', 'SpikeInterface', {}],
    ['SpikeLab npz', 'units.npz', 'SpikeLabSortedNpz', {}],
  ];
  const rows = [];
  const measure = async (what, work) => {
    if (!what.includes(process.env.ONLY ?? '')) return;
    const stretches = [];
    try {
      for (let round = 0; round < rounds; round++) stretches.push(await longestStretch(work));
    } catch (error) {
      rows.push({ what: `${what}: ${error.message.slice(0, 120)}`, ours: '', peer: '', ratio: Number.NaN });
      return;
    }
    const ms = Math.min(...stretches);
    rows.push({ what, ours: `${ms.toFixed(1)} ms`, peer: `${spareMs} ms (to spare)`, ratio: spareMs / ms });
  };
  try {
    runPython(sorters, [folder, spikes, units]);
    const sd = example();
    for (const [name, file, kind, save, load] of exported) {
      await measure(`export ${name}`, () => spikelab[`exportSpikeDataTo${kind}`](sd, at(file), save));
      if (load)
        await measure(`load ${name}`, () => spikelab[`loadSpikeDataFrom${kind}`](at(file), { ...load, ...quiet }));
      rmSync(at(file), { recursive: true, force: true });
    }
    for (const [name, file, kind, load] of found) {
      await measure(`load ${name}`, () => spikelab[`loadSpikeDataFrom${kind}`](at(file), { ...load, ...quiet }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
