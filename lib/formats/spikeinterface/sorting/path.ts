/** Where a stored sorting is read: folders and files on disk as they are, others fetched or unpacked until the load ends. */
import { isZip, unpackZip } from '../../../containers/zip/folder.js';
import type { Source } from '../../../core/options.js';
import type { SourceContext } from '../../../io/context.js';
import { localPath } from '../../../io/source.js';
import { stat } from '../../../io/stat.js';

/** Folders go as they are; a single file may also lie in S3. */
export async function sortingPath(source: Source, context: SourceContext): Promise<string> {
  if (isZip(source)) return unpackZip(source, context);
  const text = source instanceof URL ? source.href : source;
  if (typeof text === 'string' && /^(s3|https?):/i.test(text)) return context.localFile(source, 'sorting');
  const path = localPath(source, 'sorting');
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ? path : context.localFile(source, 'sorting');
}
