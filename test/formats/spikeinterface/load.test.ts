import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
} from '../../lib/index.js';

const folder = fileURLToPath(new URL('../../fixtures/spikeinterface/', import.meta.url));

interface Expected {
  fs_Hz: number;
  trains: number[][][];
  unit_ids: (number | string)[];
  quality?: string[];
  electrode?: string[];
  location?: number[][];
  length_ms?: number;
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
    const attribute = (key: string) => sd.neuronAttributes?.map((attributes) => attributes[key]);
    expect(attribute('unit_id')).toEqual(truth.unit_ids);
    if (truth.quality) expect(attribute('quality')).toEqual(truth.quality);
    if (truth.electrode) expect(attribute('electrode')).toEqual(truth.electrode);
    if (truth.location) expect(attribute('location')).toEqual(truth.location);
    if (truth.length_ms) expect(sd.length).toBe(truth.length_ms);
    expect(sd.metadata).toMatchObject({ fs_Hz: truth.fs_Hz, unit_ids: truth.unit_ids });
    expect(sd.report?.findings.map((finding) => finding.code)).toContain('one-segment');
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
    expect(codes).toEqual(['sampling-frequency']);
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

  it('must have the methods and a sampling frequency', async () => {
    const load = (value: object, options = {}) => loadSpikeDataFromSpikeInterface(value as SortingLike, options);
    await expect(load({ getUnitIds: () => [] })).rejects.toThrow(/getSamplingFrequency, getUnitSpikeTrain/);
    await expect(load({ ...sorting, getSamplingFrequency: () => Number.NaN })).rejects.toThrow(OptionError);
    await expect(load(sorting, { samplingFrequency: 0 })).rejects.toThrow(OptionError);
    await expect(load({ ...sorting, getUnitSpikeTrain: () => [1, -1, Number.NaN] })).rejects.toThrow(/finite/);
  });
});
