/** Recordings over one flat file whose channels are known. */

import type { RemoteFile } from '../io/ranges/remote-file.js';
import { countFrames, type FlatLayout, flatLayout } from './flat-file.js';
import { layoutRecording } from './layout-recording.js';
import type { RecordContext } from './recording-format.js';
import { RemoteSamples } from './remote-samples.js';
import { SampleFiles } from './sample-files.js';
import type { TraceInfo, TraceRecording } from './trace-recording.js';

/**
 * A recording over one flat file whose channels are known.
 *
 * @param remote the file, where it lies on a server
 * @param timing what else is known once the samples are counted
 */
export async function openFlatRecording(
  format: string,
  path: string,
  { flat, fsHz, remote, ...known }: { flat: FlatLayout; fsHz: number; remote?: RemoteFile } & Partial<TraceInfo>,
  context: RecordContext,
  timing?: (samples: number) => Promise<Pick<TraceInfo, 'startMs' | 'gaps'>>,
): Promise<TraceRecording> {
  const files = remote ? new RemoteSamples(remote) : await SampleFiles.open([path], context);
  const samples = known.samples ?? countFrames(flat, files.sizes[0], context);
  const info = { format, path, fsHz, ...known, ...(await timing?.(samples)) };
  return layoutRecording(flatLayout(flat, samples), files, info, context);
}
