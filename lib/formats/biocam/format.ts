import type { Format } from '../format.js';
import { identifyBiocam } from './identify.js';
import { biocam as recording } from './recording.js';

export const biocam = {
  name: 'biocam',
  title: '3Brain BRW (BioCAM)',
  recording,
  identify: identifyBiocam,
} as const satisfies Format;
