import type { Format } from '../format.js';
import { identifyTdt } from './identify.js';
import { tdt as recording } from './recording.js';

export const tdt = {
  name: 'tdt',
  title: 'Tucker-Davis (TDT) blocks',
  recording,
  identify: identifyTdt,
} as const satisfies Format;
