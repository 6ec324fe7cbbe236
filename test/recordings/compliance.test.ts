/** What every format of raw recordings must do, over the same traces stored in each of them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { LimitError, OptionError } from '../../lib/core/errors.js';
import { recordingFormatNames as formatNames } from '../../lib/formats/table.js';
import type { Recording } from '../../lib/recordings/recording.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';

const fixtures = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url));
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  fsHz: number;
  traces: number[][];
  places: number[][];
};
const { traces, places } = expected;
const fsHz = expected.fsHz;

interface Case {
  format: string;
  dtype: string;
  options?: OpenRecordingOptions;
  /** Value that is stored as 0. */
  middle?: number;
  rate?: number;
  locations?: number[][];
  ids?: (string | number)[];
  gains?: number[];
  /** Of the first sample, as fixtures/make/recordings.py writes it. */
  startMs?: number;
}
const si = { locations: places, ids: [0, 1, 2, 3, 4].map((c) => `A-${c}`), gains: new Array(5).fill(0.195) };
const nwbIds = [13, 14, 15, 16, 17];
const nwbSeries = {
  format: 'nwb',
  dtype: 'int16',
  locations: places,
  ids: nwbIds,
  gains: [1, 2, 3, 4, 5].map((n) => 0.195 * n),
  startMs: 3000,
};

const cases: Record<string, Case> = {
  'time_channels.dat': { format: 'binary', dtype: 'int16', options: { channels: 5, fsHz } },
  'channels_time.raw': {
    format: 'binary',
    dtype: 'float32',
    options: { channels: 5, fsHz, dtype: '>f4', layout: 'channels-time', byteOffset: 64 },
  },
  'c_order.npy': { format: 'npy', dtype: 'int16', options: { fsHz } },
  'fortran_order.npy': { format: 'npy', dtype: 'int16', options: { fsHz, layout: 'time-channels' } },
  'channels_first.npy': { format: 'npy', dtype: 'float64', options: { fsHz } },
  si_binary: { format: 'spikeinterface', dtype: 'int16', options: { segmentIndex: 0 }, ...si },
  si_binary_axis1: { format: 'spikeinterface', dtype: 'int16', options: { segmentIndex: 0 }, ...si },
  'si.zarr': { format: 'spikeinterface', dtype: 'int16', ...si },
  spikeglx_np1: {
    format: 'spikeglx',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4],
    gains: [1, 2, 3, 4, 5].map((n) => 4.6875 / n),
    locations: [
      [27, 0],
      [59, 0],
      [11, 20],
      [43, 20],
      [27, 40],
    ],
  },
  'spikeglx_np2/two.imec0.ap.bin': {
    format: 'spikeglx',
    dtype: 'int16',
    ids: [3, 4, 5, 6, 7],
    gains: new Array(5).fill(3.02734375),
    locations: [
      [27, 0],
      [277, 15],
      [59, 30],
      [309, 45],
      [91, 60],
    ],
  },
  'spikeglx_nidq/run_g0_t0.nidq.meta': {
    format: 'spikeglx',
    dtype: 'int16',
    gains: [200, 200, 10, 1, 1].map((gain) => 5e6 / 32768 / gain),
  },
  openephys_06: {
    format: 'openephys',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4].map((c) => `CH${c}`),
    gains: new Array(5).fill(0.195),
    startMs: 12_500,
  },
  openephys_04: { format: 'openephys', dtype: 'int16', gains: [0.195, 0.195, 0.195, 0.195, 150], startMs: 163.84 },
  'openephys_04/experiment1/recording1/continuous/Rhythm_FPGA-100.0/continuous.dat': {
    format: 'openephys',
    dtype: 'int16',
    startMs: 163.84,
  },
  'datasets.h5': { format: 'hdf5', dtype: 'int16', options: { fsHz, dataset: 'raw/channels_time' } },
  'datasets.h5#2': {
    format: 'hdf5',
    dtype: 'float32',
    options: { fsHz, dataset: '/raw/time_channels', layout: 'time-channels' },
  },
  'series.nwb': nwbSeries,
  'series.nwb.zarr': nwbSeries,
  'matlab.nwb': {
    format: 'nwb',
    dtype: 'int16',
    locations: places,
    ids: nwbIds,
    gains: new Array(5).fill(0.195),
    startMs: 3000,
  },
  'maxwell_new.raw.h5': {
    format: 'maxwell',
    dtype: 'uint16',
    middle: 512,
    locations: places,
    ids: [8909, 300, 301, 302, 303],
    gains: new Array(5).fill(6.2942504),
    // the first frame has number 70594114, at 25 kHz
    startMs: 2_823_764.56,
  },
  'maxwell_old.raw.h5': {
    format: 'maxwell',
    dtype: 'uint16',
    middle: 512,
    rate: 20_000,
    locations: places,
    ids: [302, 305, 306, 309, 311],
  },
  'mcs.h5': {
    format: 'mcs',
    dtype: 'int32',
    ids: ['E0', 'E1', 'E2', 'E3', 'E4'],
    gains: [1, 2, 3, 4, 5].map((n) => 0.1 * n),
  },
  '../intan/plain': {
    format: 'intan',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4].map((c) => `A-00${c}`),
    gains: new Array(5).fill(0.195),
  },
  '../edf/traces.edf': {
    format: 'edf',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4].map((c) => `E${c}`),
    gains: new Array(5).fill(200 / 65_535),
  },
  '../neuroscope/session/session.dat': {
    format: 'neuroscope',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4],
    gains: new Array(5).fill(2e4 / 65_536),
  },
  '../blackrock/traces.ns6': {
    format: 'blackrock',
    dtype: 'int16',
    rate: 30_000,
    ids: [1, 2, 33, 34, 129],
    gains: new Array(5).fill(8191 / 32_764),
  },
  '../neuralynx/traces': {
    format: 'neuralynx',
    dtype: 'int16',
    ids: [1, 2, 9, 10, 11].map((n) => `CSC${n}`),
    gains: new Array(5).fill(0.061),
  },
  '../plexon/traces.plx': {
    format: 'plexon',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4],
    gains: new Array(5).fill(5000 / 2048),
  },
  '../spikegadgets/traces.rec': {
    format: 'spikegadgets',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4],
    gains: new Array(5).fill(0.018),
    locations: [0, 1, 2, 3, 4].map((c) => [10 * c, 20 * c, 0]),
  },
  '../tdt/traces': { format: 'tdt', dtype: 'int16', rate: 25e6 / 1024, ids: [1, 2, 3, 4, 5] },
  '../biocam/signed.brw': {
    format: 'biocam',
    dtype: 'int16',
    ids: [0, 1, 2, 3, 4],
    gains: new Array(5).fill(4),
  },
};
/** Rows of MCS are stored in another order. */
const wantedRow = (name: string, c: number) => (name === 'mcs.h5' ? traces[[2, 0, 1, 4, 3][c]] : traces[c]);

let opened: Recording | undefined;
const open = async (name: string, more: OpenRecordingOptions = {}) => {
  const options = { onWarning: () => {}, ...cases[name].options, ...more };
  opened = await openRecording(join(fixtures, name.replace(/#.*/, '')), options);
  return opened;
};
afterEach(() => opened?.close());
/** Row r of what was read, with the middle of unsigned codes taken away. */
const row = ({ data, shape }: { data: ArrayLike<number | bigint>; shape: readonly number[] }, r: number, middle = 0) =>
  Array.from({ length: shape[1] }, (_, t) => Number(data[r * shape[1] + t]) - middle);

it('has a case for every format', () => {
  expect(new Set(Object.values(cases).map(({ format }) => format))).toEqual(new Set(formatNames));
});

describe.each(Object.keys(cases))('%s', (name) => {
  const { format, dtype, middle, rate = fsHz, locations, ids, gains, startMs = 0 } = cases[name];

  it('says what it is at once', async () => {
    const recording = await open(name);
    expect(recording).toMatchObject({ format, dtype, channels: 5, samples: 60 });
    expect(recording.fsHz).toBeCloseTo(rate, 6);
    expect(recording.startMs).toBeCloseTo(startMs, 9);
    expect([recording.segments, recording.gaps]).toEqual([name.startsWith('si_binary') ? 2 : 1, []]);
    if (locations) {
      expect(recording.channelLocations?.shape).toEqual([5, locations[0].length]);
      expect([...(recording.channelLocations?.data ?? [])]).toEqual(locations.flat());
    } else expect(recording.channelLocations).toBeNull();
    if (ids) expect(recording.channelIds).toEqual(ids);
    for (const [c, gain] of (gains ?? []).entries()) expect(recording.gainsToUv?.[c]).toBeCloseTo(gain, 9);
  });

  it('reads all, and its pieces equal the whole', async () => {
    const recording = await open(name);
    const whole = await recording.read({ start: 0, end: 60 });
    expect(whole.shape).toEqual([5, 60]);
    for (let c = 0; c < 5; c++) expect(row(whole, c, middle)).toEqual(wantedRow(name, c));
    for (const [start, end] of [
      [0, 1],
      [1, 17],
      [17, 18],
      [18, 60],
    ]) {
      const piece = await recording.read({ start, end });
      expect(piece.shape).toEqual([5, end - start]);
      for (let c = 0; c < 5; c++) expect(row(piece, c)).toEqual(row(whole, c).slice(start, end));
    }
  });

  it('reads some channels, in the order asked for', async () => {
    const recording = await open(name);
    for (const channels of [[3], [4, 0], [1, 2, 3], [2, 2], []]) {
      const some = await recording.read({ start: 10, end: 30, channels });
      expect(some.shape).toEqual([channels.length, 20]);
      for (const [r, c] of channels.entries()) expect(row(some, r, middle)).toEqual(wantedRow(name, c).slice(10, 30));
    }
    expect((await recording.read({ start: 5, end: 5 })).shape).toEqual([5, 0]);
  });

  it('has its spikes detected by native code, which needs no read, as in the traces in memory', async () => {
    const recording = await open(name);
    if (!name.endsWith('.zarr'))
      recording.read = () => Promise.reject(new Error('native code must read this by itself'));
    const options = { fsHz: 1000, filter: false, thresholdSigma: 1.5, onWarning: () => {} } as const;
    const rows = Array.from({ length: 5 }, (_, c) => wantedRow(name, c).map((value) => value + (middle ?? 0)));
    // counters of the acquisition are no clock of the session
    const startTime = ['openephys', 'spikeglx', 'maxwell'].includes(format) ? 0 : startMs;
    const wanted = await SpikeData.fromThresholding(rows, { ...options, startTime });
    expect(wanted.times.next().done).toBe(false);
    const found = await detectSpikes(recording, options);
    expect([found.startTime, found.length]).toEqual([wanted.startTime, wanted.length]);
    expect(found.train).toEqual(wanted.train);
  });

  it('refuses ranges and channels that are not there, and more than the limit', async () => {
    const recording = await open(name, { limits: { maxArrayBytes: 5 * 30 * 8 } });
    const bad = [
      { start: -1, end: 5 },
      { start: 5, end: 4 },
      { start: 0, end: 61 },
      { start: 0.5, end: 2 },
      { start: 0, end: 1, channels: [5] },
    ];
    for (const range of bad) await expect(recording.read(range)).rejects.toThrow(OptionError);
    await expect(recording.read({ start: 0, end: 60, channels: new Array(40).fill(0) })).rejects.toThrow(LimitError);
  });

  it('stops when it is told to, and reads nothing once it is closed', async () => {
    await expect(open(name, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const recording = await open(name);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(recording.read({ start: 0, end: 60 }, { signal })).rejects.toThrow('enough');
    await recording.close();
    await recording.close();
    await expect(recording.read({ start: 0, end: 1 })).rejects.toThrow(/open.*closed/);
  });
});
