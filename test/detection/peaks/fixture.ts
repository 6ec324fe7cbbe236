/** The recordings of fixtures/make/peaks.py, and what numpy and scipy find in them. */
import { readFileSync } from 'node:fs';
import { native } from '../../../lib/addon/binding.js';
import type { NdArray } from '../../../lib/core/arrays.js';
import type { PeakOptions } from '../../../lib/index.js';

const folder = new URL('../../../fixtures/peaks/', import.meta.url);
const text = (name: string) => readFileSync(new URL(name, folder), 'utf8');

export const fsHz = 20000;

export interface PeakCase {
  recording: 'noisy' | 'ties';
  options: PeakOptions;
  expect: {
    sample: number[];
    channel: number[];
    amplitude: number[];
    noise: (number | null)[] | null;
    threshold: (number | null)[];
  };
}

export const cases: PeakCase[] = JSON.parse(text('cases.json'));
const places: number[][] = JSON.parse(text('places.json'));

export const pathOf = (name: string) => new URL(`${name}.npy`, folder);

/** (channels, samples): all of the .npy behind its header of 128 bytes. */
export function tracesOf(name: PeakCase['recording']): NdArray {
  const bytes = readFileSync(pathOf(name));
  const body = bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length);
  return name === 'ties'
    ? { data: new Float32Array(body), shape: [3, 1200] }
    : { data: new Int16Array(body), shape: [6, 6000] };
}

export const placesOf = (name: PeakCase['recording']) => places.slice(0, name === 'ties' ? 3 : 6);

/** All that detectPeaks needs to know. */
export function optionsOf(c: PeakCase): PeakOptions {
  return { fsHz, channelLocations: placesOf(c.recording), onWarning: () => {}, ...c.options };
}

/** An open recording of any object's making, which counts what is read. */
export function recordingOf(name: PeakCase['recording']) {
  const { data, shape } = tracesOf(name);
  const [channels, samples] = shape;
  const reads: number[][] = [];
  return {
    format: 'test',
    channels,
    samples,
    fsHz,
    dtype: 'int16',
    channelLocations: { data: Float64Array.from(placesOf(name).flat()), shape: [channels, 2] },
    reads,
    async read({ start, end, channels: wanted }: { start: number; end: number; channels?: readonly number[] }) {
      const rows = wanted ?? Array.from({ length: channels }, (_, c) => c);
      reads.push([start, end]);
      const out = new (data.constructor as Float32ArrayConstructor)(rows.length * (end - start));
      rows.forEach((c, r) => {
        out.set(data.subarray(c * samples + start, c * samples + end) as Float32Array, r * (end - start));
      });
      return { data: out, shape: [rows.length, end - start] };
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

/** Lets the native side cut recordings into blocks of 1024 samples, and keep few checkpoints, by giving it no memory, or little. */
export async function inSmallBlocks<T>(work: () => Promise<T>, memoryBytes = 1): Promise<T> {
  const binding = native();
  const open = binding.peaksOpen;
  binding.peaksOpen = (request) => open({ ...request, memoryBytes });
  try {
    return await work();
  } finally {
    binding.peaksOpen = open;
  }
}
