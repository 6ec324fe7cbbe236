// Detection in compressed HDF5 datasets against inflating them: our own read of the same dataset into a reused array, with as many
// threads. 1 × would be detection for nothing. SAMPLES=100000 makes it smaller.
import { join } from 'node:path';
import { openHdf5 } from '../dist/containers/hdf5/file.js';
import { detectSpikes } from '../dist/index.js';
import { inTurns, megabytes, milliseconds } from './support/measure.mjs';
import { runPython } from './support/peer.mjs';
import { inFolder } from './support/traces.mjs';

export const needs = ['numpy', 'h5py'];
const samples = Number(process.env.SAMPLES ?? 600_000);
const rounds = Number(process.env.ROUNDS ?? 7);

// 10 µV of noise in steps of 0.195 µV
const make = `
import sys, h5py, numpy as np
path, samples = sys.argv[1], int(sys.argv[2])
traces = np.round(51 * np.random.default_rng(1).standard_normal((64, samples))).astype('i2')
traces[:, 100::1500] -= 600
with h5py.File(path, 'w') as f:
    how = dict(compression='gzip', compression_opts=4)
    f.create_dataset('gzip', data=traces, chunks=(64, 4096), **how)
    f.create_dataset('gzip, shuffle', data=traces, chunks=(64, 4096), shuffle=True, **how)
    f.create_dataset('gzip, shuffle, by channel', data=traces, chunks=(1, min(samples, 65536)), shuffle=True, **how)
`;

export const run = () =>
  inFolder(async (folder) => {
    const path = join(folder, 'traces.h5');
    runPython(make, [path, samples]);
    const file = await openHdf5(path, { limits: { maxArrayBytes: Number.POSITIVE_INFINITY } });
    try {
      const rows = [];
      for (const { name } of await file.list()) {
        const { data: into } = await file.read(name);
        const detect = () => detectSpikes(path, { dataset: name, fsHz: 20_000 });
        const [ours, inflate] = await inTurns([detect, () => file.readInto(name, into)], rounds);
        rows.push({
          what: `detectSpikes, HDF5 int16 64 × ${samples}, ${name}`,
          ours: milliseconds(ours.seconds),
          peer: `reading it, ${milliseconds(inflate.seconds)}`,
          ratio: inflate.seconds / ours.seconds,
          note: `peak ${megabytes(ours.peakBytes)}`,
        });
      }
      return rows;
    } finally {
      file.close();
    }
  });
