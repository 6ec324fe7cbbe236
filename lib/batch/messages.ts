/** What a batch and its worker processes tell each other. */

import type { Failure } from './classify.js';
import type { Work } from './contract.js';
import type { Terms } from './spikes.js';

export type ToWorker = ({ kind: 'run'; work: Work; folder: string } & WorkTerms) | { kind: 'abort' };

export type WorkTerms = Pick<Terms, 'threads' | 'isolate' | 'limits' | 'cwd' | 'also' | 'only'>;

export interface Outcome {
  readonly units: number;
  readonly spikes: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly warnings: { code: string; message: string }[];
  readonly failure: Failure | null;
}

export type FromWorker = { kind: 'progress'; done: number; total: number | null } | { kind: 'ended'; outcome: Outcome };
