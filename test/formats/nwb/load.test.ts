import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  FormatError,
  LimitError,
  loadSpikeDataFromNwb,
  NotFoundError,
  type NwbOptions,
  OptionError,
  openRecording,
  UnsupportedError,
} from '../../../lib/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/nwb/${name}`, import.meta.url));
const load = (name: string, options: NwbOptions = {}) =>
  loadSpikeDataFromNwb(isAbsolute(name) ? name : fixture(name), { onWarning: () => {}, ...options });
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
      // on the probe (rel_x, rel_y), as openRecording says; in the brain (x, y, z)
      location: [7, 70],
      brain_location: [2, 20, 200],
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
        12: { location: 'CA3', group_name: 'shank0', x: 2, y: 20, z: 200, rel_x: 7, rel_y: 70 },
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

  it('reads only the units that it needs', async () => {
    const all = await load('long_trains.nwb');
    const part = await load('long_trains.nwb', { windowMs: [200_000, 200_100], unitIds: [3] });
    expect(plain(part.train)).toEqual([[]]);
    expect(part.report?.bytesRead).toBeLessThan((all.report?.bytesRead ?? 0) / 2);
    const cut = all.subtime(200_000, 200_100, { shiftTo: 0 }).train;
    const window = await load('long_trains.nwb', { windowMs: [200_000, 200_100] });
    expect(plain(window.train)).toEqual(plain(cut));
    expect(plain(window.train)[1]).toEqual(
      Array.from({ length: 10 }, (_, i) => expect.closeTo((i + 0.5) * 10 + 200_000, 9)),
    );
  });

  // 20 spikes a second from 0 to 1000 s, twice
  it.each([
    [100_000, 200_000, 4000],
    [999_000, 1_000_000, 40],
    [0, 50, 2],
    [50, 100, 2],
    [1_000_000, 2_000_000, 0],
  ])('of trains that do not ascend: [%d, %d) has %d spikes', async (start, end, count) => {
    const sd = await load('unsorted.nwb', { windowMs: [start, end], unitIds: [0] });
    expect(sd.train[0]).toHaveLength(count);
    const all = await load('unsorted.nwb');
    expect(sd.train[0]).toEqual(all.train[0].filter((ms) => ms >= start && ms < end));
  });

  it('of a train whose last time comes first', async () => {
    expect(plain((await load('unsorted.nwb', { windowMs: [1000, 900_001], unitIds: [1] })).train)).toEqual([
      [1000, 2000, 900_000],
    ]);
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
    await expect(load('full.nwb', { startTimeMs: 60 })).rejects.toThrow(/startTimeMs.*50 ms/);
  });
});

describe('ids that repeat', () => {
  it('of electrodes: each unit has the place of its row', async () => {
    const { neuronAttributes, metadata, report } = await load('repeated_ids.nwb');
    const places = neuronAttributes?.map((unit) => [unit.electrode, unit.electrode_row, unit.location]);
    expect(places).toEqual([
      [0, 0, [0, 0]],
      [0, 2, [500, 0]],
      [1, 3, [500, 20]],
    ]);
    expect(neuronAttributes?.map((unit) => unit.location_label)).toEqual(['CA1', 'V1', 'V1']);
    expect(metadata.electrodes_by_channel).toEqual({
      '0 (row 0)': { id: 0, row: 0, location: 'CA1', x: 0, y: 0 },
      '1 (row 1)': { id: 1, row: 1, location: 'CA1', x: 0, y: 20 },
      '0 (row 2)': { id: 0, row: 2, location: 'V1', x: 500, y: 0 },
      '1 (row 3)': { id: 1, row: 3, location: 'V1', x: 500, y: 20 },
    });
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'repeated-electrode-ids', count: 2 }));
  });

  it('of tables: the one that is referred to, at the places that openRecording gives too', async () => {
    const { neuronAttributes } = await load('two_tables.nwb');
    // rows 2, 0, 1 of rel_x = 310, 311, 312 and rel_y = 410, 411, 412
    const places = [
      [312, 412],
      [310, 410],
      [311, 411],
    ];
    expect(neuronAttributes?.map(({ location }) => location)).toEqual(places);
    expect(neuronAttributes?.[0].brain_location).toEqual([12, 112, 212]);
    const recording = await openRecording(fixture('two_tables.nwb'));
    try {
      expect(Array.from(recording.channelLocations?.data ?? [])).toEqual(places.flat());
    } finally {
      await recording.close();
    }
  });

  it('of units: asking for one gives all that have it', async () => {
    const sd = await load('repeated_ids.nwb', { unitIds: [6, 5] });
    expect(plain(sd.train)).toEqual([[50, 1500], [-10.5, 250, 400], []]);
    expect(sd.neuronAttributes?.map(({ unit_id, electrode_row }) => [unit_id, electrode_row])).toEqual([
      [6, 3],
      [5, 0],
      [5, 2],
    ]);
    expect(sd.report?.findings).toContainEqual(expect.objectContaining({ code: 'repeated-unit-ids' }));
    const window = await load('repeated_ids.nwb', { unitIds: [5], windowMs: [200, 400] });
    expect(plain(window.train)).toEqual([[250], []]);
  });

  it('of texts are asked for by what they are', async () => {
    const sd = await load('text_ids.nwb', { unitIds: ['c'] });
    expect([sd.N, sd.train[0].length, sd.neuronAttributes?.[0].unit_id]).toEqual([1, 2, 'c']);
  });
});

describe('the clock', () => {
  it('starts before 0 where spikes do, and says so', async () => {
    const sd = await load('repeated_ids.nwb');
    expect([plain(sd.train)[0], sd.startTime]).toEqual([[-10.5, 250, 400], -11]);
    expect(sd.report?.findings).toContainEqual(
      expect.objectContaining({ code: 'spikes-before-start', severity: 'warning', count: 1 }),
    );
    await expect(load('repeated_ids.nwb', { startTimeMs: 0 })).rejects.toThrow(/startTimeMs.*-10.5 ms/);
  });

  it('counts ms where the file says that its times are ms', async () => {
    const { train, report } = await load('in_ms.nwb');
    expect(plain(train)).toEqual([[0.1, 0.25, 0.4], [], [0.05, 1.5]]);
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'unit-of-times', severity: 'warning' }));
    expect(plain((await load('in_ms.nwb', { windowMs: [0.25, 0.4] })).train)).toEqual([[0.25], [], []]);
  });
});

describe('what cannot be read', () => {
  it('is named, and the rest is there', async () => {
    const { train, neuronAttributes, metadata, report } = await load('hard_to_read.nwb');
    expect(plain(train)).toEqual(expected.train);
    expect(neuronAttributes?.map((unit) => [unit.quality, unit.electrode, unit.location])).toEqual([
      ['good', 0, [1]],
      ['mua', 1, [2]],
      ['noise', undefined, undefined],
    ]);
    expect(metadata.species).toBe('Mus musculus');
    expect(metadata).not.toHaveProperty('age');
    const said = report?.findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message) ?? [];
    const words = [
      ...[/column elsewhere .* link to another file/, /column nowhere .* not there/, /column absent .* not there/],
      ...[/units\/damaged cannot/, /electrodes\/y cannot/, /subject\/age cannot/, /table of 2 were.*found 9/],
    ];
    for (const word of words) expect(said).toContainEqual(expect.stringMatching(word));
    expect(said).toHaveLength(words.length);
  });

  it('a table of electrodes in one array of records is read', async () => {
    const { neuronAttributes } = await load('records.nwb');
    expect(neuronAttributes?.map((unit) => [unit.electrode, unit.location, unit.location_label])).toEqual([
      [8, [3, 4], 'CA3'],
      [7, [1, 2], 'CA1'],
      [8, [3, 4], 'CA3'],
    ]);
  });

  it('in Zarr: links within the folder are followed, others named', async () => {
    const folder = mkdtempSync(`${tmpdir()}/spikelab-nwb-`);
    try {
      cpSync(fixture('zarr.nwb.zarr'), folder, { recursive: true });
      renameSync(`${folder}/units/quality`, `${folder}/general/kept`);
      const links = [
        { name: 'quality', source: '.', path: '/general/kept' },
        { name: 'depth', source: '../other.zarr', path: '/units/depth' },
      ];
      writeFileSync(`${folder}/units/.zattrs`, JSON.stringify({ neurodata_type: 'Units', zarr_link: links }));
      const { neuronAttributes, report } = await load(folder);
      expect(neuronAttributes?.map(({ quality }) => quality)).toEqual(['good', 'mua', 'größe']);
      expect(report?.findings).toContainEqual(
        expect.objectContaining({ code: 'column-missing', message: expect.stringMatching(/depth.*other\.zarr/) }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
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
  it('an index of counts', async () => {
    await expect(load('counts.nwb')).rejects.toThrow(FormatError);
    await expect(load('counts.nwb')).rejects.toThrow(/counts, not ends|never fall/);
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
