import { endsIn, type Format } from '../format.js';
import { identifyKlusta } from './identify.js';
import { klustaOptionNames, loadSpikeDataFromKlusta } from './load.js';

export const klusta = {
  name: 'klusta',
  title: 'Klusta (.kwik)',
  load: {
    what: "Klusta's .kwik",
    function: 'loadSpikeDataFromKlusta',
    load: loadSpikeDataFromKlusta,
    rate: 'fsHz',
    recognises: endsIn('.kwik'),
    options: Object.keys(klustaOptionNames),
  },
  identify: identifyKlusta,
} as const satisfies Format;
