import type { Format } from '../format.js';
import { identifyIntan } from './identify.js';
import { intan as recording } from './recording.js';

export const intan = {
  name: 'intan',
  title: 'Intan RHD2000 and RHS2000',
  recording,
  identify: identifyIntan,
} as const satisfies Format;
