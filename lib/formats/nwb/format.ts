import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToNwb } from './export.js';
import { identifyNwb } from './identify.js';
import { loadSpikeDataFromNwb } from './load.js';
import { nwb as recording } from './recording.js';

export const nwb = {
  name: 'nwb',
  title: 'NWB 2.x, in HDF5 or Zarr',
  load: {
    what: 'the Units table of an NWB 2 file',
    function: 'loadSpikeDataFromNwb',
    load: loadSpikeDataFromNwb,
    recognises: endsIn('.nwb'),
    options: ['unitsPath', 'unitIds', 'windowMs', 'columns', 'lengthMs', 'startTimeMs', 'allowNoUnits'],
  },
  recording,
  save: {
    what: 'an NWB 2 file with a Units table',
    function: 'exportSpikeDataToNwb',
    save: exportSpikeDataToNwb,
    ending: '.nwb',
    recognises: endsIn('.nwb'),
    options: ['spikeTimesDataset', 'spikeTimesIndexDataset', 'group'],
  },
  identify: identifyNwb,
} as const satisfies Format;
