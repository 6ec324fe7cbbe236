/** What an item will need, by the size of its source alone: for who goes first and how many go at once. A plan knows better. */
import type { Work } from './contract.js';

/** A worker with the addon loaded, before it has read anything: measured on Node 20 to 24 for Linux. */
export const runtimeBytes = 110 * 2 ** 20;
/** What detection takes for pieces and filters where nobody says otherwise: ThresholdOptions.memoryBytes. */
const detectionBytes = 2 ** 26;
/** Sorted spikes are decoded, grouped and encoded: each byte is there about four times. */
const copies = 4;

export function memoryFor({ do: operation, options, format }: Work, sourceBytes: number): number {
  if (operation === 'identify') return runtimeBytes;
  if (operation === 'load' || operation === 'convert') return runtimeBytes + copies * sourceBytes;
  const pieces = typeof options.memoryBytes === 'number' ? options.memoryBytes : detectionBytes;
  // one sample in a thousand is a spike of a busy array; two bytes a sample, some 32 bytes a spike while tables are made
  const spikes = (sourceBytes / 2 / 1000) * 32;
  return runtimeBytes + pieces + spikes + (format === 'pickle' ? spikes : 0);
}
