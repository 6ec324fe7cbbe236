import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Group } from 'h5wasm/node';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  FormatError,
  type Hdf5Options,
  LimitError,
  loadSpikeDataFromHdf5,
  NotFoundError,
  OptionError,
  type SpikeData,
  UnsupportedError,
} from '../../../lib/index.js';
import { openHdf5 } from '../../support/h5wasm.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/hdf5/${name}`, import.meta.url));
const quiet = { onWarning: () => {} };

interface Case {
  file: string;
  options: Hdf5Options;
  train?: number[][];
  length?: number;
  start?: number;
  findings?: string[];
  unit_ids?: (number | string)[] | null;
  raw?: number[][];
  raw_time?: number[];
  error?: { class: keyof typeof errors; match: string };
}
const errors = { FormatError, LimitError, NotFoundError, OptionError, UnsupportedError };
const cases: Record<string, Case> = JSON.parse(readFileSync(fixture('cases.json'), 'utf8'));

describe('files written by h5py', () => {
  it.each(Object.entries(cases).filter(([, one]) => one.train))('%s', async (_name, one) => {
    const sd = await loadSpikeDataFromHdf5(fixture(one.file), { ...one.options, ...quiet });
    expectTrains(sd, one.train ?? []);
    if (one.length !== undefined) expect(sd.length).toBe(one.length);
    expect(sd.startTime).toBe(one.start ?? 0);
    expect(sd.metadata).toEqual({ source_file: fixture(one.file) });
    if (one.findings) expect(sd.report?.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(one.findings));
    if (one.unit_ids !== undefined) {
      expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id) ?? null).toEqual(one.unit_ids);
    }
    if (one.raw) expect(Array.from(sd.rawData?.data as Int16Array)).toEqual(one.raw.flat());
    if (one.raw_time) expectTimes(sd.rawTime ?? new Float64Array(), one.raw_time);
  });

  it.each(Object.entries(cases).filter(([, one]) => one.error))('%s is refused', async (_name, one) => {
    const { class: name, match } = one.error as NonNullable<Case['error']>;
    const load = loadSpikeDataFromHdf5(fixture(one.file), { ...one.options, ...quiet });
    await expect(load).rejects.toThrow(errors[name]);
    await expect(load).rejects.toThrow(new RegExp(match, 's'));
  });
});

/** To the last bit but two: seconds and samples may be scaled in another order. */
function expectTrains(sd: SpikeData, expected: number[][]): void {
  expect(sd.train.map((train) => train.length)).toEqual(expected.map((train) => train.length));
  for (const [u, train] of sd.train.entries()) expectTimes(train, expected[u]);
}

function expectTimes(times: Float64Array, expected: number[]): void {
  expect(times).toHaveLength(expected.length);
  times.forEach((time, i) => {
    expect(Math.abs(time - expected[i])).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(expected[i]));
  });
}

describe('the choice of a style', () => {
  const load = (options: Record<string, unknown>) =>
    loadSpikeDataFromHdf5(fixture('ragged.h5'), { ...quiet, ...options } as unknown as Hdf5Options);
  const ragged = { spikeTimesDataset: 'spikes/times', spikeTimesIndexDataset: 'spikes/index' };

  it('is one of four for the compiler', () => {
    expectTypeOf<{ groupPerUnit: string }>().toExtend<Hdf5Options>();
    expectTypeOf<typeof ragged>().toExtend<Hdf5Options>();
    expectTypeOf<{ lengthMs: number }>().not.toExtend<Hdf5Options>();
    expectTypeOf<{ spikeTimesDataset: string }>().not.toExtend<Hdf5Options>();
    expectTypeOf<typeof ragged & { groupPerUnit: string }>().not.toExtend<Hdf5Options>();
    expectTypeOf<{ groupPerUnit: string; rasterBinSizeMs: number }>().not.toExtend<Hdf5Options>();
    expectTypeOf<{ groupPerUnit: string; timesUnit: 's' }>().not.toExtend<Hdf5Options>();
  });

  it.each([
    ['none', {}],
    ['none but undefined ones', { groupPerUnit: undefined, rasterDataset: null }],
    ['two', { ...ragged, groupPerUnit: 'x' }],
    ['one and part of another', { ...ragged, timesDataset: 'x' }],
    ['part of one', { spikeTimesDataset: 'spikes/times' }],
    ['part of one, the rest undefined', { spikeTimesDataset: 'spikes/times', spikeTimesIndexDataset: undefined }],
    ['half a raster', { rasterBinSizeMs: 1 }],
    ['a bin of nothing', { rasterDataset: 'x', rasterBinSizeMs: 0 }],
    ['an empty name', { groupPerUnit: '' }],
    ['a name that is no text', { groupPerUnit: 7 }],
    ['an unknown unit', { ...ragged, spikeTimesUnit: 'minutes' }],
    ['a unit of Object.prototype', { ...ragged, spikeTimesUnit: 'constructor' }],
    ['samples without a rate', { ...ragged, spikeTimesUnit: 'samples' }],
    ['an unknown index', { ...ragged, spikeTimesIndex: 'starts' }],
    ['a length that is none', { ...ragged, lengthMs: Number.NaN }],
    ['a negative length', { ...ragged, lengthMs: -1 }],
  ])('is refused at run time: %s', async (_what, options) => {
    await expect(load(options)).rejects.toThrow(OptionError);
  });

  it('takes undefined for not given', async () => {
    expect((await load({ ...ragged, groupPerUnit: undefined, spikeTimesUnit: undefined })).N).toBe(4);
  });

  it('warns of an option that belongs to another style', async () => {
    const codes: string[] = [];
    await load({ ...ragged, timesUnit: 'ms', onWarning: ({ code }: { code: string }) => codes.push(code) });
    expect(codes).toContain('unused-option');
  });
});

describe('what a load says', () => {
  it('keeps the metadata that it is given', async () => {
    const metadata = { subject: 'mouse', source_file: 'mine' };
    const sd = await loadSpikeDataFromHdf5(fixture('group.h5'), { groupPerUnit: 'units', metadata });
    expect(sd.metadata).toEqual({ subject: 'mouse', source_file: 'mine' });
    expect(metadata.source_file).toBe('mine');
  });

  it('reports units, spikes and bytes', async () => {
    const { report } = await loadSpikeDataFromHdf5(fixture('group.h5'), { groupPerUnit: 'units' });
    expect(report).toMatchObject({ format: 'hdf5', units: { kept: 4, dropped: {} }, spikes: 9 });
    expect(report?.bytesRead).toBeGreaterThan(9 * 8);
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'empty-units', count: 1 }));
  });

  it('suspects times of the wrong unit', async () => {
    const warned: string[] = [];
    const onWarning = ({ message }: { message: string }) => void warned.push(message);
    const paired = { idcesDataset: 'idces', timesDataset: 'times' };
    await loadSpikeDataFromHdf5(fixture('paired.h5'), { ...paired, timesUnit: 'ms', onWarning });
    expect(warned.join()).not.toMatch(/look like/);
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(loadSpikeDataFromHdf5(fixture('group.h5'), { groupPerUnit: 'units', signal })).rejects.toThrow(
      'enough',
    );
  });

  it('obeys its limits before it reads', async () => {
    const limited = (options: Hdf5Options, limits: object) =>
      expect(loadSpikeDataFromHdf5(fixture('group.h5'), { ...options, limits })).rejects.toThrow(LimitError);
    await limited({ groupPerUnit: 'units' }, { maxUnits: 3 });
    await limited({ groupPerUnit: 'units' }, { maxArrayBytes: 50 });
    await limited({ idcesDataset: 'units/2', timesDataset: 'units/2' }, { maxSpikes: 2 });
  });
});

describe('many pairs', () => {
  const at = useTemporaryFolder();
  const layouts: Record<string, Record<string, unknown>> = {
    contiguous: {},
    'small chunks': { chunks: [1000] },
    'compressed chunks': { chunks: [70_001], compression: 4 },
    'one chunk that is too large to read twice': { chunks: [1 << 20], maxshape: [1 << 20] },
  };

  it.each(Object.entries(layouts))('are the masks of their units: %s', async (_what, layout) => {
    const count = 150_000;
    // not in order of time, several at once
    const times = Float64Array.from({ length: count }, (_, i) => (i * 7919) % 99_991);
    const idces = Int32Array.from({ length: count }, (_, i) => (i * 31) % 7);
    const file = await openHdf5(at('a.h5'), 'w');
    file.create_dataset({ name: 'times', data: times, ...layout });
    file.create_dataset({ name: 'idces', data: idces });
    file.close();
    const options = { idcesDataset: 'idces', timesDataset: 'times', timesUnit: 'ms', ...quiet } as const;
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), options);
    const expected = Array.from({ length: 7 }, (_, u) => times.filter((_, i) => idces[i] === u).sort());
    expect(sd.train).toEqual(expected);
    const limits = { maxArrayBytes: 12 * count - 1 };
    await expect(loadSpikeDataFromHdf5(at('a.h5'), { ...options, limits })).rejects.toThrow(LimitError);
  });
});

describe('many units in one group', () => {
  const at = useTemporaryFolder();
  const paths = {
    'plain vectors': 'plain',
    'one of them chunked': 'chunked',
    'mixed types': 'mixed',
    'an empty one': 'empty',
  };

  it.each(Object.entries(paths))('reads the same whichever way it takes: %s', async (_what, kind) => {
    const trains = Array.from({ length: 40 }, (_, u) => Float64Array.from({ length: u % 7 }, (_, i) => u + i * 2));
    const file = await openHdf5(at('a.h5'), 'w');
    file.create_group('units');
    trains.forEach((train, u) => {
      const data = kind === 'mixed' && u % 2 ? Int16Array.from(train) : train;
      const chunks = kind === 'chunked' && u === 13 ? [2] : undefined;
      const full = kind === 'empty' ? data : data.length ? data : new (data.constructor as Float64ArrayConstructor)(1);
      (file.get('units') as Group).create_dataset({ name: String(u), data: full, ...(chunks ? { chunks } : {}) });
    });
    file.close();
    const sd = await loadSpikeDataFromHdf5(at('a.h5'), { groupPerUnit: 'units', groupTimeUnit: 'ms' });
    const expected = trains.map((train) => (kind !== 'empty' && train.length === 0 ? Float64Array.of(0) : train));
    expect(sd.train).toEqual(expected);
  });

  it('finds a damaged header', async () => {
    const file = await openHdf5(at('a.h5'), 'w');
    file.create_group('units');
    for (let u = 0; u < 20; u++) {
      (file.get('units') as Group).create_dataset({ name: String(u), data: Float64Array.of(1234.5 + u) });
    }
    file.close();
    const bytes = readFileSync(at('a.h5'));
    // the layout message of one dataset (version 3, contiguous) ends with the address of its data
    const address = Buffer.alloc(10, Uint8Array.of(3, 1));
    address.writeBigUInt64LE(BigInt(bytes.indexOf(Buffer.from(Float64Array.of(1234.5).buffer))), 2);
    const layout = bytes.indexOf(address);
    expect(layout).toBeGreaterThan(0);
    bytes.writeBigUInt64LE(BigInt(bytes.length), layout + 2);
    writeFileSync(at('a.h5'), bytes);
    await expect(loadSpikeDataFromHdf5(at('a.h5'), { groupPerUnit: 'units' })).rejects.toThrow(FormatError);
  });

  it('finds an address that does not fit the checksum of its header', async () => {
    const bytes = readFileSync(fixture('group-many-latest.h5'));
    const [first] = cases['group-many-latest'].train?.[0] ?? [];
    // a layout message of version 3 or 4 for contiguous data, up to the address of that data
    const address = Buffer.alloc(9, 1);
    address.writeBigUInt64LE(BigInt(bytes.indexOf(Buffer.from(Float64Array.of(first).buffer))), 1);
    const layout = bytes.indexOf(address);
    expect(layout).toBeGreaterThan(0);
    bytes[layout + 1] ^= 8;
    writeFileSync(at('a.h5'), bytes);
    await expect(loadSpikeDataFromHdf5(at('a.h5'), { groupPerUnit: 'units' })).rejects.toThrow(FormatError);
  });
});

describe('the metadata', () => {
  it('keep a source_file of the caller', async () => {
    const options = { groupPerUnit: 'units', groupTimeUnit: 'ms' as const, ...quiet };
    const { metadata } = await loadSpikeDataFromHdf5(fixture('span.h5'), options);
    expect(metadata).toEqual({ source_file: fixture('span.h5') });
    const own = { source_file: 'rat 7, day 3', day: 3 };
    expect((await loadSpikeDataFromHdf5(fixture('span.h5'), { ...options, metadata: own })).metadata).toEqual(own);
  });
});
