import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { saveNpy } from '../../../lib/containers/npy/write.js';
import { loadSpikeDataFromKilosort } from '../../../lib/formats/kilosort/load.js';
import { kilosortAmplitudes } from '../../../lib/formats/kilosort/spike-amplitudes.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const temporary = useTemporaryFolder();

describe('kilosortAmplitudes', () => {
  // by hand: at 1 kHz a sample is a millisecond; units 2 and 7 fire in turn, and the file is out of order once
  const samples = [10, 12, 30, 20, 40];
  const clusters = [7, 2, 7, 2, 7];

  async function folderWith(amplitudes: number[]) {
    const folder = temporary('sorted');
    mkdirSync(folder, { recursive: true });
    const save = (name: string, values: Int32Array | Float64Array) => saveNpy(join(folder, name), values);
    await save('spike_times.npy', Int32Array.from(samples));
    await save('spike_clusters.npy', Int32Array.from(clusters));
    await save('amplitudes.npy', Float64Array.from(amplitudes));
    return folder;
  }

  it('puts the value of each spike beside it', async () => {
    const folder = await folderWith([1.5, 2.5, 3.5, 4.5, 5.5]);
    const sd = await loadSpikeDataFromKilosort(folder, { fsHz: 1000 });
    expect(sd.train.map((train) => [...train])).toEqual([
      [12, 20],
      [10, 30, 40],
    ]);
    expect((await kilosortAmplitudes(folder, sd, {}))?.map((values) => [...values])).toEqual([
      [2.5, 4.5],
      [1.5, 3.5, 5.5],
    ]);
  });

  it('gives none where they are not those of the spikes', async () => {
    const folder = await folderWith([1, 2, 3, 4]);
    const sd = await loadSpikeDataFromKilosort(folder, { fsHz: 1000 });
    expect(await kilosortAmplitudes(folder, sd, {})).toBeUndefined();
    await folderWith([1, 2, 3, 4, 5]);
    const shifted = await loadSpikeDataFromKilosort(folder, { fsHz: 999 });
    shifted.metadata.fs_Hz = 1000;
    expect(await kilosortAmplitudes(folder, shifted, {})).toBeUndefined();
  });
});
