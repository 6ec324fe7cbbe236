import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  FormatError,
  LimitError,
  loadSpikeDataFromNwb,
  NotFoundError,
  type NwbOptions,
  OptionError,
  UnsupportedError,
} from '../../lib/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/nwb/${name}`, import.meta.url));
const load = (name: string, options: NwbOptions = {}) =>
  loadSpikeDataFromNwb(fixture(name), { onWarning: () => {}, ...options });
const expected: { train: number[][]; ids: number[] } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8'));
const plain = (trains: readonly Float64Array[]) => trains.map((train) => Array.from(train));

describe('the Units table', () => {
  it.each(['full.nwb', 'plain.nwb', 'matlab_regions.nwb', 'zarr.nwb.zarr'])(
    'of %s: trains in ms, by ids',
    async (name) => {
      const sd = await load(name);
      expect(plain(sd.train)).toEqual(expected.train);
      expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id)).toEqual(expected.ids);
      expect(sd.metadata).toMatchObject({ source_file: fixture(name), format: 'NWB', unit_count: 3 });
    },
  );

  it('gives every column its place', async () => {
    const { neuronAttributes } = await load('full.nwb');
    expect(neuronAttributes?.[0]).toEqual({
      unit_id: 6,
      // row 2 of a table whose ids start at 10
      electrode: 12,
      electrodes: [12, 11],
      electrode_row: 2,
      electrode_rows: [2, 1],
      location: [2, 20, 200],
      location_label: 'CA3',
      group_name: 'shank0',
      electrode_group: 'shank0',
      quality: 'good',
      good: true,
      depth: 1.5,
      big: 1,
      amps: [1],
      obs_intervals: [
        [0, 1000],
        [2000, 3000],
      ],
    });
    // where x, y and z say nothing, the place on the probe
    expect(neuronAttributes?.[1]).toMatchObject({
      electrode: 14,
      location: [9, 90],
      amps: [],
      obs_intervals: [],
      good: false,
    });
    // integers that no double holds keep their digits
    expect(neuronAttributes?.map(({ big }) => big)).toEqual([1, '9007199254740993', '9223372036854775808']);
    expect(neuronAttributes?.[2]).toMatchObject({ quality: 'größe', depth: Number.NaN, amps: [2, 3, 4] });
  });

  it('reads wide columns when asked', async () => {
    const without = await load('full.nwb');
    expect(without.report?.findings).toContainEqual(
      expect.objectContaining({
        code: 'columns-left-out',
        count: 2,
        message: expect.stringContaining('waveform_mean'),
      }),
    );
    const { neuronAttributes } = await load('full.nwb', { columns: ['waveform_mean', 'waveforms'] });
    expect(neuronAttributes?.[1].waveform_mean).toEqual([4, 5, 6, 7]);
    const waveforms = neuronAttributes?.map((unit) => unit.waveforms as { data: Float64Array; shape: number[] }[]);
    expect(waveforms?.map((list) => list.length)).toEqual([3, 0, 2]);
    expect(waveforms?.[2][1]).toEqual({ data: Float64Array.of(8, 9), shape: [1, 2] });
  });

  it('tells about the session', async () => {
    const { metadata } = await load('full.nwb');
    expect(metadata).toEqual({
      source_file: fixture('full.nwb'),
      format: 'NWB',
      identifier: 'session-7',
      session_description: 'a session',
      session_start_time: '2024-05-01T10:00:00+02:00',
      subject_id: 'm1',
      species: 'Mus musculus',
      sex: 'F',
      age: 'P90D',
      date_of_birth: '2024-01-31T00:00:00+00:00',
      device_names: ['probe A'],
      sampling_rate_hz: 250,
      duration_seconds: 2,
      unit_count: 3,
      electrodes_by_channel: expect.objectContaining({
        12: { location: 'CA3', group_name: 'shank0', x: 2, y: 20, z: 200 },
      }),
    });
  });

  it('takes electrodes of simple writers for ids', async () => {
    const { neuronAttributes, length, startTime } = await load('plain.nwb');
    expect(neuronAttributes?.map(({ electrode, electrode_row }) => [electrode, electrode_row])).toEqual([
      [3, 0],
      [5, 1],
      [3, 0],
    ]);
    expect(neuronAttributes?.[1].location).toEqual([30, 40]);
    expect([length, startTime]).toEqual([2000, -10]);
  });

  it('takes texts for ids, channels for electrodes, and a leading zero', async () => {
    const sd = await load('text_ids.nwb');
    expect(sd.neuronAttributes).toEqual([
      { unit_id: 'a', ch: 4, electrode: 4 },
      { unit_id: 'b', ch: 5, electrode: 5 },
      { unit_id: 'c', ch: 6, electrode: 6 },
    ]);
    expect(sd.train.map(({ length }) => length)).toEqual([3, 0, 2]);
  });

  it('reads Zarr folders with their electrodes', async () => {
    const { neuronAttributes, metadata } = await load('zarr.nwb.zarr');
    expect(metadata).toMatchObject({ identifier: 'zarr-1', session_description: 'a session in Zarr' });
    expect(neuronAttributes?.[0]).toMatchObject({
      electrode: 11,
      electrode_row: 1,
      location: [2, 4],
      location_label: 'CA3',
    });
    expect(neuronAttributes?.map(({ quality }) => quality)).toEqual(['good', 'mua', 'größe']);
  });
});

describe('a part of it', () => {
  it('by unit ids, in their order', async () => {
    const sd = await load('full.nwb', { unitIds: [206, 6] });
    expect(plain(sd.train)).toEqual([expected.train[2], expected.train[0]]);
    expect(sd.neuronAttributes?.map(({ quality }) => quality)).toEqual(['größe', 'good']);
    expect(sd.metadata.unit_count).toBe(3);
    expect(sd.report?.units.dropped).toEqual({ 'not asked for': 1 });
    await expect(load('full.nwb', { unitIds: [7] })).rejects.toThrow(/6, 191, 206/);
  });

  it('by a window, whose end is open', async () => {
    const sd = await load('full.nwb', { windowMs: [100, 400] });
    expect(plain(sd.train)).toEqual([[100, 250], [], []]);
    expect([sd.startTime, sd.length]).toEqual([100, 300]);
  });

  it('reads only the parts that it needs', async () => {
    const all = await load('long_trains.nwb');
    const part = await load('long_trains.nwb', { windowMs: [200_000, 200_100], unitIds: [2] });
    expect(plain(part.train)).toEqual([
      Array.from({ length: 10 }, (_, i) => (i + 0.5) * 10 + 200_000).map((ms) => expect.closeTo(ms, 9)),
    ]);
    expect(part.report?.bytesRead).toBeLessThan((all.report?.bytesRead ?? 0) / 2);
    const cut = all.subtime(200_000, 200_100).train;
    const window = await load('long_trains.nwb', { windowMs: [200_000, 200_100] });
    expect(window.train.map(({ length }) => length)).toEqual(cut.map(({ length }) => length));
  });

  it('by length: what lies beyond is cut off, and said', async () => {
    const warned: string[] = [];
    const onWarning = ({ code }: { code: string }) => void warned.push(code);
    const sd = await load('full.nwb', { lengthMs: 250, onWarning });
    expect(plain(sd.train)).toEqual([[100, 250], [], [50]]);
    expect(sd.length).toBe(250);
    expect(warned).toEqual(['spikes-cut-off']);
    expect(sd.report?.findings).toContainEqual(expect.objectContaining({ code: 'spikes-cut-off', count: 2 }));
  });

  it('from a start of its own', async () => {
    expect((await load('full.nwb', { startTimeMs: -20 })).startTime).toBe(-20);
    await expect(load('full.nwb', { startTimeMs: 60 })).rejects.toThrow(FormatError);
  });
});

describe('files without', () => {
  it('units', async () => {
    await expect(load('no_units.nwb')).rejects.toThrow(NotFoundError);
    const sd = await load('no_units.nwb', { allowNoUnits: true });
    expect([sd.N, sd.metadata.identifier]).toEqual([0, 'session-7']);
    await expect(load('no_units.nwb', { allowNoUnits: true, unitsPath: '/units' })).rejects.toThrow(NotFoundError);
  });

  it('units at their place: the others are named and can be asked for', async () => {
    const error = await load('elsewhere.nwb').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as NotFoundError).available).toEqual(['/processing/ecephys/sorted']);
    const sd = await load('elsewhere.nwb', { unitsPath: 'processing/ecephys/sorted' });
    expect(plain(sd.train)).toEqual(expected.train);
  });

  it('NWB 2', async () => {
    await expect(load('version_1.nwb')).rejects.toThrow(UnsupportedError);
    await expect(load('version_1.nwb')).rejects.toThrow(/NWB 1/);
  });
});

describe('what is refused', () => {
  it('an index of counts, and electrodes that are no rows', async () => {
    await expect(load('counts.nwb')).rejects.toThrow(/counts, not ends|never fall/);
    await expect(load('broken_region.nwb')).rejects.toThrow(/rows of an electrodes table of 2/);
  });

  it.each<[string, unknown]>([
    ['a window backwards', { windowMs: [5, 1] }],
    ['a window of one number', { windowMs: [5] }],
    ['a window and a length', { windowMs: [0, 1], lengthMs: 5 }],
    ['a start that is no number', { startTimeMs: Number.NaN }],
    ['columns that are no names', { columns: 'waveforms' }],
    ['ids that are no list', { unitIds: 3 }],
    ['no path', { unitsPath: '' }],
    ['a word for yes', { allowNoUnits: 'yes' }],
  ])('as an option: %s', async (_what, options) => {
    await expect(load('full.nwb', options as NwbOptions)).rejects.toThrow(OptionError);
  });

  it('more units or spikes than the limits allow', async () => {
    await expect(load('full.nwb', { limits: { maxUnits: 2 } })).rejects.toThrow(LimitError);
    await expect(load('full.nwb', { limits: { maxSpikes: 4 } })).rejects.toThrow(LimitError);
  });
});
