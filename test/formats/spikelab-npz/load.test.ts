import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, loadSpikeDataFromSpikeLabSortedNpz, NotFoundError, OptionError } from '../../../lib/index.js';

const fixture = (name: string): string => new URL(`../../../fixtures/npz/${name}`, import.meta.url).pathname;
const expected = JSON.parse(readFileSync(fixture('sorted.expected.json'), 'utf8')) as Record<string, never>[];

describe("SpikeLab's sorted npz", () => {
  it.each(['sorted.npz', 'sorted_deflated.npz'])('%s has its units with what is known about them', async (name) => {
    const sd = await loadSpikeDataFromSpikeLabSortedNpz(fixture(name));
    expect(sd.train.map((train) => [...train])).toEqual(expected.map((unit) => unit.train_ms));
    for (const key of ['unit_id', 'location', 'electrode', 'max_channel_id']) {
      expect(sd.neuronAttributes?.map((unit) => unit[key])).toEqual(expected.map((unit) => unit[key]));
    }
    expect(sd.neuronAttributes?.map((unit) => unit.template)).toEqual(
      expected.map((unit) => ({ data: Float32Array.from(unit.template), shape: [4, 2] })),
    );
    expect(sd.neuronAttributes?.map((unit) => unit.amplitudes)).toEqual(
      expected.map((unit) => Float64Array.from(unit.amplitudes)),
    );
    expect(sd.metadata).toMatchObject({ source_format: 'SpikeLab_npz', fs_Hz: 32000 });
    expect(sd.metadata.channel_locations).toEqual({ data: Float64Array.of(0, 0, 0, 20), shape: [2, 2] });
  });

  it('may hold no units', async () => {
    const sd = await loadSpikeDataFromSpikeLabSortedNpz(fixture('no_units.npz'));
    expect([sd.N, sd.length, sd.neuronAttributes, sd.metadata.fs_Hz]).toEqual([0, 0, [], 30000]);
  });

  it('takes a length that covers the spikes', async () => {
    const sd = await loadSpikeDataFromSpikeLabSortedNpz(fixture('sorted.npz'), { lengthMs: 4000 });
    expect(sd.length).toBe(4000);
    const short = loadSpikeDataFromSpikeLabSortedNpz(fixture('sorted.npz'), { lengthMs: 1 });
    await expect(short).rejects.toMatchObject({ constructor: OptionError, option: 'lengthMs' });
  });

  it('without a sample rate says which arrays there are', async () => {
    const load = loadSpikeDataFromSpikeLabSortedNpz(fixture('no_fs.npz'));
    await expect(load).rejects.toMatchObject({ constructor: NotFoundError, available: ['units'] });
  });

  it.each([
    ['numbers.npz', 'units'],
    ['bad_rate.npz', 'fs'],
    ['wrong_crc.npz', 'fs'],
    ['two_names.npz', 'fs'],
    ['long_directory.npz', undefined],
    ['twice.npz', 'fs'],
  ])('%s is a FormatError', async (name, location) => {
    const error = await loadSpikeDataFromSpikeLabSortedNpz(fixture(name)).catch((e) => e);
    expect(error).toBeInstanceOf(FormatError);
    if (location) expect(`${error.location} ${error.message}`).toContain(location);
  });
});
