import { endsIn, type Format } from '../format.js';
import { identifyBlackrock } from './identify.js';
import { blackrockOptionNames, loadSpikeDataFromBlackrock } from './load.js';
import { blackrock as recording } from './recording.js';

export const blackrock = {
  name: 'blackrock',
  title: 'Blackrock NSx and NEV',
  load: {
    what: 'the spikes of a Blackrock NEV file',
    function: 'loadSpikeDataFromBlackrock',
    load: loadSpikeDataFromBlackrock,
    recognises: endsIn('.nev'),
    options: Object.keys(blackrockOptionNames),
  },
  recording,
  identify: identifyBlackrock,
} as const satisfies Format;
