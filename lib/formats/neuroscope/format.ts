import { readdirSync } from 'node:fs';
import { type Format, isFolder } from '../format.js';
import { identifyNeuroscope } from './identify.js';
import { loadSpikeDataFromNeuroscope, neuroscopeOptionNames } from './load.js';
import { neuroscope as recording } from './recording.js';

const isClusters = (name: string) => /\.(clu|res)\.\d+$/.test(name);

export const neuroscope = {
  name: 'neuroscope',
  title: 'NeuroScope and Klusters',
  load: {
    what: 'the .clu and .res files of a NeuroScope session (--fs where no .xml says it)',
    function: 'loadSpikeDataFromNeuroscope',
    load: loadSpikeDataFromNeuroscope,
    rate: 'fsHz',
    recognises: (path: string) => isClusters(path) || (isFolder(path) && readdirSync(path).some(isClusters)),
    options: Object.keys(neuroscopeOptionNames),
  },
  recording,
  identify: identifyNeuroscope,
} as const satisfies Format;
