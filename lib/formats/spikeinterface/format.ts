import { type Format, folderWith } from '../format.js';
import { identifySpikeInterface } from './identify.js';
import { loadSpikeDataFromSpikeInterface } from './load.js';
import { spikeinterface as recording } from './recording.js';

export const spikeinterface = {
  name: 'spikeinterface',
  title: 'SpikeInterface sortings and recordings',
  load: {
    what: 'a sorting that SpikeInterface saved',
    function: 'loadSpikeDataFromSpikeInterface',
    load: loadSpikeDataFromSpikeInterface,
    rate: 'samplingFrequency',
    recognises: folderWith(
      'spikeinterface_info.json',
      'numpysorting_info.json',
      'sorting_cached.npz',
      'si_folder.json',
    ),
    options: ['unitIds', 'segmentIndex'],
  },
  recording,
  thresholded: 'loadSpikeDataFromSpikeInterfaceRecording',
  identify: identifySpikeInterface,
} as const satisfies Format;
