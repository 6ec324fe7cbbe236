import type { Format } from '../format.js';
import { identifyNpy } from './identify.js';
import { npy as recording } from './recording.js';

export const npy = { name: 'npy', title: '.npy arrays', recording, identify: identifyNpy } as const satisfies Format;
