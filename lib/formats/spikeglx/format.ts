import type { Format } from '../format.js';
import { identifySpikeGlx } from './identify.js';
import { spikeglx as recording } from './recording.js';

export const spikeglx = {
  name: 'spikeglx',
  title: 'SpikeGLX',
  recording,
  identify: identifySpikeGlx,
} as const satisfies Format;
