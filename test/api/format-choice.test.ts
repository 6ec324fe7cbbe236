import { describe, expect, it } from 'vitest';
import { withTold } from '../../lib/api/format-choice.js';
import { fileLoaders, type NamedLoader } from '../../lib/formats/table.js';

const loader = (name: string) => fileLoaders.find((each) => each.name === name) as NamedLoader;

describe('what a source tells, and what is asked', () => {
  const raster = { rasterDataset: '/r', rasterBinSizeMs: 10 };
  const ragged = { spikeTimesDataset: '/t', spikeTimesIndexDataset: '/i' };

  it.each([
    ['another layout leaves out the one that was told', raster, ragged, ragged],
    ['more of the same layout is added', ragged, { spikeTimesUnit: 'ms' }, { ...ragged, spikeTimesUnit: 'ms' }],
    ['what is asked wins', ragged, { spikeTimesDataset: '/x' }, { ...ragged, spikeTimesDataset: '/x' }],
    ['what is of no layout is added', raster, { lengthMs: 5 }, { ...raster, lengthMs: 5 }],
    ['nothing is asked', raster, {}, raster],
    ['nothing is told', undefined, ragged, ragged],
  ])('%s', (_what, told, asked, expected) => {
    expect(withTold(loader('hdf5'), told, asked)).toEqual(expected);
  });

  it('a format of one layout takes both', () => {
    expect(withTold(loader('kilosort'), { fsHz: 30_000 }, { keepLabels: ['good'] })).toEqual({
      fsHz: 30_000,
      keepLabels: ['good'],
    });
  });
});
