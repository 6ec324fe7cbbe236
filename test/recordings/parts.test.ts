/** One damaged or missing part does not stop a recording: what can be read is read, and a finding names the rest. */

import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const temporary = useTemporaryFolder();

function copy(name: string): string {
  cpSync(join(fixtures, name), temporary('copy'), { recursive: true });
  return temporary('copy');
}

async function open(path: string, options: OpenRecordingOptions = {}) {
  const heard: Finding[] = [];
  const recording = await openRecording(path, { onWarning: (finding) => heard.push(finding), ...options });
  await recording.read({ start: 0, end: recording.samples });
  await recording.close();
  return { recording, codes: heard.map(({ code }) => code), messages: heard.map(({ message }) => message).join('\n') };
}

describe('Open Ephys', () => {
  it('is read without timestamps that cannot be', async () => {
    const folder = copy('rigs/openephys_gap');
    writeFileSync(join(folder, 'experiment1/recording1/continuous/Rhythm-100.0/sample_numbers.npy'), 'no numbers');
    const { recording, codes, messages } = await open(folder);
    expect([recording.samples, recording.startMs, codes]).toEqual([200, 0, ['part-unreadable']]);
    expect(messages).toMatch('sample_numbers.npy');
  });
});

describe('SpikeInterface', () => {
  it('is read without places that cannot be, and gains that do not fit', async () => {
    const folder = copy('recordings/si_binary');
    writeFileSync(join(folder, 'properties/location.npy'), 'no numbers');
    const text =
      '{"kwargs": {"file_paths": ["traces_cached_seg0.raw"], "sampling_frequency": 25000, "num_channels": 5,';
    writeFileSync(join(folder, 'binary.json'), `${text} "dtype": "<i2", "gain_to_uV": [0.195], "channel_ids": []}}`);
    const { recording, codes } = await open(folder);
    expect([recording.channels, recording.channelLocations, recording.gainsToUv]).toEqual([5, null, null]);
    expect(codes).toEqual(['gain-unknown', 'part-unreadable']);
  });

  it('is read without times that cannot be', async () => {
    const folder = copy('rigs/si_starts');
    writeFileSync(join(folder, 'times_cached_seg2.npy'), 'no numbers');
    const { recording, codes } = await open(folder, { segmentIndex: 2 });
    expect([recording.startMs, codes]).toEqual([0, ['part-unreadable']]);
  });

  const damage = (folder: string, part: string) => {
    for (const name of readdirSync(join(folder, part)).filter((file) => /^\d/.test(file)))
      writeFileSync(join(folder, part, name), 'no chunk');
  };

  it('in Zarr is read without gains that cannot be', async () => {
    const folder = copy('recordings/si.zarr');
    damage(folder, 'properties/gain_to_uV');
    const { recording, codes } = await open(folder);
    expect([recording.channels, recording.gainsToUv]).toEqual([5, null]);
    expect(recording.channelLocations?.shape).toEqual([5, 2]);
    expect(codes).toEqual(['part-unreadable']);
  });

  it('in Zarr is refused where ids are damaged: they say which channel is which', async () => {
    const folder = copy('recordings/si.zarr');
    damage(folder, 'channel_ids');
    await expect(open(folder)).rejects.toThrow(FormatError);
  });
});

describe('HDF5', () => {
  it('is read where start_time is a date', async () => {
    const { recording, codes } = await open(join(fixtures, 'rigs/dated.h5'), { fsHz: 1000 });
    expect([recording.startMs, codes]).toEqual([0, ['part-unreadable']]);
  });
});

describe('NWB', () => {
  it('says that its one series is a low band, and has no gains where there are not enough', async () => {
    const { recording, codes } = await open(join(fixtures, 'rigs/lfp_only.nwb'));
    expect([recording.gainsToUv, recording.offsetsToUv, codes]).toEqual([
      null,
      null,
      ['no-spike-band', 'gain-unknown'],
    ]);
  });

  it('is read without electrodes that are no rows, and with fewer timestamps than samples', async () => {
    const { recording, codes, messages } = await open(join(fixtures, 'rigs/short_stamps.nwb'));
    expect([recording.samples, recording.channelIds]).toEqual([200, null]);
    expect(codes).toEqual(['part-unreadable', 'timestamps-differ']);
    expect(messages).toMatch(/ElectricalSeries\/electrodes.*\n.*190 timestamps for 200 samples/);
  });

  it('in Zarr names its other series, takes its clock from timestamps, and must have time first', async () => {
    const folder = copy('recordings/series.nwb.zarr');
    const lfp = '/processing/ecephys/LFP/ElectricalSeries';
    const { recording } = await open(folder, { dataset: lfp });
    expect([recording.samples, recording.startMs, recording.channelIds]).toEqual([12, 3000, null]);
    expect(recording.fsHz).toBeCloseTo(5000, 6);
    await expect(open(folder, { layout: 'channels-time' })).rejects.toThrow(/must be \(samples, channels\) in Zarr/);
    rmSync(join(folder, 'acquisition/ElectricalSeries'), { recursive: true });
    rmSync(join(folder, '.zmetadata'));
    expect(await open(folder)).toMatchObject({ codes: ['no-spike-band'], recording: { samples: 12 } });
    rmSync(join(folder, 'processing'), { recursive: true });
    await expect(open(folder)).rejects.toThrow(/has no ElectricalSeries/);
  });
});

describe('MCS', () => {
  it('is read with the rate that is given where no channel is described', async () => {
    const path = join(fixtures, 'rigs/mcs_undescribed.h5');
    await expect(open(path)).rejects.toThrow(/RowIndex.*fsHz/);
    const { recording, codes } = await open(path, { fsHz: 1000 });
    expect([recording.channels, recording.channelIds, recording.gainsToUv]).toEqual([3, null, null]);
    expect(codes).toEqual(['channels-not-described']);
  });
});
