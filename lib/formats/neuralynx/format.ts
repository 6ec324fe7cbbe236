import { readdirSync } from 'node:fs';
import { endsIn, type Format, isFolder } from '../format.js';
import { identifyNeuralynx } from './identify.js';
import { loadSpikeDataFromNeuralynx } from './load.js';
import { neuralynx as recording } from './recording.js';

const isSpikes = endsIn('.nse', '.nst', '.ntt');

export const neuralynx = {
  name: 'neuralynx',
  title: 'Neuralynx',
  load: {
    what: "Neuralynx' .nse, .nst and .ntt files, one or a folder of them",
    function: 'loadSpikeDataFromNeuralynx',
    load: loadSpikeDataFromNeuralynx,
    recognises: (path: string) => isSpikes(path) || (isFolder(path) && readdirSync(path).some(isSpikes)),
    options: [],
  },
  recording,
  identify: identifyNeuralynx,
} as const satisfies Format;
