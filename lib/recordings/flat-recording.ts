/** Recordings over one flat file whose channels are known. */

import { countFrames, type FlatLayout, flatLayout } from './flat-file.js';
import { layoutRecording } from './layout-recording.js';
import type { RecordContext } from './recording-format.js';
import { SampleFiles } from './sample-files.js';
import type { TraceInfo, TraceRecording } from './trace-recording.js';

/**
 * A recording over one flat file whose channels are known.
 *
 * @param timing what else is known once the samples are counted
 */
export async function openFlatRecording(
  format: string,
  path: string,
  { flat, fsHz, ...known }: { flat: FlatLayout; fsHz: number } & Partial<TraceInfo>,
  context: RecordContext,
  timing?: (samples: number) => Promise<Pick<TraceInfo, 'startMs' | 'gaps'>>,
): Promise<TraceRecording> {
  const files = await SampleFiles.open([path], context);
  const samples = known.samples ?? countFrames(flat, files.sizes[0], context);
  const info = { format, path, fsHz, ...known, ...(await timing?.(samples)) };
  return layoutRecording(flatLayout(flat, samples), files, info, context);
}
