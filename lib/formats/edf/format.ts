import type { Format } from '../format.js';
import { identifyEdf } from './identify.js';
import { edf as recording } from './recording.js';

export const edf = {
  name: 'edf',
  title: 'EDF and BDF',
  recording,
  identify: identifyEdf,
} as const satisfies Format;
