/** Single .npy arrays: samples where they are numbers in one or two dimensions. */
import { typeName } from '../../containers/npy/dtype.js';
import { type Draft, type Part, recordingLines } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

export async function identifyNpy(look: Look): Promise<Draft | null> {
  if (look.isFolder || !look.start.startsWith('\x93NUMPY')) return null;
  const { shape, type, count } = await look.npy(look.path);
  const details = { shape: `(${shape.join(', ')})`, dtype: typeName(type) };
  const samples = type.kind === 'number' && type.size <= 8 && count > 0 && (shape.length === 1 || shape.length === 2);
  if (!samples) {
    const advice = `An array of ${details.dtype} of shape ${details.shape} is no recording: recordings are numbers of (samples, channels) or (channels, samples)`;
    return { format: 'npy', what: 'table', readable: false, weak: true, details, advice };
  }
  const [rows, columns = 1] = shape;
  const parts: Part[] = [
    { name: look.name, options: {}, channels: Math.min(rows, columns), samples: Math.max(rows, columns) },
  ];
  return {
    format: 'npy',
    what: 'recording',
    readable: true,
    weak: true,
    details,
    parts,
    ...recordingLines(look.path, parts, { fsHz: 30_000 }),
    advice: 'The file does not say its sampling rate: 30000 in the lines is an example, put yours',
  };
}
