/** Spikes on the file's own clock: starts, gaps and what is said of them. Files: fixtures/make/rigs.py. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { loadSpikeDataFromSpikeInterfaceRecording } from '../../lib/api/spikeinterface-recording.js';
import { saveNpy } from '../../lib/containers/npy/write.js';
import { FormatError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import type { ThresholdOptions } from '../../lib/detection/threshold.js';
import { loadSpikeDataFromMaxwell } from '../../lib/formats/maxwell/load.js';
import { moveBehindGaps } from '../../lib/recordings/clock.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/rigs/', import.meta.url));
const temporary = useTemporaryFolder();
const detection = { filter: false, direction: 'down', thresholdSigma: 3 } as const;

/** A dip of one sample is crossed half a sample behind it, at 1000 Hz: DIPS of rigs.py. */
const plain = [[20.5, 150.5], [120.5], [60.5, 99.5, 101.5]];
/** 1000 samples are missing before sample 100, and 30 before 140: GAPS of rigs.py. */
const behind = [[20.5, 150.5 + 1030], [120.5 + 1000], [60.5, 99.5, 101.5 + 1000]];
const from = (startMs: number, trains: number[][]) => trains.map((train) => train.map((time) => time + startMs));

async function detect(name: string, options: OpenRecordingOptions & ThresholdOptions = {}) {
  const heard: Finding[] = [];
  const onWarning = (finding: Finding) => heard.push(finding);
  const sd = await detectSpikes(join(fixtures, name), { ...detection, ...options, onWarning });
  return { sd, heard: heard.map(({ code }) => code), found: sd.report?.findings.map(({ code }) => code) };
}
const trains = (sd: { train: readonly Float64Array[] }) => sd.train.map((train) => Array.from(train));
function expectNear(found: number[][], wanted: number[][]) {
  expect(found.map((train) => train.length)).toEqual(wanted.map((train) => train.length));
  for (const [u, train] of wanted.entries())
    for (const [i, time] of train.entries()) expect(found[u][i]).toBeCloseTo(time, 6);
}

describe('a start', () => {
  it.each([
    ['starts_at_100.nwb', {}, 100_000],
    ['starts_before_0.nwb', {}, -250],
    ['si_starts', { segmentIndex: 0 }, -500],
    ['si_starts', { segmentIndex: 1 }, 7250],
    ['si_starts', { segmentIndex: 2 }, 100_000],
  ] as const)('of %s %o is that of the spikes', async (name, options, startMs) => {
    const { sd, heard, found } = await detect(name, options);
    expectNear(trains(sd), from(startMs, plain));
    expect([sd.startTime, sd.length]).toEqual([startMs, 200]);
    expect([heard, found]).toEqual([[], ['clock-start']]);
  });

  it('that is no number is told, and taken as 0', async () => {
    const { sd, heard } = await detect('starts_nowhere.nwb');
    expectNear(trains(sd), plain);
    expect(heard).toEqual(['clock-unknown']);
  });

  it('gives way to the one that is asked for', async () => {
    const sd = await detectSpikes(join(fixtures, 'starts_at_100.nwb'), { ...detection, startTime: 5 });
    expectNear(trains(sd), from(5, plain));
  });

  it('is that of the traces which are kept, too', async () => {
    const { sd } = await detect('starts_at_100.nwb', { keepRaw: 'original' });
    expect(Array.from(sd.rawTime?.slice(0, 3) ?? [])).toEqual([100_000, 100_001, 100_002]);
    const passed = await detect('gaps.nwb', { keepRaw: 'original', gapToleranceMs: 2000 });
    expect(passed.sd.rawTime?.[99]).toBeCloseTo(3099, 6);
    expect(passed.sd.rawTime?.[100]).toBeCloseTo(4100, 6);
  });

  it('of a stream of Open Ephys is in seconds where it was synchronised, else in samples', async () => {
    cpSync(join(fixtures, 'openephys_gap'), temporary('oe'), { recursive: true });
    const stream = temporary('oe/experiment1/recording1/continuous/Rhythm-100.0');
    const start = async () => {
      const recording = await openRecording(temporary('oe'), { gapToleranceMs: 2000, onWarning: () => {} });
      await recording.close();
      return recording.startMs;
    };
    // rigs.py: the first sample has number 5000, at 1000 Hz
    expect(await start()).toBe(5000);
    await saveNpy(join(stream, 'timestamps.npy'), new Float64Array(200).fill(-1));
    expect(await start()).toBe(5000);
    await saveNpy(
      join(stream, 'timestamps.npy'),
      Float64Array.from({ length: 200 }, (_, i) => 12.5 + i / 1000),
    );
    expect(await start()).toBe(12_500);
    rmSync(join(stream, 'timestamps.npy'));
    rmSync(join(stream, 'sample_numbers.npy'));
    expect(await start()).toBe(0);
  });
});

describe('gaps', () => {
  it.each([
    ['gaps.nwb', 3000],
    ['openephys_gap', 0],
    ['mcs_pauses.h5', 2000],
    ['maxwell_gaps.raw.h5', 0],
  ])('of %s are refused, or passed over with the spikes behind them as much later', async (name, startMs) => {
    await expect(detect(name)).rejects.toThrow(/2 gaps \(sample: step\): 100: 1001\.000 ms; 140: 31\.000 ms/);
    await expect(detect(name, { gapToleranceMs: 100 })).rejects.toThrow(FormatError);
    // codes of MaxWell are not signed, so its spikes rise
    const options = { gapToleranceMs: 2000, ...(name.startsWith('maxwell') ? { direction: 'up' as const } : {}) };
    const { sd, heard, found } = await detect(name, options);
    expectNear(trains(sd), from(startMs, behind));
    expect(sd.length).toBeCloseTo(200 + 1030, 6);
    expect(heard).toEqual(['gaps-passed-over']);
    expect(found).toContain('gaps-passed-over');
    const { message, count } = sd.report?.findings.find(({ code }) => code === 'gaps-passed-over') ?? {};
    expect([message, count]).toEqual([expect.stringMatching(/100: 1001\.000 ms; 140: 31\.000 ms/), 2]);
  });

  it('are listed by the recording', async () => {
    const path = join(fixtures, 'gaps.nwb');
    const recording = await openRecording(path, { gapToleranceMs: 2000, onWarning: () => {} });
    expect(recording.fsHz).toBeCloseTo(1000, 6);
    expect(recording.gaps).toMatchObject([
      { sample: 100, missing: 1000, ms: expect.closeTo(1000, 6) },
      { sample: 140, missing: 30, ms: expect.closeTo(30, 6) },
    ]);
    expect(recording.findings.map(({ code }) => code)).toEqual(['gaps-passed-over', 'clock-start']);
    await recording.close();
  });

  it('at which the clock was set to zero move nothing; jitter does, and trains stay sorted', () => {
    const found = { times: Float64Array.of(0.5, 5.5, 6.5, 9.5, 2.5), offsets: Float64Array.of(0, 4, 5) };
    const gap = (sample: number, ms: number) => ({ sample, ms, missing: ms });
    moveBehindGaps(found, [gap(2, 10), gap(6, -0.9), gap(8, -5000)], 1000, 0);
    // 10 ms are missing before sample 2; 0.9 ms too many before 6
    expect(Array.from(found.times, (time) => Number(time.toFixed(6)))).toEqual([0.5, 15.5, 15.6, 18.6, 12.5]);
    const crossing = { times: Float64Array.of(5.7, 6.2), offsets: Float64Array.of(0, 2) };
    moveBehindGaps(crossing, [gap(6, -0.9)], 1000, 0);
    expect(Array.from(crossing.times, (time) => Number(time.toFixed(6)))).toEqual([5.3, 5.7]);
  });
});

describe('what was found on opening', () => {
  it('is in the report of detection, whoever opened the recording', async () => {
    const path = join(fixtures, 'gaps.nwb');
    const heard: string[] = [];
    const onWarning = ({ code }: Finding) => heard.push(code);
    const recording = await openRecording(path, { gapToleranceMs: 2000, onWarning });
    const sd = await detectSpikes(recording, { ...detection, onWarning });
    await recording.close();
    expect(sd.report?.findings.map(({ code }) => code)).toEqual(['gaps-passed-over', 'clock-start']);
    expect(heard).toEqual(['gaps-passed-over']);
  });

  it('is in the report of the loader of SpikeInterface recordings, once', async () => {
    const path = join(fixtures, 'gaps.nwb');
    const options = { ...detection, gapToleranceMs: 2000, onWarning: () => {} };
    const sd = await loadSpikeDataFromSpikeInterfaceRecording(path, options);
    expect(sd.report?.findings.map(({ code }) => code)).toEqual(['gaps-passed-over', 'clock-start']);
    expectNear(trains(sd), from(3000, behind));
  });
});

it('counts detected spikes of MaxWell and those of the chip from the same frame', async () => {
  const path = join(fixtures, 'maxwell_gaps.raw.h5');
  const chip = await loadSpikeDataFromMaxwell(path, { onWarning: () => {} });
  expect(trains(chip)).toEqual([[30], [30], [30]]);
  const { sd, found } = await detect('maxwell_gaps.raw.h5', { gapToleranceMs: 2000, direction: 'up' });
  expect(found).toEqual(['gaps-passed-over', 'clock-not-used']);
  // frame 70594114 at 1000 Hz
  expect(sd.report?.findings[1].message).toMatch('startMs = 70594114 ms');
});
