/** Units, rows and electrodes of Open Ephys, MCS and MaxWell where files leave questions open. Files: fixtures/make/rigs.py. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import { loadSpikeDataFromMaxwell } from '../../lib/formats/maxwell/load.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/rigs/', import.meta.url));
const temporary = useTemporaryFolder();

async function open(path: string, options: OpenRecordingOptions = {}) {
  const findings: Finding[] = [];
  const recording = await openRecording(path, { onWarning: (finding) => findings.push(finding), ...options });
  const { data } = await recording.read({ start: 0, end: 1 });
  await recording.close();
  return { recording, first: Array.from(data, Number), codes: findings.map(({ code }) => code) };
}

interface Channel {
  channel_name: string;
  bit_volts: number;
  units?: string;
  description?: string;
  identifier?: string;
}

interface StreamToWrite {
  folder: string;
  channels: Channel[];
  empty?: boolean;
  described?: boolean;
}

/** Streams whose channel k holds 100 × (k + 1). */
function openEphys(...streams: StreamToWrite[]): string {
  const recording = temporary('oe/experiment1/recording1');
  mkdirSync(recording, { recursive: true });
  const continuous = streams.map(({ folder, channels, empty, described = true }) => {
    const where = join(recording, 'continuous', folder);
    mkdirSync(where, { recursive: true });
    const values = Int16Array.from({ length: 20 * channels.length }, (_, i) => ((i % channels.length) + 1) * 100);
    if (!empty) writeFileSync(join(where, 'continuous.dat'), Buffer.from(values.buffer));
    return {
      folder_name: `${folder}/`,
      sample_rate: 30_000,
      num_channels: channels.length,
      channels: described ? channels : [],
    };
  });
  writeFileSync(join(recording, 'structure.oebin'), JSON.stringify({ 'GUI version': '0.6.7', continuous }));
  return temporary('oe');
}

describe('Open Ephys', () => {
  const micro = 0.195;
  const volt = 0.00015;

  it.each<[string, Channel, number]>([
    ['an electrode', { channel_name: 'CH1', bit_volts: micro, units: '' }, 0.195],
    ['an electrode in uV', { channel_name: 'CH1', bit_volts: micro, units: 'uV' }, 0.195],
    ['an electrode in µV', { channel_name: 'CH1', bit_volts: micro, units: 'µV' }, 0.195],
    ['an electrode that somebody named', { channel_name: 'Hippocampus', bit_volts: micro }, 0.195],
    ['a name that only holds letters of another kind', { channel_name: 'MAIN1', bit_volts: micro }, 0.195],
    ['an ADC', { channel_name: 'ADC1', bit_volts: volt, units: '' }, 150],
    ['an ADC of GUI 1.0', { channel_name: 'A1_ADC3', bit_volts: volt, units: '' }, 150],
    ['an ADC in V', { channel_name: 'ADC1', bit_volts: volt, units: 'V' }, 150],
    ['an ADC in V that GUI 0.4 says to be in uV', { channel_name: 'ADC1', bit_volts: volt, units: 'uV' }, 150],
    ['an ADC in uV', { channel_name: 'ADC1', bit_volts: 152.5, units: 'uV' }, 152.5],
    ['an AUX', { channel_name: 'AUX2', bit_volts: 0.0000374 }, 37.4],
    ['an AUX in mV', { channel_name: 'AUX2', bit_volts: 0.0374, units: 'mV' }, 37.4],
    ['an input of an NI-DAQ', { channel_name: 'AI0', bit_volts: volt }, 150],
    ['an input by its description', { channel_name: 'Breath', bit_volts: volt, description: 'ADC data channel' }, 150],
    ['an input by its identifier', { channel_name: 'Breath', bit_volts: volt, identifier: 'rhythm-fpga.adc' }, 150],
  ])('knows µV of %s', async (_, channel, uv) => {
    const { recording, codes } = await open(openEphys({ folder: 'Rhythm-100.0', channels: [channel] }), {
      dataset: 'Rhythm-100.0',
    });
    expect(recording.gainsToUv?.[0]).toBeCloseTo(uv, 9);
    expect(codes).toEqual([]);
  });

  it('leaves µV of a channel open where unit or bit_volts give none, and of none other', async () => {
    const channels = [
      { channel_name: 'CH1', bit_volts: micro },
      { channel_name: 'CH2', bit_volts: 0 },
      { channel_name: 'CH3', bit_volts: 0.1, units: 'g' },
    ];
    const { recording, codes } = await open(openEphys({ folder: 'Rhythm-100.0', channels }));
    expect([Array.from(recording.gainsToUv ?? []), codes]).toEqual([[micro, Number.NaN, Number.NaN], ['gain-unknown']]);
    const none = await open(openEphys({ folder: 'Rhythm-100.0', channels: channels.slice(1) }));
    expect([none.recording.gainsToUv, none.recording.offsetsToUv]).toEqual([null, null]);
  });

  it.each([0, 1, 2])('leaves out a synchronisation word in place %i', async (at) => {
    const channels = ['AP1', 'AP2'].map((channel_name) => ({ channel_name, bit_volts: micro }));
    channels.splice(at, 0, { channel_name: 'AP_SYNC', bit_volts: 1 });
    const { recording, first } = await open(openEphys({ folder: 'ProbeA-AP', channels }));
    expect(recording.channelIds).toEqual(['AP1', 'AP2']);
    expect(first).toEqual([100, 200, 300].filter((_, k) => k !== at));
  });

  it('keeps a channel whose name only holds those letters', async () => {
    const channels = ['ASYNCHRONOUS', 'CH1'].map((channel_name) => ({ channel_name, bit_volts: micro }));
    expect((await open(openEphys({ folder: 'Rhythm-100.0', channels }))).recording.channels).toBe(2);
  });

  const ap = { folder: 'Neuropix-PXI-116.0', channels: [{ channel_name: 'AP1', bit_volts: micro }] };
  const lfp = { folder: 'Neuropix-PXI-116.1', channels: [{ channel_name: 'LFP1', bit_volts: micro }] };
  const daq = { folder: 'NI-DAQmx-107.PXI-6221', channels: [{ channel_name: 'AI0', bit_volts: volt }] };
  const sync = { folder: 'Sync-1.0', channels: [{ channel_name: 'SYNC', bit_volts: 1 }] };

  it('opens electrodes first, whatever the order', async () => {
    const { recording, codes } = await open(openEphys(sync, daq, lfp, ap));
    expect([recording.channelIds, codes]).toEqual([['AP1'], ['several-streams']]);
  });

  it('says where the low band is taken as the other has no samples', async () => {
    const folder = openEphys({ ...ap, empty: true }, lfp);
    expect((await open(folder)).codes).toEqual(['samples-missing', 'no-spike-band']);
    expect((await open(folder, { dataset: lfp.folder })).codes).toEqual([]);
  });

  it('refuses a stream of synchronisation words only', async () => {
    await expect(open(openEphys(sync))).rejects.toThrow(FormatError);
  });

  it('reads channels without a description, and says what is not known', async () => {
    const { recording, codes } = await open(openEphys({ ...ap, described: false }));
    expect([recording.channels, recording.channelIds, recording.gainsToUv]).toEqual([1, null, null]);
    expect(codes).toContain('channels-not-described');
  });
});

describe('MCS', () => {
  it('orders rows by RowIndex that starts at one, and knows no µV of what is no voltage', async () => {
    const { recording, codes } = await open(join(fixtures, 'mcs_rows_from_one.h5'));
    expect(codes).toEqual(['row-index']);
    // infos in the order of the table lie in rows 3, 1, 2; their labels are blank, so their numbers 40 to 42 count
    expect(recording.channelIds).toEqual([41, 42, 40]);
    // factors 100, 200 and 300 × 10⁻⁹ of V, mV and NoUnit
    const gains = Array.from(recording.gainsToUv ?? [], (gain) => Number(gain.toPrecision(12)));
    expect(gains).toEqual([200e-9 * 1e3, Number.NaN, 100e-9 * 1e6].map((gain) => Number(gain.toPrecision(12))));
  });

  it('refuses a RowIndex that names a row twice', async () => {
    await expect(open(join(fixtures, 'mcs_rows_twice.h5'))).rejects.toThrow(/RowIndex.*0, 1, 1/);
  });
});

describe('MaxWell', () => {
  const path = (name: string) => join(fixtures, `maxwell_${name}.raw.h5`);
  const codesOf = async (name: string) => {
    const sd = await loadSpikeDataFromMaxwell(path(name), { onWarning: () => {} });
    return { codes: sd.report?.findings.map(({ code }) => code), sd };
  };

  it('says through both doors that a mapping is ambiguous, and takes its first line', async () => {
    // channel 1 is routed to electrodes 70 and 71, electrode 80 to channels 2 and 3
    const { recording, codes } = await open(path('two_lines'));
    expect([recording.channelIds, codes]).toEqual([
      [70, 80, 80],
      ['mapping-ambiguous', 'electrodes-shared'],
    ]);
    const spikes = await codesOf('two_lines');
    expect(spikes.codes).toEqual(['mapping-ambiguous', 'electrodes-shared']);
    expect(spikes.sd.neuronAttributes?.map(({ electrode }) => electrode)).toEqual([70, 80, 80]);
  });

  it('opens the recording whose traces are named', async () => {
    for (const dataset of ['data_store/data0000', '/data_store/data0000/groups/routed/raw']) {
      expect((await open(path('unrouted'), { dataset })).recording.samples).toBe(200);
    }
    await expect(open(path('unrouted'), { dataset: '/data_store/data00' })).rejects.toThrow(/data_store\/data0000/);
  });

  it('gives no electrode and no place to a channel that none is routed to', async () => {
    // channel 2 is routed to -1, channel 3 to nothing
    const { recording } = await open(path('unrouted'));
    expect(recording.channelIds).toEqual([70, Number.NaN, Number.NaN]);
    expect(recording.findings.map(({ code }) => code)).toContain('channels-unmapped');
    const detected = await detectSpikes(path('unrouted'), { filter: false, onWarning: () => {} });
    expect(detected.neuronAttributes).toEqual([{ electrode: 70, location: [0, 0] }, {}, {}]);
    const { sd, codes } = await codesOf('unrouted');
    // the chip's amplitude of -20, times 6.25 µV
    const spike_amplitudes = Float32Array.of(-125);
    expect(sd.neuronAttributes).toEqual([
      { unit_id: 1, electrode: 70, location: [0, 0], spike_amplitudes },
      { unit_id: 2, spike_amplitudes },
      { unit_id: 3, spike_amplitudes },
    ]);
    expect(codes).toEqual(['channels-unmapped']);
  });
});
