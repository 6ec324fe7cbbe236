import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownOptions, pickOptions } from '../../lib/core/known-options.js';
import { nearestNames } from '../../lib/core/nearest-names.js';
import * as api from '../../lib/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikelab-options-'));
  writeFileSync(join(folder, 'x.dat'), new Int16Array(4000));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sd = () => new api.SpikeData([[1, 2], [3]], { length: 10 });
const id = '01234567-89ab-cdef-0123-456789abcdef';

/** Every public function that takes options, called with them. The promise, or what is thrown, is looked at. */
const calls: Record<string, (o: never) => unknown> = {
  SpikeData: (o) => new api.SpikeData([[1]], o),
  fromIdcesTimes: (o) => api.SpikeData.fromIdcesTimes([0], [1], o),
  fromRaster: (o) => api.SpikeData.fromRaster([[1]], 1, o),
  fromEvents: (o) => api.SpikeData.fromEvents([[0, 1]], o),
  fromNeoSpikeTrains: (o) => api.SpikeData.fromNeoSpikeTrains([], o),
  fromThresholding: (o) => api.SpikeData.fromThresholding([[1, 2]], o),
  rates: (o) => sd().rates(o),
  binnedMeanrate: (o) => sd().binnedMeanrate(1, o),
  raster: (o) => sd().raster(1, o),
  sparseRaster: (o) => sd().sparseRaster(1, o),
  channelRaster: (o) => sd().channelRaster(1, o),
  subset: (o) => sd().subset(0, o),
  subtime: (o) => sd().subtime(0, 5, o),
  append: (o) => sd().append(sd(), o),
  setNeuronAttribute: (o) => sd().setNeuronAttribute('a', 1, o),
  loadSpikeDataFromHdf5: (o) => api.loadSpikeDataFromHdf5('/none', o),
  loadSpikeDataFromHdf5RawThresholded: (o) => api.loadSpikeDataFromHdf5RawThresholded('/none', 'x', o),
  loadSpikeDataFromNwb: (o) => api.loadSpikeDataFromNwb('/none', o),
  loadSpikeDataFromKilosort: (o) => api.loadSpikeDataFromKilosort('/none', o),
  loadSpikeDataFromSpikeLabSortedNpz: (o) => api.loadSpikeDataFromSpikeLabSortedNpz('/none', o),
  loadSpikeDataFromPickle: (o) => api.loadSpikeDataFromPickle('/none', o),
  loadSpikeDataFromSpikeInterface: (o) => api.loadSpikeDataFromSpikeInterface('/none', o),
  loadSpikeDataFromSpikeInterfaceRecording: (o) => api.loadSpikeDataFromSpikeInterfaceRecording('/none', o),
  loadSpikeDataFromNeo: (o) => api.loadSpikeDataFromNeo('/none', o),
  loadSpikeDataFromNeuroscope: (o) => api.loadSpikeDataFromNeuroscope('/none', o),
  loadSpikeDataFromBlackrock: (o) => api.loadSpikeDataFromBlackrock('/none', o),
  loadSpikeDataFromCellExplorer: (o) => api.loadSpikeDataFromCellExplorer('/none', o),
  loadSpikeDataFromKlusta: (o) => api.loadSpikeDataFromKlusta('/none', o),
  loadSpikeDataFromMda: (o) => api.loadSpikeDataFromMda('/none', o),
  loadSpikeDataFromNeuralynx: (o) => api.loadSpikeDataFromNeuralynx('/none', o),
  loadSpikeDataFromPlexon: (o) => api.loadSpikeDataFromPlexon('/none', o),
  loadSpikeDataFromSpykingCircus: (o) => api.loadSpikeDataFromSpykingCircus('/none', o),
  loadSpikeDataFromTridesclous: (o) => api.loadSpikeDataFromTridesclous('/none', o),
  loadSpikeDataFromMaxwell: (o) => api.loadSpikeDataFromMaxwell('/none', o),
  loadSpikeDataFromCsv: (o) => api.loadSpikeDataFromCsv('/none', o),
  loadSpikeDataFromIbl: (o) => api.loadSpikeDataFromIbl(id, id, o),
  queryIblProbes: (o) => api.queryIblProbes(o),
  loadSpikeDataFromDandi: (o) => api.loadSpikeDataFromDandi(id, o),
  listDandiAssets: (o) => api.listDandiAssets('000006', o),
  openRecording: (o) => api.openRecording('/none', o),
  detectSpikes: (o) => api.detectSpikes('/none', o),
  detectPeaks: (o) => api.detectPeaks('/none', o),
  exportSpikeDataToHdf5: (o) => api.exportSpikeDataToHdf5(sd(), join(folder, 'never.h5'), o),
  exportSpikeDataToNwb: (o) => api.exportSpikeDataToNwb(sd(), join(folder, 'never.nwb'), o),
  exportSpikeDataToKilosort: (o) => api.exportSpikeDataToKilosort(sd(), join(folder, 'never'), o),
  exportSpikeDataToPickle: (o) => api.exportSpikeDataToPickle(sd(), join(folder, 'never.pkl'), o),
  exportSpikeDataToParquet: (o) => api.exportSpikeDataToParquet(sd(), join(folder, 'never.parquet'), o),
  exportSpikeDataToArrow: (o) => api.exportSpikeDataToArrow(sd(), join(folder, 'never.arrow'), o),
  exportSpikeDataToCsv: (o) => api.exportSpikeDataToCsv(sd(), join(folder, 'never.csv'), o),
  runBatch: (o) => api.runBatch([], o),
  planBatch: (o) => api.planBatch([], o),
  butterFilter: (o) => api.butterFilter([1, 2], o),
  designButterworth: (o) => api.designButterworth(o),
};
const run = async (call: (o: never) => unknown, options: unknown) => call(options as never);

describe('options that a function does not have', () => {
  it('are asked for of every public function', () => {
    const withOptions = Object.keys(api).filter((name) =>
      /^(load|open|detect|export|list|query|butter|design|run|plan)/.test(name),
    );
    expect(Object.keys(calls)).toEqual(expect.arrayContaining(withOptions));
  });

  it.each(Object.entries(calls))('%s refuses them', async (_, call) => {
    const refused = run(call, { nichtVorhanden: 'geheim' });
    await expect(refused).rejects.toThrow(
      /^options must be made of names that \S+ has, got "nichtVorhanden"\. It has /,
    );
    await expect(refused).rejects.toBeInstanceOf(api.OptionError);
    await expect(refused).rejects.not.toThrow(/geheim/);
  });

  it.each(Object.entries(calls))('%s refuses an array of them', async (_, call) => {
    await expect(run(call, [])).rejects.toThrow(/options must be an object/);
  });

  const wrong: [string, object][] = Object.keys(calls).flatMap((name) => [
    [name, { signal: {} }],
    [name, { onProgress: 5 }],
    [name, { onWarning: 'loud' }],
  ]);
  it.each(wrong)('%s refuses %j, unknown or of the wrong kind', async (name, options) => {
    const option = Object.keys(options)[0];
    await expect(run(calls[name], options)).rejects.toThrow(api.OptionError);
    await expect(run(calls[name], options)).rejects.toThrow(
      new RegExp(`^(options must .*"${option}"|${option} must be a)`),
    );
  });

  it('are refused as names of datasets where they are no texts', async () => {
    const path = join(folder, 'never.h5');
    for (const option of ['rawDataset', 'rawTimeDataset']) {
      const written = api.exportSpikeDataToHdf5(sd(), path, { [option]: Symbol('x') } as never);
      await expect(written).rejects.toThrow(`${option} must be a non-empty string`);
    }
    await expect(api.loadSpikeDataFromMaxwell('/none', { dataset: 5 as never })).rejects.toThrow(
      /dataset must be a non-empty/,
    );
  });

  it('are refused where options hold options', async () => {
    const nested = { isolate: { timeout: 5 }, limits: { maxspikes: 5 } } as never;
    for (const [options, meant] of [
      [{ isolate: { timeout: 5 } }, /isolate must .*"timeout"\. Did you mean timeoutMs/],
      [{ limits: { max_spikes: 5 } }, /limits must .*"max_spikes"\. Did you mean maxSpikes/],
      [nested, api.OptionError],
    ] as const) {
      await expect(api.loadSpikeDataFromNwb('/none', options as never)).rejects.toThrow(meant);
    }
    const filter = { freqMin: 300 } as never;
    await expect(api.SpikeData.fromThresholding([[1, 2]], { filter })).rejects.toThrow(/filter .*Did you mean lowcut/);
  });

  it('are refused where a recording is read', async () => {
    await using recording = await api.openRecording(join(folder, 'x.dat'), { channels: 2, fsHz: 1000 });
    const read = (range: object, options?: object) => recording.read(range as never, options);
    await expect(read({ start: 0, end: 5, channel: [1] })).rejects.toThrow(/range .*"channel"\. Did you mean channels/);
    await expect(read({ start: 0, end: 5 }, { abort: null })).rejects.toThrow(/"abort"\. Did you mean signal/);
    expect((await read({ start: 0, end: 5, channels: null })).shape).toEqual([2, 5]);
  });
});

describe('nearestNames', () => {
  const load = [
    'signal',
    'onProgress',
    'onWarning',
    'limits',
    'isolate',
    'regionName',
    'awsAccessKeyId',
    'followLinks',
  ];
  const threshold = ['fsHz', 'thresholdSigma', 'filter', 'direction', 'length', 'startTime', 'threads', ...load];
  const nwb = ['lengthMs', 'startTimeMs', 'unitsPath', 'columns', 'unitIds', 'windowMs', ...load];
  it.each([
    ['fs_Hz', threshold, ['fsHz']],
    ['FSHZ', threshold, ['fsHz']],
    ['samplingRate', threshold, ['fsHz']],
    ['sampling_frequency', threshold, ['fsHz']],
    ['fsHz', ['samplingFrequency', 'unitIds'], ['samplingFrequency']],
    ['sigma', threshold, ['thresholdSigma']],
    ['thresholdSgima', threshold, ['thresholdSigma']],
    ['freq_max', threshold, ['filter']],
    ['treads', threshold, ['threads']],
    ['n_jobs', threshold, ['threads']],
    ['length', nwb, ['lengthMs']],
    ['lengthSeconds', nwb, []],
    ['start_time', nwb, ['startTimeMs']],
    ['unit_ids', nwb, ['unitIds']],
    ['units', nwb, ['unitIds']],
    ['colums', nwb, ['columns']],
    ['region', nwb, ['regionName']],
    ['follow_symlinks', nwb, ['followLinks']],
    ['abortSignal', nwb, ['signal']],
    ['timeUnit', ['spikeTimesUnit', 'timesUnit', 'groupTimeUnit'], ['spikeTimesUnit', 'timesUnit', 'groupTimeUnit']],
    ['gapTolerance', ['gapToleranceMs', 'channels'], ['gapToleranceMs']],
    ['well', nwb, []],
    ['', nwb, []],
    ['constructor', nwb, []],
    ['__proto__', nwb, []],
  ])('takes %s of %j for %j', (name, known, meant) => {
    expect(nearestNames(name, known)).toEqual(meant);
  });

  it('is quick with names that are none', () => {
    expect(nearestNames('x'.repeat(10_000_000), nwb)).toEqual([]);
  });
});

describe('knownOptions', () => {
  const names = { a: true, b: true } as const;
  type Options = { a?: number; b?: string };
  it('leaves out null and undefined, and takes what a class or a prototype gives', () => {
    expect(knownOptions<Options>({ a: null, b: undefined } as never, names, 'f')).toEqual({});
    expect(knownOptions<Options>(null, names, 'f')).toEqual({});
    class Given {
      get a() {
        return 5;
      }
    }
    expect(knownOptions<Options>(new Given(), names, 'f')).toEqual({ a: 5 });
    expect(knownOptions<Options>(Object.create({ b: 'x' }), names, 'f')).toEqual({ b: 'x' });
    expect(knownOptions<Options>({ a: 0, b: '' }, names, 'f')).toEqual({ a: 0, b: '' });
  });

  it('takes no name of Object.prototype for an option', () => {
    expect(() => knownOptions<Options>({ constructor: 1 } as never, names, 'f')).toThrow(/"constructor"/);
    expect(() => knownOptions<Options>(JSON.parse('{"__proto__": 1}'), names, 'f')).toThrow(/"__proto__"/);
  });

  it('hands on what another function has', () => {
    expect(pickOptions<{ a?: number }>({ a: 1, b: 2, c: null }, { a: true })).toEqual({ a: 1 });
  });
});

describe('null', () => {
  const given = (names: string[]) => Object.fromEntries(names.map((name) => [name, null]));
  it('is not given: for SpikeData and its methods', () => {
    const names = ['N', 'length', 'startTime', 'neuronAttributes', 'metadata', 'rawData', 'rawTime'];
    const one = new api.SpikeData([[1, 2]], given(names) as never);
    expect([one.N, one.length, one.startTime, one.neuronAttributes, one.metadata]).toEqual([1, 2, 0, null, {}]);
    expect([...one.rates(given(['unit']) as never)]).toEqual([1]);
    expect(one.raster(null as never, given(['timeOffset']) as never).shape).toEqual([1, 2]);
    expect([...one.binned(null as never)]).toEqual([2]);
    expect(one.subtime(null, null, given(['shiftTo']) as never).length).toBe(2);
    expect(one.append(one, given(['offset', 'dropNeuronAttributes']) as never).length).toBe(4);
    expect(one.subset(0, given(['by', 'preserveOrder']) as never).N).toBe(1);
  });

  it('is not given: for a detection and its filter', async () => {
    const traces = [Float64Array.from({ length: 2000 }, (_, i) => ((i * 7919) % 41) - 20)];
    const names = [
      'fsHz',
      'thresholdSigma',
      'hysteresis',
      'direction',
      'length',
      'noise',
      'keepRaw',
      'threads',
      'signal',
    ];
    const plain = await api.SpikeData.fromThresholding(traces);
    const filter = { lowcut: 300, highcut: 6000, order: 3 };
    const nulls = { ...given(names), filter: { ...filter, order: null } } as never;
    expect((await api.SpikeData.fromThresholding(traces, given([...names, 'filter']) as never)).train).toEqual(
      plain.train,
    );
    const order5 = await api.SpikeData.fromThresholding(traces, { filter: { ...filter, order: 5 } });
    expect((await api.SpikeData.fromThresholding(traces, nulls)).train).toEqual(order5.train);
  });
});
