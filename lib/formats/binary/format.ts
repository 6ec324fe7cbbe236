import type { Format } from '../format.js';
import { identifyBinary } from './identify.js';
import { binary as recording } from './recording.js';

export const binary = {
  name: 'binary',
  title: 'Flat binary',
  recording,
  identify: identifyBinary,
} as const satisfies Format;
