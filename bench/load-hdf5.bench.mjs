// Loads 20 M spikes of 500 units from HDF5 in each layout, against h5py and numpy in interleaved rounds on the same files:
// ragged against a plain read, split and scaling; paired against SpikeLab's mask per unit; a raster against SpikeLab's Python
// loop per spike (over a part of the spikes, scaled up); 5 000 units in a group against one h5py read a unit. Each in a process of
// its own, so the peak memory is that of one load. Needs python3 with h5py (BENCH_PYTHON names another).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './support/peer.mjs';

export const needs = ['numpy', 'h5py'];
const rounds = 3;
const spikes = 20_000_000;

const generator = `
import sys, h5py, numpy as np
folder, n, units = sys.argv[1], int(sys.argv[2]), 500
rng = np.random.default_rng(1)
ids = rng.integers(0, units, n)
times = np.cumsum(rng.exponential(3.6e6 / n, n))
order = np.argsort(ids, kind='stable')
with h5py.File(folder + '/ragged.h5', 'w') as f:
    f['spike_times'] = times[order] / 1000
    f['spike_times_index'] = np.cumsum(np.bincount(ids))
with h5py.File(folder + '/gzip.h5', 'w') as f:
    f.create_dataset('spike_times', data=times[order] / 1000, compression='gzip', compression_opts=4, chunks=(1 << 17,), shuffle=True)
    f['spike_times_index'] = np.cumsum(np.bincount(ids))
with h5py.File(folder + '/paired.h5', 'w') as f:
    f['idces'] = ids.astype('i4')
    f['times'] = times
with h5py.File(folder + '/group.h5', 'w') as f:
    for u, part in enumerate(np.array_split(times / 1000, 5000)):
        f[f'units/{u}'] = part
raster = np.zeros((1000, 600_000), np.uint8)
np.add.at(raster.reshape(-1), rng.integers(0, raster.size, 2_000_000), 1)
with h5py.File(folder + '/raster.h5', 'w') as f:
    f['raster'] = raster
`;

const peer = `
import sys, time, resource, h5py, numpy as np
folder, way = sys.argv[1:]
start = time.time()
scale = 1
def read(name):
    with h5py.File(folder + '/' + name + '.h5') as f:
        return {k: f[k][()] for k in f}
if way in ('ragged', 'gzip'):
    d = read(way)
    trains = np.split(d['spike_times'] * 1000, d['spike_times_index'][:-1])
elif way == 'paired':
    d = read('paired')
    part = 25
    trains = [np.sort(d['times'][d['idces'] == u]) for u in range(part)]
    scale = 500 / part
elif way == 'argsort':
    d = read('paired')
    order = np.argsort(d['idces'], kind='stable')
    trains = np.split(d['times'][order], np.cumsum(np.bincount(d['idces']))[:-1])
elif way == 'group':
    with h5py.File(folder + '/group.h5') as f:
        trains = [f['units'][k][()] * 1000 for k in sorted(f['units'], key=int)]
else:
    d = read('raster')['raster']
    done = time.time() - start
    start = time.time()
    trains = []
    for row in d[:50]:
        train = []
        for b in np.flatnonzero(row):
            train.extend(b + np.linspace(0, 1, int(row[b]) + 2)[1:-1])
        trains.append(np.array(train))
    scale = 20
    print(done + (time.time() - start) * scale, -1, -1)
    sys.exit()
print((time.time() - start) * scale, sum(len(t) for t in trains) if scale == 1 else -1, sum(float(t[-1]) for t in trains) if scale == 1 else -1)
`;

const ours = `
const { loadSpikeDataFromHdf5, SpikeData } = await import(process.argv[1]);
new SpikeData([[0]]); // loads the addon, as importing h5py has loaded libhdf5
const start = performance.now();
const before = process.resourceUsage().maxRSS;
const sd = await loadSpikeDataFromHdf5(process.argv[2], { ...JSON.parse(process.argv[3]), onWarning: () => {} });
const seconds = (performance.now() - start) / 1000;
const peak = (process.resourceUsage().maxRSS - before) * 1024;
console.log(seconds, sd.train.reduce((s, t) => s + t.length, 0), sd.train.reduce((s, t) => s + t[t.length - 1], 0), peak);
`;

const wasm = `
const { default: h5wasm } = await import(process.argv[1]);
await h5wasm.ready;
const start = performance.now();
const file = new h5wasm.File(process.argv[2], 'r');
const times = file.get('spike_times').value;
const ends = file.get('spike_times_index').value;
const trains = Array.from(ends, (end, u) => times.slice(u ? Number(ends[u - 1]) : 0, Number(end)).map((t) => t * 1000));
console.log((performance.now() - start) / 1000, trains.reduce((s, t) => s + t.length, 0), trains.reduce((s, t) => s + t[t.length - 1], 0));
`;

const ragged = { spikeTimesDataset: 'spike_times', spikeTimesIndexDataset: 'spike_times_index' };
const cases = [
  {
    file: 'ragged',
    options: ragged,
    ways: { ragged: 'read, split and scale', wasm: 'h5wasm: read, slice and scale' },
    spikeBytes: 8,
  },
  { file: 'gzip', options: ragged, ways: { gzip: 'gzip + shuffle: read, split and scale' } },
  {
    file: 'paired',
    options: { idcesDataset: 'idces', timesDataset: 'times', timesUnit: 'ms' },
    ways: { paired: 'mask per unit (25 of 500 units, scaled up)', argsort: 'stable argsort + split' },
    spikeBytes: 8,
  },
  { file: 'group', options: { groupPerUnit: 'units' }, ways: { group: 'one read a unit, 5 000 units' } },
  {
    file: 'raster',
    options: { rasterDataset: 'raster', rasterBinSizeMs: 1 },
    ways: { raster: 'Python loop per spike (50 of 1000 units, scaled up), 1000 × 600 000 uint8' },
  },
];

const numbers = (text) => text.trim().split(/\s+/).map(Number);
const script = (source, ...args) =>
  numbers(execFileSync(process.execPath, ['--input-type=module', '-e', source, ...args], { encoding: 'utf8' }));
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const h5wasm = fileURLToPath(new URL('../node_modules/h5wasm/dist/node/hdf5_hl.js', import.meta.url));

function runPeer(folder, way) {
  if (way === 'wasm') return script(wasm, h5wasm, join(folder, 'ragged.h5'));
  return numbers(execFileSync(python, ['-c', peer, folder, way], { encoding: 'utf8' }));
}

function check(mine, other) {
  if (other[1] >= 0 && (mine[1] !== other[1] || Math.abs(mine[2] - other[2]) > 1e-9 * other[2]))
    throw new Error(`${mine} is not ${other}`);
}

function measure(folder, { file, options, ways, spikeBytes }) {
  const path = join(folder, `${file}.h5`);
  const load = () => script(ours, entry, path, JSON.stringify(options));
  load(); // fills the page cache for both
  const mine = [];
  const others = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  let peak = 0;
  for (let round = 0; round < rounds; round++) {
    const result = load();
    mine.push(result[0]);
    peak = Math.max(peak, result[3]);
    for (const way of Object.keys(ways)) {
      const other = runPeer(folder, way);
      check(result, other);
      others[way].push(other[0]);
    }
  }
  const memory = spikeBytes ? `, ${(peak / spikes / spikeBytes).toFixed(2)} × the bytes of the spike times` : '';
  const note = `file ${(statSync(path).size / 1e6).toFixed(0)} MB, peak memory ${(peak / 1e6).toFixed(0)} MB${memory}`;
  return Object.entries(ways).map(([way, what]) => ({
    what: `${file}: ${what}`,
    ours: `${Math.min(...mine).toFixed(3)} s`,
    peer: `${Math.min(...others[way]).toFixed(3)} s`,
    ratio: Math.min(...others[way]) / Math.min(...mine),
    note,
  }));
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  try {
    execFileSync(python, ['-c', generator, folder, String(spikes)]);
    return cases.flatMap((one) => measure(folder, one));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
