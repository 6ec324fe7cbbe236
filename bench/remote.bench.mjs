// NWB on a server that answers each request after 50 ms: all units, and a second of 64 channels out of the middle of a recording.
// Requests, bytes and seconds against fsspec with h5py, and against h5wasm over a simple store of ranges. Then detection in a
// recording on this machine's own web server, against the same file on disk.
import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectSpikes, loadSpikeDataFromNwb, openRecording } from '../dist/index.js';
import { python, startPython } from './support/peer.mjs';
import { inFolder } from './support/traces.mjs';

export const needs = ['numpy', 'h5py', 'fsspec', 'aiohttp'];
const rounds = 3;
const generator = `
import sys, h5py, numpy as np
rng = np.random.default_rng(1)
units, spikes, fs, seconds = 200, 200_000, 20_000, 60
with h5py.File(sys.argv[1], 'w') as f:
    f.attrs['nwb_version'] = '2.6.0'
    f.attrs['neurodata_type'] = 'NWBFile'
    for i in range(100):
        f[f'specifications/core/2.6.{i}/text'] = 'x' * 4000
    series = f.create_group('acquisition/ElectricalSeries')
    series.attrs['neurodata_type'] = 'ElectricalSeries'
    data = np.round(51 * rng.standard_normal((fs * seconds, 64))).astype('i2')
    data[100::1500] -= 600
    series.create_dataset('data', data=data, chunks=(fs // 2, 64), compression='gzip', compression_opts=1, shuffle=True)
    series['starting_time'] = 0.0
    series['starting_time'].attrs['rate'] = float(fs)
    table = f.create_group('units')
    table.attrs['neurodata_type'] = 'Units'
    table.attrs['colnames'] = ['spike_times']
    table['id'] = np.arange(units)
    times = np.sort(rng.uniform(0, seconds, (units, spikes // units)), axis=1).ravel()
    table.create_dataset('spike_times', data=times, chunks=(8192,), compression='gzip', shuffle=True)
    table['spike_times_index'] = np.arange(1, units + 1) * (spikes // units)
`;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
/** The next message of a process; one that ends instead is an error. */
const heard = (child) =>
  new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`${child.spawnargs[1]} ended with status ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });

const tasks = {
  async units(url) {
    const sd = await loadSpikeDataFromNwb(url, { allowPrivateHosts: true, onWarning() {} });
    return sd.train.reduce((sum, train) => sum + train.reduce((a, b) => a + b, 0), 0) / 1000;
  },
  async window(url) {
    const recording = await openRecording(url, { allowPrivateHosts: true, onWarning() {} });
    const { data } = await recording.read({ start: 600_000, end: 620_000 });
    await recording.close();
    return data.reduce((a, b) => a + b, 0);
  },
};

export const run = () =>
  inFolder(async (folder) => {
    const path = join(folder, 'session.nwb');
    const made = spawnSync(python, ['-c', generator, path], { stdio: 'inherit' });
    if (made.status !== 0) throw new Error('the file could not be made');
    const far = fork(here('support/range-server.mjs'), [path, '50']);
    const url = `http://127.0.0.1:${(await heard(far)).port}/session.nwb`;
    const counts = () => {
      far.send('counts');
      return heard(far);
    };
    const wasm = fork(here('support/remote-h5wasm.mjs'), [url]);
    await heard(wasm);
    const peer = startPython(here('remote-peer.py'), [url]);
    const rows = [];
    for (const task of Object.keys(tasks)) {
      const ours = async () => {
        const start = performance.now();
        const check = await tasks[task](url);
        return { seconds: (performance.now() - start) / 1000, check };
      };
      const theirs = {
        'fsspec + h5py': () => peer.run(task),
        'h5wasm + blocks of 1 MiB': () => {
          wasm.send(task);
          return heard(wasm);
        },
      };
      const best = await measured(ours, counts);
      for (const [name, call] of Object.entries(theirs)) {
        const found = await measured(call, counts);
        if (Math.abs(found.check - best.check) > 1e-6 * Math.abs(best.check))
          throw new Error(`${task}: ${best.check} here and ${found.check} with ${name}`);
        rows.push({
          what: task === 'units' ? '200 units of an NWB file, 50 ms away' : '1 s of 64 channels of it',
          ours: text(best),
          peer: `${name}: ${text(found)}`,
          ratio: found.seconds / best.seconds,
        });
      }
    }
    wasm.disconnect();
    peer.end();
    far.disconnect();
    rows.push(await detection(path));
    return rows;
  });

/** The quickest of some rounds, with what it asked for. */
async function measured(call, counts) {
  let best;
  for (let round = 0; round < rounds; round++) {
    await counts();
    const found = { ...(await call()), ...(await counts()) };
    if (!best || found.seconds < best.seconds) best = found;
  }
  return best;
}

const text = ({ requests, bytes, seconds }) =>
  `${requests} requests, ${(bytes / 1e6).toFixed(2)} MB, ${seconds.toFixed(2)} s`;

async function detection(path) {
  const near = fork(here('support/range-server.mjs'), [path, '0']);
  const url = `http://127.0.0.1:${(await heard(near)).port}/session.nwb`;
  const best = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, source] of Object.entries({ ours: url, peer: path })) {
      const recording = await openRecording(source, { allowPrivateHosts: true, onWarning() {} });
      const start = performance.now();
      await detectSpikes(recording, { threads: 2, onWarning() {} });
      const seconds = (performance.now() - start) / 1000;
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, seconds);
      best.values = recording.samples * recording.channels;
      await recording.close();
    }
  }
  near.disconnect();
  const rate = (seconds) => `${(best.values / seconds / 1e6).toFixed(0)} M samples/s`;
  return {
    what: 'detection in it (gzip) from a server on this machine',
    ours: rate(best.ours),
    peer: `from disk: ${rate(best.peer)}`,
    ratio: best.peer / best.ours,
  };
}
