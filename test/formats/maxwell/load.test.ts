import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FormatError, OptionError, UnsupportedError } from '../../../lib/core/errors.js';
import { loadSpikeDataFromMaxwell } from '../../../lib/formats/maxwell/load.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/recordings/${name}`, import.meta.url));

describe('loadSpikeDataFromMaxwell', () => {
  it('counts from the first frame, joins channels to electrodes by number, and keeps what came before', async () => {
    const sd = await loadSpikeDataFromMaxwell(fixture('maxwell_new.raw.h5'));
    // stored in steps of 6.2942504e-06 V
    const uv = (...steps: number[]) => Float32Array.from(steps, (step) => step * 6.2942504e-6 * 1e6);
    // spikes at frames -5, 30, 10 and 10 of the recording, 25 kHz
    expect(sd.train.map((times) => [...times])).toEqual([[-0.2, 0.4], [1.2], [0.4]]);
    expect(sd.neuronAttributes).toEqual([
      { unit_id: 7, electrode: 300, location: [20, 0], spike_amplitudes: uv(-12.5, -9) },
      { unit_id: 40, electrode: 8909, location: [0, 0], spike_amplitudes: uv(-20) },
      { unit_id: 90, spike_amplitudes: uv(-8) },
    ]);
    expect(sd.metadata.amplitude_unit).toBe('uV');
    expect([sd.startTime, sd.startTime + sd.length]).toEqual([-0.2, 2.4]);
    expect(sd.metadata).toMatchObject({ fs_Hz: 25_000, well: 0, recording: '/data_store/data0000' });
    expect(sd.report?.findings.map(({ code }) => code)).toContain('channels-unmapped');
  });

  it('says what it cannot read', async () => {
    await expect(loadSpikeDataFromMaxwell(fixture('maxwell_old.raw.h5'))).rejects.toThrow(UnsupportedError);
    await expect(loadSpikeDataFromMaxwell(fixture('datasets.h5'))).rejects.toThrow(FormatError);
    const options = { dataset: '/data_store/data0009' };
    await expect(loadSpikeDataFromMaxwell(fixture('maxwell_new.raw.h5'), options)).rejects.toThrow(OptionError);
  });
});
