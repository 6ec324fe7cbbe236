/** Numbers of channels that sidecar files announce. */
import { FormatError } from '../core/errors.js';
import { stat } from '../io/stat.js';

/** A file that was cut off early may hold less than a frame; no probe has frames of a megabyte. */
const leastFrameBytes = 2 ** 20;

/**
 * Checks an announced number of channels before anything is made by it: a frame of that many must fit into the file.
 *
 * @throws FormatError naming the count where it stands
 */
export async function checkChannelCount(
  channels: number,
  sampleBytes: number,
  { says, sidecar, path }: { says: string; sidecar: string; path: string },
): Promise<void> {
  // a file that is not there is told of by whoever opens it
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  if (frameFits(channels, sampleBytes, bytes)) return;
  const message = `${sidecar} must give a number of channels that fits its samples, found ${says} ${channels} for ${path} of ${bytes} bytes`;
  throw new FormatError(message, { path: sidecar });
}

/** Whether a frame of so many channels may stand in so many bytes. */
export function frameFits(channels: number, sampleBytes: number, bytes: number): boolean {
  return channels * sampleBytes <= Math.max(bytes, leastFrameBytes);
}
