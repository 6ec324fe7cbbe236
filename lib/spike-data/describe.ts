/** A SpikeData as a person wants to see it in a REPL or a log. */

import type { LoadReport } from '../core/findings.js';
import type { NeuronAttributes } from './options.js';

export interface Described {
  N: number;
  length: number;
  startTime: number;
  spikes: number;
  neuronAttributes: readonly NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  raw: { type: string; shape: readonly number[] } | null;
  report: LoadReport | null;
}

/** One line: units, spikes, duration, mean rate. */
export function oneLine({ N, length, startTime, spikes }: Described): string {
  const rate = N > 0 && length > 0 ? `, ${figure((spikes / N / length) * 1000)} Hz a unit` : '';
  const start = startTime === 0 ? '' : ` from ${duration(startTime)}`;
  return `SpikeData(${count(N, 'unit')}, ${count(spikes, 'spike')}, ${duration(length)}${start}${rate})`;
}

/** The line, and below it what else there is. */
export function inspected(sd: Described): string {
  const lines = [oneLine(sd)];
  const keys = (object: object) => shorten(Object.keys(object));
  if (sd.neuronAttributes?.length) {
    const names = new Set(sd.neuronAttributes.slice(0, 100).flatMap((a) => Object.keys(a)));
    if (names.size > 0) lines.push(`neuronAttributes: ${shorten([...names])}`);
  }
  if (Object.keys(sd.metadata).length > 0) lines.push(`metadata: ${keys(sd.metadata)}`);
  if (sd.raw) lines.push(`rawData: ${sd.raw.type} (${sd.raw.shape.join(' × ')})`);
  if (sd.report) {
    const { format, findings } = sd.report;
    const codes = findings.length > 0 ? `: ${shorten(findings.map((f) => f.code))}` : '';
    lines.push(`report: ${format}, ${count(findings.length, 'finding')}${codes}`);
  }
  return lines.join('\n  ');
}

function shorten(names: string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')}, … (${names.length})` : names.join(', ');
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function duration(ms: number): string {
  return Math.abs(ms) >= 1000 ? `${figure(ms / 1000)} s` : `${figure(ms)} ms`;
}
