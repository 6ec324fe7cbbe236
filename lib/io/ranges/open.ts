/** Remote files for reading by ranges, whatever protocol brings them. */
import { oneOf } from '../../core/checks.js';
import { LimitError } from '../../core/errors.js';
import type { SourceContext } from '../context.js';
import { HttpClient } from '../http/client.js';
import { openHttpObject } from '../http/object.js';
import type { RangedObject } from '../ranged-object.js';
import { openS3Object } from '../s3/object.js';
import { isS3Url, s3Location } from '../s3/url.js';
import { transferOf } from '../transfer.js';
import { firstBlockBytes } from './blocks.js';
import { RemoteFile } from './remote-file.js';

/** Whether a source lies on a server; never throws. */
export function isRemote(source: unknown): source is string | URL {
  return isS3Url(source) || isHttpUrl(source);
}

export function isHttpUrl(source: unknown): source is string | URL {
  return /^\s*https?:\/\//i.test(source instanceof URL ? source.href : typeof source === 'string' ? source : '');
}

/**
 * The file at a URL, for reading by ranges; null where the source is local, where downloads are asked for, and where the server
 * ignores ranges: then it is to be fetched whole. Closed when the load ends.
 *
 * @throws NotFoundError, RemoteError, LimitError by its size
 */
export async function openRemote(source: unknown, option: string, context: SourceContext): Promise<RemoteFile | null> {
  const { remote = 'ranges' } = context.options;
  oneOf(remote, 'remote', ['ranges', 'download'] as const);
  if (!isRemote(source) || remote === 'download') return null;
  const object = await openObject(source, option, context);
  if (!object) {
    const message = 'the server ignores ranges: the whole file was downloaded';
    context.report.info('ranges-not-served', message);
    return null;
  }
  return remoteFile(object, context);
}

/** An object that somebody has opened, as a file of this load. */
export function remoteFile(object: RangedObject, context: SourceContext): RemoteFile {
  const file = new RemoteFile(object, transferOf(context));
  context.onEnd(() => file.close());
  const { maxFileBytes } = context.limits;
  if (object.size > maxFileBytes) throw new LimitError('maxFileBytes', maxFileBytes, object.size, object.name);
  context.report.remote = 'ranges';
  return file;
}

/** The object at a URL, with its first bytes; null where its server ignores ranges. */
export async function openObject(
  source: string | URL,
  option: string,
  context: SourceContext,
  headBytes = firstBlockBytes,
): Promise<RangedObject | null> {
  const transfer = transferOf(context);
  const location = isS3Url(source) ? s3Location(source, option) : null;
  if (location && !location.presignedUrl) return openS3Object(location, context.options, transfer, headBytes);
  const url = location?.presignedUrl ?? String(source).trim();
  return openHttpObject(url, new HttpClient(transfer), headBytes, context.options.refreshUrl);
}
