/** Flat files of samples: all that can be said of them is which numbers of channels would fit. */
import { type Draft, type Part, recordingLines } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { extension } from './recording.js';

/** Numbers of channels that recording systems have, the usual ones first. */
const usualWidths = [385, 384, 277, 276, 256, 128, 96, 64, 60, 36, 32, 24, 20, 16, 12, 8, 7, 6, 5, 4, 3, 2, 1];

/** A recording is longer than that. */
const leastSamples = 100;

export async function identifyBinary(look: Look): Promise<Draft | null> {
  if (look.isFolder || !extension.test(look.name) || look.size < 2) return null;
  const frames = look.size / 2;
  const channels = usualWidths.find((width) => Number.isInteger(frames / width) && frames / width >= leastSamples) ?? 1;
  const parts: Part[] = [{ name: look.name, options: {} }];
  const example = { ...parts[0], samples: frames / channels };
  return {
    format: 'binary',
    what: 'recording',
    readable: true,
    weak: true,
    details: { bytes: look.size },
    parts,
    ...recordingLines(look.path, [example], { format: 'binary', channels, fsHz: 30_000 }),
    advice: `A flat file says neither its channels nor its rate: ${channels} channels would fit its size, 30000 Hz is an example; put yours`,
  };
}
