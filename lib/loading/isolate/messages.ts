/** What a child and the process that started it say to each other. Numbers of samples and times follow on a pipe of their own. */

import type { Finding, LoadReport } from '../../core/findings.js';
import type { Progress } from '../../core/options.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';

/** A request; `id` is repeated in all that is said about it. */
export type Request = { id: number } & (
  | { kind: 'call'; name: string; args: unknown[]; options: object }
  | { kind: 'read'; range: unknown }
  | { kind: 'close' }
  | { kind: 'abort' }
);

export type Message =
  | { kind: 'ready'; confined: Confined }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'warning'; id: number; finding: Finding }
  | { kind: 'result'; id: number; value: PackedValue; byteLengths: number[]; peakBytes: number }
  | { kind: 'error'; id: number; error: SentError };

/** What the kernel holds the child to. */
export interface Confined {
  landlock: number;
  seccomp: boolean;
}

/** Large arrays are not in it: they go as raw bytes, in this order. */
export type PackedValue =
  | ({ type: 'spikes' } & PackedSpikeData)
  | ({ type: 'recording' } & PackedRecording)
  | { type: 'samples'; array: string; shape: number[] }
  | { type: 'plain'; value: unknown };

/** Times, offsets, raw data, raw time. */
export interface PackedSpikeData {
  N: number;
  length: number;
  startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  report: LoadReport | null;
  raw: { type: string; shape: number[] } | null;
}

/** All that an open recording says of itself, by name; functions stay behind. */
export interface PackedRecording {
  fields: Record<string, unknown>;
}

export interface SentError {
  name: string;
  message: string;
  stack: string | undefined;
  fields: Record<string, unknown>;
}
