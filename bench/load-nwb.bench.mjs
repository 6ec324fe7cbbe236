// Loads an NWB file of 2 000 units and 20 M spikes against h5py doing the same (read, scale, split), in interleaved rounds on the
// same file. Each in a process of its own, so the peak memory is that of one load. Needs python3 with h5py (BENCH_PYTHON names
// another).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const python = process.env.BENCH_PYTHON ?? '/usr/bin/python3';
const rounds = 5;
const spikes = 20_000_000;
const units = 2000;

const generator = `
import sys, h5py, numpy as np
path, n, units = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(1)
ids = rng.integers(0, units, n)
times = np.cumsum(rng.exponential(3600 / n, n))[np.argsort(ids, kind='stable')]
def typed(node, kind, namespace, **attributes):
    node.attrs.update({'neurodata_type': kind, 'namespace': namespace, 'object_id': f'{rng.integers(1 << 60):036x}', **attributes})
    return node
with h5py.File(path, 'w') as f:
    typed(f, 'NWBFile', 'core', nwb_version='2.6.0')
    for name in ['acquisition', 'analysis', 'general', 'processing', 'stimulus/presentation', 'stimulus/templates']:
        f.create_group(name)
    for name in ['session_start_time', 'timestamps_reference_time']:
        f[name] = '2024-05-01T10:00:00+02:00'
    f['identifier'] = f['session_description'] = 'bench'
    f.create_dataset('file_create_date', data=['2024-05-02T00:00:00+00:00'], dtype=h5py.string_dtype())
    table = typed(f.create_group('units'), 'Units', 'core', description='sorted', colnames=['spike_times', 'quality'])
    typed(table.create_dataset('id', data=np.arange(units)), 'ElementIdentifiers', 'hdmf-common')
    data = typed(table.create_dataset('spike_times', data=times), 'VectorData', 'hdmf-common', description='spike times')
    ends = table.create_dataset('spike_times_index', data=np.cumsum(np.bincount(ids, minlength=units)).astype('u4'))
    typed(ends, 'VectorIndex', 'hdmf-common', description='index', target=data.ref)
    quality = table.create_dataset('quality', data=['good', 'mua'] * (units // 2), dtype=h5py.string_dtype())
    typed(quality, 'VectorData', 'hdmf-common', description='quality')
`;

const peer = `
import sys, time, resource, h5py, numpy as np
start = time.time()
with h5py.File(sys.argv[1]) as f:
    times = f['units/spike_times'][()]
    ends = f['units/spike_times_index'][()]
trains = np.split(times * 1000, ends[:-1])
print(time.time() - start, len(trains), sum(len(t) for t in trains), sum(float(t[-1]) for t in trains))
`;

const ours = `
const { loadSpikeDataFromNwb, SpikeData } = await import(process.argv[1]);
new SpikeData([[0]]); // loads the addon, as importing h5py has loaded libhdf5
const before = process.resourceUsage().maxRSS;
const start = performance.now();
const sd = await loadSpikeDataFromNwb(process.argv[2], { onWarning: () => {} });
const seconds = (performance.now() - start) / 1000;
const peak = (process.resourceUsage().maxRSS - before) * 1024;
const sum = (values) => values.reduce((a, b) => a + b, 0);
console.log(seconds, sd.N, sum(sd.train.map((t) => t.length)), sum(sd.train.map((t) => t[t.length - 1])), peak);
`;

const numbers = (text) => text.trim().split(/\s+/).map(Number);
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));

function check(mine, other) {
  const same = mine[1] === other[1] && mine[2] === other[2] && Math.abs(mine[3] - other[3]) <= 1e-9 * other[3];
  if (!same) throw new Error(`${mine} is not ${other}`);
}

function measure(path) {
  const load = () =>
    numbers(execFileSync(process.execPath, ['--input-type=module', '-e', ours, entry, path], { encoding: 'utf8' }));
  load(); // fills the page cache for both
  const [mine, others, peaks] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const result = load();
    const other = numbers(execFileSync(python, ['-c', peer, path], { encoding: 'utf8' }));
    check(result, other);
    mine.push(result[0]);
    others.push(other[0]);
    peaks.push(result[4]);
  }
  const peak = Math.max(...peaks);
  const size = `file ${(statSync(path).size / 1e6).toFixed(0)} MB`;
  return {
    what: `${units} units, ${spikes / 1e6} M spikes: read, scale and split`,
    ours: `${Math.min(...mine).toFixed(3)} s`,
    peer: `${Math.min(...others).toFixed(3)} s`,
    ratio: Math.min(...others) / Math.min(...mine),
    note: `${size}, peak memory ${(peak / 1e6).toFixed(0)} MB, ${(peak / spikes / 8).toFixed(2)} × the bytes of the spike times`,
  };
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-bench-'));
  const path = join(folder, 'units.nwb');
  try {
    execFileSync(python, ['-c', generator, path, String(spikes), String(units)]);
    return [measure(path)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
