/** Size and version of what an S3 URL names, without reading it. */
import { createHash } from 'node:crypto';
import { NotFoundError } from '../../core/errors.js';
import type { LoadOptions } from '../../core/options.js';
import { transferOf } from '../transfer.js';
import type { S3Options } from './client.js';
import { listObjects } from './list.js';
import { openS3Object } from './object.js';
import { openPresigned } from './presigned.js';
import { s3Location } from './url.js';

export interface RemoteVersion {
  readonly size: number;
  /** The ETag; of a folder a digest of those of all its objects; null where the server tells none. */
  readonly version: string | null;
}

/** @throws OptionError for what is no S3 URL, NotFoundError where neither an object nor a folder is there, RemoteError */
export async function versionOf(
  source: string,
  options: S3Options & Pick<LoadOptions, 'signal'>,
): Promise<RemoteVersion> {
  const location = s3Location(source, 'source');
  const transfer = transferOf(options);
  try {
    const object = location.presignedUrl
      ? await openPresigned(location.presignedUrl, transfer, 1)
      : await openS3Object(location, options, transfer, 1);
    object.close();
    return { size: object.size, version: object.etag };
  } catch (error) {
    if (!(error instanceof NotFoundError) || location.presignedUrl) throw error;
    const digest = createHash('sha256');
    let [size, count] = [0, 0];
    for await (const each of listObjects({ ...location, key: `${location.key}/` }, options)) {
      digest.update(`${each.key} ${each.size} ${each.etag}\n`);
      size += each.size;
      count++;
    }
    if (count === 0) throw error;
    return { size, version: digest.digest('hex') };
  }
}
