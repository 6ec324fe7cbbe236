/** A folder of KiloSort's or phy's files: on disk, a prefix in S3, or packed into a zip in either place. */
import { isZip, openZipFolder } from '../../containers/zip/folder.js';
import type { Source } from '../../core/options.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';

export function openFolder(source: Source, context: SourceContext): Promise<SourceFolder> {
  return isZip(source) ? openZipFolder(source, 'spike_times.npy', context) : context.localFolder(source, 'folder');
}
