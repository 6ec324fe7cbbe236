/** Timestamps of an Open Ephys stream: one for each sample, in samples or (with sample_numbers.npy beside them) in seconds. */
import { join } from 'node:path';
import { NpyFile } from '../format/npy.js';
import type { RecordContext } from './format.js';
import { GapFinder } from './gaps.js';
import { isFile } from './sidecar.js';

const pieceLength = 2 ** 20;

/** @throws FormatError where samples are missing between timestamps */
export async function checkOpenEphysTimes(
  folder: string,
  samples: number,
  fsHz: number,
  context: RecordContext,
): Promise<void> {
  const numbers = join(folder, 'sample_numbers.npy');
  const path = (await isFile(numbers)) ? numbers : join(folder, 'timestamps.npy');
  if (!(await isFile(path))) return;
  const file = await NpyFile.open(path);
  try {
    const { count, type } = file.header;
    if (count !== samples) {
      const message = `${path} has ${count} timestamps for ${samples} samples`;
      context.report.warning('timestamps-differ', message, Math.abs(count - samples));
    }
    // whole numbers count samples; floating ones are seconds
    const seconds = type.letter === 'f';
    const gaps = new GapFinder(path, seconds ? 1 / fsHz : 1, seconds ? 1000 : 1000 / fsHz, context);
    for (let start = 0; start < count; start += pieceLength) {
      gaps.add(await file.readElements(start, Math.min(count, start + pieceLength), { signal: context.signal }));
    }
    gaps.check();
  } finally {
    await file.close();
  }
}
