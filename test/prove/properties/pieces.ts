/** A recording read whole and in random pieces, and detection that cuts it into pieces of any length. */
import type { Recording } from 'spikelab';
import { expectNumbers } from '../compare.js';
import type { Tools } from '../property.js';
import { Random } from '../random.js';

type Samples = ArrayLike<number | bigint> & { subarray(start: number, end: number): ArrayLike<number | bigint> };

export interface Traces {
  /** Channel after channel. */
  traces: Samples;
  channels: number;
  samples: number;
}

/** @param what names the files in the count of comparisons */
export async function readPieces(
  recording: Recording,
  { traces, channels, samples }: Traces,
  spec: { seed: number; reads: number },
  what: string,
  tools: Tools,
): Promise<void> {
  const whole = await recording.read({ start: 0, end: samples });
  expectNumbers(whole.data, traces, 'samples');
  tools.count('files of strangers', what);
  const random = new Random(spec.seed);
  for (let i = 0; i < spec.reads; i++) {
    const [start, end] = [random.int(0, samples), random.int(0, samples)].sort((a, b) => a - b);
    const picked = random.chance(0.5)
      ? undefined
      : Array.from({ length: random.int(1, channels) }, () => random.int(0, channels - 1));
    const rows = [...new Set(picked)];
    const asked = picked ? rows : Array.from({ length: channels }, (_, c) => c);
    const piece = await recording.read({ start, end, ...(picked ? { channels: asked } : {}) });
    asked.forEach((channel, row) => {
      const expected = traces.subarray(channel * samples + start, channel * samples + end);
      const found = (piece.data as unknown as Samples).subarray(row * (end - start), (row + 1) * (end - start));
      expectNumbers(found, expected, `samples ${start} to ${end} of channel ${channel}`);
    });
    tools.count('two ways', 'recording in pieces and whole');
  }
}

/** Has native detection cut recordings into pieces of so many samples, until it is restored. */
export async function cutPieces(pieceSamples: number): Promise<() => void> {
  const { native } = await import(new URL('addon/binding.js', import.meta.resolve('spikelab')).href);
  const binding: { detectSource(request: object): unknown } = native();
  const { detectSource } = binding;
  binding.detectSource = (request) => detectSource({ ...request, pieceSamples });
  return () => {
    binding.detectSource = detectSource;
  };
}
