import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FormatError,
  loadSpikeDataFromSpikeInterface,
  NotFoundError,
  OptionError,
  type SortingLike,
} from '../../../lib/index.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const temporary = useTemporaryFolder();

const folder = fileURLToPath(new URL('../../../fixtures/spikeinterface/', import.meta.url));

interface Expected {
  fs_Hz: number;
  trains: number[][][];
  unit_ids: (number | string)[];
  quality?: string[];
  electrode?: string[];
  location?: number[][];
  length_ms?: number;
  snr?: (number | null)[];
  num_spikes?: number[];
  template?: number[][];
}
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));

describe.each(Object.entries(expected))('the saved sorting %s', (name, truth) => {
  it.each([0, 1])('gives the trains, ids and properties of segment %i', async (segmentIndex) => {
    const sd = await loadSpikeDataFromSpikeInterface(join(folder, name), { segmentIndex });
    expect(sd.N).toBe(truth.unit_ids.length);
    sd.train.forEach((train, u) => {
      const times = truth.trains[segmentIndex][u];
      expect(train.length).toBe(times.length);
      for (let i = 0; i < times.length; i++) expect(train[i]).toBeCloseTo(times[i], 9);
    });
    const attribute = (key: string) => (sd.neuronAttributes ?? []).map((attributes) => attributes[key]);
    expect(attribute('unit_id')).toEqual(truth.unit_ids);
    if (truth.quality) expect(attribute('quality')).toEqual(truth.quality);
    if (truth.electrode) expect(attribute('electrode')).toEqual(truth.electrode);
    if (truth.location) expect(attribute('location')).toEqual(truth.location);
    if (truth.snr) expect(attribute('snr').map((value) => value ?? null)).toEqual(truth.snr);
    if (truth.num_spikes) expect(attribute('num_spikes')).toEqual(truth.num_spikes);
    if (truth.template)
      expect(attribute('template').map((wave) => [...(wave as Float64Array)])).toEqual(truth.template);
    if (truth.length_ms) expect(sd.length).toBe(truth.length_ms);
    expect(sd.metadata).toMatchObject({ fs_Hz: truth.fs_Hz, unit_ids: truth.unit_ids });
    expect(sd.report?.findings.map((finding) => finding.code)).toContain('one-segment');
  });
});

describe('extensions of an analyzer', () => {
  it('come with the units, also in the folder that has two tables of metrics', async () => {
    const sd = await loadSpikeDataFromSpikeInterface(join(folder, 'analyzer_folder'));
    const { snr = [] } = expected.analyzer_folder;
    const halves = sd.neuronAttributes?.map(({ half_width }) => half_width ?? null);
    expect(halves).toEqual(snr.map((value) => value && value / 2));
  });

  it('are left out with a finding where they are damaged', async () => {
    const copy = temporary('analyzer');
    cpSync(join(folder, 'analyzer_folder'), copy, { recursive: true });
    writeFileSync(join(copy, 'extensions/quality_metrics/metrics.csv'), ',snr\n#0,1\n');
    writeFileSync(join(copy, 'extensions/unit_locations/unit_locations.npy'), 'none');
    const sd = await loadSpikeDataFromSpikeInterface(copy);
    expect(sd.neuronAttributes?.[0]).toMatchObject({
      unit_id: '#0',
      location: expect.any(Array),
      half_width: expect.any(Number),
    });
    const skipped = sd.report?.findings.filter(({ code }) => code === 'skipped-property').map(({ message }) => message);
    expect(skipped).toEqual([
      expect.stringContaining('objects'),
      expect.stringContaining('quality_metrics (extension)'),
      expect.stringContaining('unit_locations (extension)'),
    ]);
  });
});

describe('options of saved sortings', () => {
  it('keeps the order of unitIds and reports what was not asked for', async () => {
    const sd = await loadSpikeDataFromSpikeInterface(join(folder, 'numpy_folder'), { unitIds: ['#8', '#0'] });
    const { trains } = expected.numpy_folder;
    expect(sd.train.map((train) => train.length)).toEqual([trains[0][3].length, trains[0][0].length]);
    expect(sd.neuronAttributes?.map((a) => a.quality)).toEqual(['noise', 'good']);
    expect(sd.report?.units).toEqual({ kept: 2, dropped: { 'not asked for': 3 } });
  });

  it('warns when samplingFrequency overrules the sorting', async () => {
    const codes: string[] = [];
    const onWarning = ({ code }: { code: string }) => void codes.push(code);
    const sd = await loadSpikeDataFromSpikeInterface(join(folder, 'sorting.npz'), {
      samplingFrequency: 16000,
      onWarning,
    });
    expect(sd.train[0][0]).toBeCloseTo(2 * expected['sorting.npz'].trains[0][0][0], 9);
    expect(codes).toEqual(['sample-rate-differs']);
  });

  it('names missing units, segments and folders', async () => {
    const load = (path: string, options = {}) => loadSpikeDataFromSpikeInterface(join(folder, path), options);
    await expect(load('numpy_folder', { unitIds: ['#0', 'x'] })).rejects.toThrow(/#0, #3.*got "x, which it has not"/);
    await expect(load('sorting.npz', { segmentIndex: 2 })).rejects.toThrow(OptionError);
    await expect(load('no such folder')).rejects.toThrow(NotFoundError);
    await expect(load('npz_folder/properties')).rejects.toThrow(/looked for spikeinterface_info.json/);
  });
});

describe('damaged sortings', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'spikelab-si-'));
    cpSync(folder, scratch, { recursive: true });
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('refuses a label that is no unit and a chunk outside of the folder', async () => {
    const info = join(scratch, 'numpy_folder/numpysorting_info.json');
    writeFileSync(info, JSON.stringify({ sampling_frequency: 1000, unit_ids: ['a'], num_segments: 2 }));
    await expect(loadSpikeDataFromSpikeInterface(join(scratch, 'numpy_folder'))).rejects.toThrow(/below the 1 units/);

    const chunk = join(scratch, 'sorting.zarr/spikes/unit_index/0');
    rmSync(chunk);
    symlinkSync('/proc/self/environ', chunk);
    await expect(loadSpikeDataFromSpikeInterface(join(scratch, 'sorting.zarr'))).rejects.toThrow(
      /leads out of the folder/,
    );
  });

  it('refuses segments that are no whole rows', async () => {
    const path = join(scratch, 'fractions.zarr');
    cpSync(join(folder, 'sorting.zarr'), path, { recursive: true });
    const array = join(path, 'spikes/segment_slices/.zarray');
    writeFileSync(array, readFileSync(array, 'utf8').replace('<i8', '<f8'));
    await expect(loadSpikeDataFromSpikeInterface(path)).rejects.toThrow(
      /segment 0 must be whole rows of the 80 spikes/,
    );
  });

  it('refuses an archive whose member is cut short', async () => {
    const path = join(scratch, 'sorting.npz');
    const bytes = readFileSync(path);
    bytes[200] ^= 0xff;
    writeFileSync(path, bytes);
    await expect(loadSpikeDataFromSpikeInterface(path)).rejects.toThrow(FormatError);
    writeFileSync(path, bytes.subarray(0, bytes.length - 40));
    await expect(loadSpikeDataFromSpikeInterface(path)).rejects.toThrow(FormatError);
  });
});

describe('a numpy folder with spikes before sample 0', () => {
  it('keeps them, says so, and starts at the whole ms before them', async () => {
    const folder = temporary('early');
    mkdirSync(folder);
    const info = { sampling_frequency: 30_000, unit_ids: [4, 9], num_segments: 1 };
    writeFileSync(join(folder, 'numpysorting_info.json'), JSON.stringify(info));
    const fields = "[('sample_index', '<i8'), ('unit_index', '<i8'), ('segment_index', '<i8')]";
    const header = `{'descr': ${fields}, 'fortran_order': False, 'shape': (3,), }`.padEnd(181);
    const rows = BigInt64Array.from([-20n, 0n, 0n, 30n, 1n, 0n, 3000n, 0n, 0n]);
    const start = Buffer.from('\x93NUMPY\x01\x00\xb6\x00', 'latin1');
    writeFileSync(
      join(folder, 'spikes.npy'),
      Buffer.concat([start, Buffer.from(`${header}\n`), new Uint8Array(rows.buffer)]),
    );
    const found: unknown[] = [];
    const onWarning = ({ code, count }: { code: string; count?: number }) => void found.push([code, count]);
    const sd = await loadSpikeDataFromSpikeInterface(folder, { onWarning });
    expect(sd.train.map((train) => Array.from(train))).toEqual([[-20 / 30, 100], [1]]);
    expect([sd.startTime, sd.length, found]).toEqual([-1, 101, [['spikes-before-start', 1]]]);
  });
});

describe('sorting objects', () => {
  const sorting: SortingLike = {
    getUnitIds: () => ['a', 'b', 'c'],
    getSamplingFrequency: () => 10_000,
    getUnitSpikeTrain: async ({ unitId, segmentIndex = 0 }) =>
      BigInt64Array.of(10n, unitId === 'b' ? 5n : 20n, 30n + BigInt(segmentIndex)) as unknown as ArrayLike<number>,
    getProperty: (name) =>
      ({ channel: [7, 8, 9], location: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] } })[name],
  };

  it('may answer by promises, with any integer type, in any order', async () => {
    const sd = await loadSpikeDataFromSpikeInterface(sorting, { unitIds: ['b', 'a'], segmentIndex: 1 });
    expect(sd.train.map((train) => Array.from(train))).toEqual([
      [0.5, 1, 3.1],
      [1, 2, 3.1],
    ]);
    expect(sd.neuronAttributes).toEqual([
      { unit_id: 'b', electrode: 8, location: [3, 4] },
      { unit_id: 'a', electrode: 7, location: [1, 2] },
    ]);
    expect(sd.report?.findings.map(({ code, count }) => [code, count])).toEqual([['unsorted-trains', 1]]);
  });

  const properties: Record<string, unknown> = {
    electrode: [1, 2, 3],
    peak_channel: [4, 5, 6],
    ch: [7, Number.NaN, 9],
    position: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    unit_location: [
      [7, 8],
      [Number.NaN, 8],
      [9, 9],
    ],
  };

  it('takes the first that a unit has of the names of electrodes and places, as Python does', async () => {
    const getProperty = (name: string) => {
      if (!(name in properties)) throw new Error(`This key is not available: ${name}`);
      return properties[name];
    };
    const sd = await loadSpikeDataFromSpikeInterface({ ...sorting, getProperty });
    expect(sd.neuronAttributes).toEqual([
      { unit_id: 'a', electrode: 7, location: [7, 8] },
      { unit_id: 'b', electrode: 5, location: [3, 4] },
      { unit_id: 'c', electrode: 9, location: [9, 9] },
    ]);
  });

  it('keeps spikes before sample 0, and says so', async () => {
    const found: string[] = [];
    const early = {
      ...sorting,
      getUnitSpikeTrain: ({ unitId }: { unitId: unknown }) => (unitId === 'a' ? [-20, 30] : [10]),
    };
    const sd = await loadSpikeDataFromSpikeInterface(early, { onWarning: ({ code }) => void found.push(code) });
    expect(sd.train.map((train) => Array.from(train))).toEqual([[-2, 3], [1], [1]]);
    expect([sd.startTime, sd.length, found]).toEqual([-2, 5, ['spikes-before-start']]);
  });

  it('must have the methods and a sampling frequency', async () => {
    const load = (value: object, options = {}) => loadSpikeDataFromSpikeInterface(value as SortingLike, options);
    await expect(load({ getUnitIds: () => [] })).rejects.toThrow(/getSamplingFrequency, getUnitSpikeTrain/);
    await expect(load({ ...sorting, getSamplingFrequency: () => Number.NaN })).rejects.toThrow(OptionError);
    await expect(load(sorting, { samplingFrequency: 0 })).rejects.toThrow(OptionError);
    await expect(load({ ...sorting, getUnitSpikeTrain: () => [1, -1, Number.NaN] })).rejects.toThrow(/finite/);
  });
});
