import type { Format } from '../format.js';
import { identifyMaxwell } from './identify.js';
import { loadSpikeDataFromMaxwell } from './load.js';
import { maxwell as recording } from './recording.js';

export const maxwell = {
  name: 'maxwell',
  title: 'MaxWell: the spikes that the chip detected',
  load: {
    what: 'the spikes that a MaxWell chip detected itself',
    function: 'loadSpikeDataFromMaxwell',
    load: loadSpikeDataFromMaxwell,
    recognises: (path: string) => path.toLowerCase().endsWith('.raw.h5'),
    options: ['dataset'],
  },
  recording,
  identify: identifyMaxwell,
} as const satisfies Format;
