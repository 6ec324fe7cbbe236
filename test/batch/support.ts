/** Small recordings whose spikes are known, and what a batch left of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BatchItem, BatchOptions, BatchResult } from '../../lib/index.js';
import { runBatch } from '../../lib/index.js';

export const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Opens and detects what `pulses` wrote. */
export const pulseOptions = { channels: 2, fsHz: 1000, filter: false, thresholdSigma: 3, noise: 'std' };

/** A flat file of two channels, 1 s at 1000 Hz, zero but for `count` single samples of 1000 on the first. */
export function pulses(path: string, count: number): void {
  const data = new Int16Array(2000);
  for (let i = 0; i < count; i++) data[2 * (20 + 40 * i)] = 1000;
  writeFileSync(path, data);
}

export async function all(items: Iterable<BatchItem>, options: BatchOptions): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for await (const result of runBatch(items, options)) results.push(result);
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function resultLines(out: string): BatchResult[] {
  return readFileSync(join(out, 'results.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
