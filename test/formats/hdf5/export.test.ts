import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  exportSpikeDataToHdf5,
  type Hdf5ExportOptions,
  type Hdf5Options,
  loadSpikeDataFromHdf5,
  NotFoundError,
  OptionError,
  SpikeData,
} from '../../../lib/index.js';
import { attributesOf, datasetAt, namesIn, openHdf5, valuesOf } from '../../support/h5wasm.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const at = useTemporaryFolder();
const sample = () =>
  new SpikeData([[5, 10, 15], [], [2.5, 20]], {
    length: 25,
    rawData: { data: Int16Array.of(1, -2, 3, 4, 5, -6), shape: [2, 3] },
    rawTime: Float64Array.of(0, 0.5, 1),
  });

async function exported(options?: Hdf5ExportOptions, sd = sample()) {
  await exportSpikeDataToHdf5(sd, at('a.h5'), options);
  return openHdf5(at('a.h5'));
}

describe('the layout of a file', () => {
  it('ragged, in seconds, unless another is asked for', async () => {
    const file = await exported();
    expect(attributesOf(file, '/')).toEqual({ length_ms: 25, start_time: 0 });
    expect(namesIn(file, '/')).toEqual(['spike_times', 'spike_times_index']);
    expect(datasetAt(file, 'spike_times').dtype).toBe('<d');
    expect(valuesOf(file, 'spike_times')).toEqual([0.005, 0.01, 0.015, 0.0025, 0.02]);
    expect(datasetAt(file, 'spike_times_index').dtype).toBe('<q');
    expect(valuesOf(file, 'spike_times_index')).toEqual([3, 3, 5]);
    expect(attributesOf(file, 'spike_times')).toEqual({ unit: 's' });
    expect(attributesOf(file, 'spike_times_index')).toEqual({ convention: 'ends' });
  });

  it('group: one dataset a unit, empty ones too', async () => {
    const file = await exported({ style: 'group', groupPerUnit: 'a/b', groupTimeUnit: 'samples', fsHz: 1000 });
    expect(namesIn(file, 'a/b')).toEqual(['0', '1', '2']);
    expect(datasetAt(file, 'a/b/0').dtype).toBe('<q');
    // 2.5 samples are rounded to the even number
    expect(valuesOf(file, 'a/b/2')).toEqual([2, 20]);
    expect(datasetAt(file, 'a/b/1').shape).toEqual([0]);
  });

  it('paired: indices and times, in ms', async () => {
    const file = await exported({ style: 'paired', idcesDataset: 'u', timesDataset: 't' });
    expect(datasetAt(file, 'u').dtype).toBe('<q');
    expect(valuesOf(file, 'u')).toEqual([0, 0, 0, 2, 2]);
    expect(valuesOf(file, 't')).toEqual([5, 10, 15, 2.5, 20]);
    expect(attributesOf(file, 't')).toEqual({ unit: 'ms' });
  });

  it('raster: counts per bin, with the size and the origin of the bins', async () => {
    const file = await exported({ style: 'raster', rasterBinSizeMs: 5 });
    expect(datasetAt(file, 'raster').dtype).toBe('<q');
    expect(datasetAt(file, 'raster').shape).toEqual([3, 5]);
    expect(valuesOf(file, 'raster')).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
    expect(attributesOf(file, 'raster')).toEqual({ bin_size_ms: 5, time_origin_ms: 0 });
  });

  it('raw traces in their own type, with their times', async () => {
    const file = await exported({ rawDataset: 'raw/data', rawTimeDataset: 'raw/time', rawTimeUnit: 's' });
    expect(datasetAt(file, 'raw/data').dtype).toBe('<h');
    expect(datasetAt(file, 'raw/data').to_array()).toEqual([
      [1, -2, 3],
      [4, 5, -6],
    ]);
    expect(valuesOf(file, 'raw/time')).toEqual([0, 0.0005, 0.001]);
  });

  it('says in pairs that the last units, without spikes, will be missing', async () => {
    const said: Error[] = [];
    const listen = (warning: Error) => said.push(warning);
    process.on('warning', listen);
    await exportSpikeDataToHdf5(new SpikeData([[], [1], [], [2]], { length: 10 }), at('kept.h5'), { style: 'paired' });
    await exportSpikeDataToHdf5(new SpikeData([[1], [], [2], [], []], { length: 10 }), at('lost.h5'), {
      style: 'paired',
    });
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(said).toMatchObject([{ name: 'SpikeLabWarning', code: 'empty-units-lost' }]);
    expect(said[0].message).toMatch(/the last 2 units have none/);
  });

  it('warns where raw traces are asked for and there are none', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const file = await exported({ rawDataset: 'raw' }, new SpikeData([[1]]));
    expect(namesIn(file, '/')).toEqual(['spike_times', 'spike_times_index']);
    expect(await warned).toMatchObject({ name: 'SpikeLabWarning', code: 'raw-data-missing' });
  });
});

describe('a round trip', () => {
  const empty = new SpikeData([[], [1, 2], []], { length: 10, startTime: -3 });
  it.each<[Hdf5ExportOptions, Hdf5Options]>([
    [{}, { spikeTimesDataset: 'spike_times', spikeTimesIndexDataset: 'spike_times_index' }],
    [{ style: 'group' }, { groupPerUnit: 'units' }],
    // Python writes ms and reads seconds by default; the file says which it is
    [{ style: 'paired' }, { idcesDataset: 'idces', timesDataset: 'times' }],
    [
      { style: 'group', groupTimeUnit: 'samples', fsHz: 20000 },
      { groupPerUnit: 'units', fsHz: 20000 },
    ],
  ])('keeps trains, start and length: %j', async (write, read) => {
    await exportSpikeDataToHdf5(empty, at('a.h5'), write);
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), { ...read, onWarning: () => {} });
    // pairs know nothing of the units behind the last one that fires
    const train = write.style === 'paired' ? empty.train.slice(0, 2) : empty.train;
    expect(sd.train).toEqual(train);
    expect([sd.startTime, sd.length]).toEqual([-3, 10]);
  });

  it('in samples has a start and a length that hold the rounded spikes', async () => {
    // at 1 kHz 10.4 ms is sample 10, before the start, and 19.6 ms is sample 20, behind the end
    const edges = new SpikeData([[10.4, 15], [19.6]], { startTime: 10.4, length: 9.2 });
    await exportSpikeDataToHdf5(edges, at('a.h5'), { style: 'group', groupTimeUnit: 'samples', fsHz: 1000 });
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), { groupPerUnit: 'units', fsHz: 1000 });
    expect(sd.train).toEqual([Float64Array.of(10, 15), Float64Array.of(20)]);
    expect([sd.startTime, sd.length]).toEqual([10, 10]);
  });

  it('keeps raw traces', async () => {
    await exportSpikeDataToHdf5(sample(), at('a.h5'), { style: 'group', rawDataset: 'raw', rawTimeDataset: 'time' });
    const names = { groupPerUnit: 'units', rawDataset: 'raw', rawTimeDataset: 'time' };
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), names);
    expect(sd.rawData).toEqual(sample().rawData);
    expect(sd.rawTime).toEqual(Float64Array.of(0, 0.5, 1));
  });

  it('bins a raster into the same raster again', async () => {
    await exportSpikeDataToHdf5(sample(), at('a.h5'), { style: 'raster', rasterBinSizeMs: 5 });
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), { rasterDataset: 'raster', rasterBinSizeMs: 5 });
    expect(sd.raster(5)).toEqual(sample().raster(5));
  });
});

describe('what is refused', () => {
  it.each<[string, unknown]>([
    ['an unknown style', { style: 'flat' }],
    ['an empty style', { style: '' }],
    ['a raster without bins', { style: 'raster' }],
    ['bins of nothing', { style: 'raster', rasterBinSizeMs: 0 }],
    ['samples without a rate', { spikeTimesUnit: 'samples' }],
    ['a negative rate', { style: 'paired', timesUnit: 'samples', fsHz: -1 }],
    ['raw samples without a rate', { rawTimeDataset: 'time', rawTimeUnit: 'samples' }],
    ['an unknown unit', { style: 'group', groupTimeUnit: 'minutes' }],
    ['one name twice', { spikeTimesDataset: 'x', spikeTimesIndexDataset: '/x' }],
    ['no name', { spikeTimesDataset: '' }],
    ['no object of options', 5],
  ])('%s, before anything is written', async (_what, options) => {
    writeFileSync(at('a.h5'), 'precious');
    await expect(exportSpikeDataToHdf5(sample(), at('a.h5'), options as Hdf5ExportOptions)).rejects.toThrow(
      OptionError,
    );
    expect(readdirSync(at(''))).toEqual(['a.h5']);
  });

  it('what is no SpikeData, and a folder that is not there', async () => {
    await expect(exportSpikeDataToHdf5({} as SpikeData, at('a.h5'))).rejects.toThrow(OptionError);
    await expect(exportSpikeDataToHdf5(sample(), at('no/a.h5'))).rejects.toThrow(NotFoundError);
  });
});

const python = ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', 'import h5py']).status === 0);

describe.runIf(python)('h5py', () => {
  it('reads the same numbers', async () => {
    const options = { rawDataset: 'raw', rawTimeDataset: 'time' };
    await exportSpikeDataToHdf5(sample(), at('a.h5'), options);
    const script = `import h5py, json, sys
f = h5py.File(sys.argv[1])
print(json.dumps({
    "train": [t.tolist() for t in __import__("numpy").split(f["spike_times"][:] * 1000, f["spike_times_index"][:-1])],
    "attrs": {k: float(v) for k, v in f.attrs.items()}, "unit": f["spike_times"].attrs["unit"],
    "raw": f["raw"][:].tolist(), "dtypes": [str(f[k].dtype) for k in sorted(f)],
}))`;
    const { stdout, stderr } = spawnSync(String(python), ['-c', script, at('a.h5')], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      train: [[5, 10, 15], [], [2.5, 20]],
      attrs: { length_ms: 25, start_time: 0 },
      unit: 's',
      raw: [
        [1, -2, 3],
        [4, 5, -6],
      ],
      dtypes: ['int16', 'float64', 'int64', 'float64'],
    });
  });
});
