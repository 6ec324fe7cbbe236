import type { Format } from '../format.js';
import { identifyMcs } from './identify.js';
import { mcs as recording } from './recording.js';

export const mcs = {
  name: 'mcs',
  title: 'MCS HDF5 (Multi Channel Systems)',
  recording,
  identify: identifyMcs,
} as const satisfies Format;
