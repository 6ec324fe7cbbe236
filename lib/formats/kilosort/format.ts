import { extname } from 'node:path';
import { type Format, folderWith, isFolder } from '../format.js';
import { exportSpikeDataToKilosort } from './export.js';
import { identifyKilosort } from './identify.js';
import { loadSpikeDataFromKilosort } from './load.js';

export const kilosort = {
  name: 'kilosort',
  title: 'KiloSort and Phy folders',
  load: {
    what: 'a KiloSort or Phy folder (--fs where params.py does not say it)',
    function: 'loadSpikeDataFromKilosort',
    load: loadSpikeDataFromKilosort,
    rate: 'fsHz',
    recognises: folderWith('spike_times.npy'),
    options: [
      'clusterInfoTsv',
      'keepLabels',
      'includeNoise',
      'timeUnit',
      'lengthMs',
      'spikeTimesFile',
      'spikeClustersFile',
      'channelMapFile',
      'channelPositionsFile',
    ],
  },
  save: {
    what: 'a folder with spike_times.npy and spike_clusters.npy (--fs where the spikes came without a rate)',
    function: 'exportSpikeDataToKilosort',
    save: exportSpikeDataToKilosort,
    rate: 'fsHz',
    ending: '',
    recognises: (path: string) => extname(path) === '' || isFolder(path),
    options: ['timeUnit', 'clusterIds', 'spikeTimesFile', 'spikeClustersFile'],
  },
  identify: identifyKilosort,
} as const satisfies Format;
