/** NWB in Zarr folders, v2 and v3, in hdmf-zarr's layout. */
import { join } from 'node:path';
import { loadSpikeDataFromNwb } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property } from '../property.js';
import { type Flat, trainsOf } from './pickles.js';
import { indexDtypes } from './storage.js';
import { drawTrains, type TrainsSpec } from './trains.js';
import { drawZarr, isUnsupported, plainZarr, type ZarrSpec } from './zarr.js';

type Spec = TrainsSpec & {
  electrodes: number;
  dtype: string;
  indexDtype: string;
  consolidated: boolean;
  zarr: ZarrSpec | null;
};

interface Written extends Flat {
  ids: BigInt64Array;
  electrodes: BigInt64Array;
  locations: number[][];
  quality: string[];
}

const written: Property<Spec> = {
  name: 'nwb/zarr',
  weight: 1,
  needs: ['numpy', 'zarr'],
  draw: (random) => ({
    ...drawTrains(random, 500),
    electrodes: 1 + random.size(200),
    dtype: random.pick(['<f8', '<f8', '>f8', '<f4']),
    indexDtype: random.pick(indexDtypes.filter((dtype) => dtype !== '<f8')),
    consolidated: random.chance(0.5),
    zarr: drawZarr(random),
  }),
  async check(spec, { folder, python, count, skip }) {
    const path = join(folder, 'their.nwb.zarr');
    const zarr = spec.zarr ?? plainZarr;
    const request = { ...spec, zarr, fsHz: spec.fsHz || 1000, path };
    const expected = await python.ask<Written>('zarrs.nwb', request);
    const sd = await loadSpikeDataFromNwb(path, { columns: ['quality'] }).catch((error: unknown) => {
      if (!isUnsupported(error)) throw error;
      skip(`Zarr codec ${zarr.compressor} ${zarr.filters.join(' ')}`, 'refused as unsupported');
      return null;
    });
    if (!sd) return;
    expectTrains(sd.train, trainsOf(expected), 'train');
    const units = sd.neuronAttributes ?? [];
    const column = (name: string) => units.map((unit) => unit[name]);
    expectNumbers(column('unit_id') as number[], expected.ids, 'unit_id');
    expectNumbers(column('electrode') as number[], expected.electrodes, 'electrode');
    expectSame(column('location'), expected.locations, 'location');
    expectSame(column('quality'), expected.quality, 'quality');
    count('files of strangers', `NWB in Zarr v${zarr.version === 3 ? 3 : 2}`);
  },
};

export const nwbZarr = [written];
