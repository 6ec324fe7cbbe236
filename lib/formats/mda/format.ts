import { endsIn, type Format } from '../format.js';
import { identifyMda } from './identify.js';
import { loadSpikeDataFromMda, mdaOptionNames } from './load.js';

export const mda = {
  name: 'mda',
  title: 'MountainSort firings.mda',
  load: {
    what: "MountainSort's firings.mda (--fs where no params.json says it)",
    function: 'loadSpikeDataFromMda',
    load: loadSpikeDataFromMda,
    rate: 'fsHz',
    recognises: endsIn('.mda'),
    options: Object.keys(mdaOptionNames),
  },
  identify: identifyMda,
} as const satisfies Format;
