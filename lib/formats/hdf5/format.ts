import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToHdf5 } from './export.js';
import { identifyHdf5 } from './identify.js';
import { loadSpikeDataFromHdf5 } from './load.js';
import { hdf5 as recording } from './recording.js';
import { styleOptions } from './style.js';

export const hdf5 = {
  name: 'hdf5',
  title: 'HDF5: ragged arrays, raster, group, pairs',
  load: {
    what: 'an HDF5 file of ragged arrays, a raster, a group with a dataset a unit, or pairs: name its datasets',
    function: 'loadSpikeDataFromHdf5',
    load: loadSpikeDataFromHdf5,
    rate: 'fsHz',
    recognises: endsIn('.h5', '.hdf5'),
    options: [
      'spikeTimesDataset',
      'spikeTimesIndexDataset',
      'spikeTimesUnit',
      'spikeTimesIndex',
      'rasterDataset',
      'rasterBinSizeMs',
      'groupPerUnit',
      'groupTimeUnit',
      'idcesDataset',
      'timesDataset',
      'timesUnit',
      'lengthMs',
    ],
    layouts: styleOptions,
  },
  recording,
  thresholded: 'loadSpikeDataFromHdf5RawThresholded',
  save: {
    what: 'an HDF5 file: style ragged (default), raster, group or paired',
    function: 'exportSpikeDataToHdf5',
    save: exportSpikeDataToHdf5,
    rate: 'fsHz',
    ending: '.h5',
    recognises: endsIn('.h5', '.hdf5'),
    options: [
      'style',
      'spikeTimesDataset',
      'spikeTimesIndexDataset',
      'spikeTimesUnit',
      'rasterDataset',
      'rasterBinSizeMs',
      'groupPerUnit',
      'groupTimeUnit',
      'idcesDataset',
      'timesDataset',
      'timesUnit',
      'rawDataset',
      'rawTimeDataset',
      'rawTimeUnit',
    ],
  },
  identify: identifyHdf5,
} as const satisfies Format;
