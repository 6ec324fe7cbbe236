import { endsIn, type Format } from '../format.js';
import { identifySpikeLabNpz } from './identify.js';
import { loadSpikeDataFromSpikeLabSortedNpz } from './load.js';

export const spikelabNpz = {
  name: 'spikelab-npz',
  title: "SpikeLab's sorted .npz",
  load: {
    what: "an .npz of SpikeLab's spike sorting",
    function: 'loadSpikeDataFromSpikeLabSortedNpz',
    load: loadSpikeDataFromSpikeLabSortedNpz,
    recognises: endsIn('.npz'),
    options: ['lengthMs'],
  },
  identify: identifySpikeLabNpz,
} as const satisfies Format;
