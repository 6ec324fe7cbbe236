import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToPickle } from './export.js';
import { identifyPickle } from './identify.js';
import { loadSpikeDataFromPickle } from './load.js';

export const pickle = {
  name: 'pickle',
  title: "SpikeLab's pickles, read as data and never executed",
  load: {
    what: "a pickled SpikeData of Python's SpikeLab, read as data and never executed",
    function: 'loadSpikeDataFromPickle',
    load: loadSpikeDataFromPickle,
    recognises: endsIn('.pkl', '.pickle'),
    options: [],
  },
  save: {
    what: "a pickle that Python's SpikeLab loads",
    function: 'exportSpikeDataToPickle',
    save: exportSpikeDataToPickle,
    ending: '.pkl',
    recognises: endsIn('.pkl', '.pickle'),
    options: ['protocol'],
  },
  identify: identifyPickle,
} as const satisfies Format;
