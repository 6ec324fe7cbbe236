import type { Format } from '../format.js';
import { identifySpikeGadgets } from './identify.js';
import { spikegadgets as recording } from './recording.js';

export const spikegadgets = {
  name: 'spikegadgets',
  title: 'SpikeGadgets Trodes',
  recording,
  identify: identifySpikeGadgets,
} as const satisfies Format;
