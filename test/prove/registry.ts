/** All properties. A new one is a value in a file of properties/ and its name in that file's list. */
import { hdf5Exports } from './properties/hdf5-export.js';
import { hdf5Strangers } from './properties/hdf5-strangers.js';
import { kilosort } from './properties/kilosort.js';
import { nwbExports } from './properties/nwb-export.js';
import { nwbStrangers } from './properties/nwb-strangers.js';
import { nwbZarr } from './properties/nwb-zarr.js';
import { peaks } from './properties/peaks.js';
import { pickleparser } from './properties/pickleparser.js';
import { pickles } from './properties/pickles.js';
import { recordingWays } from './properties/recording-ways.js';
import { recordings } from './properties/recordings.js';
import { rigSpikes } from './properties/rig-spikes.js';
import { rigs } from './properties/rigs.js';
import { sorters } from './properties/sorters.js';
import { tables } from './properties/tables.js';
import { twoWays } from './properties/ways.js';
import type { Property } from './property.js';

const sorted = [
  ...hdf5Exports,
  ...hdf5Strangers,
  ...nwbExports,
  ...nwbStrangers,
  ...nwbZarr,
  ...kilosort,
  ...sorters,
  ...tables,
  ...rigSpikes,
];
const all = [...peaks, ...pickles, ...pickleparser, ...sorted, ...recordings, ...rigs, ...twoWays, ...recordingWays];

/** Each property knows the form of its own specs; nobody else looks into them. */
export const properties = all as unknown as readonly Property[];
