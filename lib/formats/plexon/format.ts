import { endsIn, type Format } from '../format.js';
import { identifyPlexon } from './identify.js';
import { loadSpikeDataFromPlexon } from './load.js';
import { plexon as recording } from './recording.js';

export const plexon = {
  name: 'plexon',
  title: 'Plexon PLX',
  load: {
    what: 'the spikes of a Plexon .plx file',
    function: 'loadSpikeDataFromPlexon',
    load: loadSpikeDataFromPlexon,
    recognises: endsIn('.plx'),
    options: [],
  },
  recording,
  identify: identifyPlexon,
} as const satisfies Format;
