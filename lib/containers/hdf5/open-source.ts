/** A source that must be an HDF5 file: read where it lies, on a server by ranges. */
import type { Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { type Hdf5File, openHdf5 } from './file.js';

/** @throws what `openHdf5` throws, RemoteError */
export async function openHdf5Source(source: Source, context: SourceContext): Promise<Hdf5File> {
  const { limits, signal, report } = context;
  const place = (await context.remoteFile(source)) ?? (await context.localFile(source));
  return openHdf5(place, { limits, signal, report });
}
