import { endsIn, type Format } from '../format.js';
import { identifyNeo } from './identify.js';
import { loadSpikeDataFromNeo } from './load.js';

export const neo = {
  name: 'neo',
  title: 'Neo: pickled blocks and NIX files',
  load: {
    what: 'a pickled Block of Neo, or a NIX file (--from neo for .pkl and .h5)',
    function: 'loadSpikeDataFromNeo',
    load: loadSpikeDataFromNeo,
    recognises: endsIn('.nix'),
    options: ['segmentIndex', 'blockIndex'],
  },
  identify: identifyNeo,
} as const satisfies Format;
