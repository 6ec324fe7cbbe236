/** Which side of two-dimensional traces is time: one answer for every way in. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import { loadSpikeDataFromHdf5RawThresholded } from '../../lib/formats/hdf5/raw-thresholded.js';
import { layoutOf, type OrientationClues } from '../../lib/recordings/orientation.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/recordings/${name}`, import.meta.url));
const [time, channels] = ['time-channels', 'channels-time'] as const;

describe('the side that is time', () => {
  it.each<[string, [number, number], Omit<OrientationClues, 'what'>, string, string[]]>([
    ['is the one that is named', [3, 1000], { layout: time, samples: 1000, usual: channels }, time, []],
    ['is the longer', [1000, 3], {}, time, []],
    ['is the longer', [3, 1000], {}, channels, []],
    ['is guessed where the sides are alike', [40, 30], {}, time, ['orientation-guessed']],
    ['is guessed where the sides are alike', [30, 40], {}, channels, ['orientation-guessed']],
    ['is guessed in squares', [30, 30], {}, channels, ['orientation-guessed']],
    ['is guessed in squares as their source returns them', [30, 30], { square: time }, time, ['orientation-guessed']],
    ['is no guess in squares of formats that define it', [30, 30], { usual: time }, time, []],
    [
      'has as many values as there are timestamps',
      [384, 50],
      { samples: 50, usual: time },
      channels,
      ['orientation-turned'],
    ],
    ['has as many values as there are timestamps', [50, 384], { samples: 50, usual: time }, time, []],
    ['is not the one of the electrodes', [50, 384], { channels: 384, usual: time }, time, []],
    ['is not the one of the electrodes', [384, 50], { channels: 384, usual: time }, channels, ['orientation-turned']],
    [
      'is the longer where counts fit neither side',
      [5, 90],
      { channels: 7, usual: time },
      channels,
      ['orientation-turned'],
    ],
    ['needs no guess where there is one value', [1, 1], {}, channels, []],
  ])('%s: %o %o', (_, shape, clues, wanted, codes) => {
    const found: string[] = [];
    const report = { warning: (code: string) => void found.push(code) };
    expect([layoutOf(shape, { what: 'traces', ...clues }, report), found]).toEqual([wanted, codes]);
  });
});

it('is told of where traces that SpikeLab defines as (channels, samples) look turned', async () => {
  const options = { fsHz: 25_000, filter: false, onWarning: () => {} } as const;
  const load = async (dataset: string) => {
    const sd = await loadSpikeDataFromHdf5RawThresholded(fixture('datasets.h5'), dataset, options);
    return { N: sd.N, codes: sd.report?.findings.map(({ code }) => code) ?? [] };
  };
  expect((await load('raw/time_channels')).codes).toContain('orientation-doubtful');
  expect((await load('raw/channels_time')).codes).not.toContain('orientation-doubtful');
  const sd = await detectSpikes(fixture('datasets.h5'), { ...options, dataset: 'raw/time_channels' });
  expect(sd.N).toBe(5);
});
