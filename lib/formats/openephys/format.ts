import type { Format } from '../format.js';
import { identifyOpenEphys } from './identify.js';
import { openephys as recording } from './recording.js';

export const openephys = {
  name: 'openephys',
  title: 'Open Ephys binary',
  recording,
  identify: identifyOpenEphys,
} as const satisfies Format;
