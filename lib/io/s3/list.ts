/** What lies below a prefix in S3. */
import type { LoadOptions } from '../../core/options.js';
import { soon, transferOf, withRetries } from '../transfer.js';
import { openS3, type S3Options } from './client.js';
import { s3Error } from './error.js';
import { s3Name } from './object.js';
import type { S3Location } from './url.js';

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string | null;
}

/**
 * Every object whose key starts with the location's, in order of keys, page by page.
 *
 * @throws NotFoundError for a missing bucket, RemoteError
 */
export async function* listObjects(
  location: S3Location,
  options: S3Options & Pick<LoadOptions, 'signal'>,
): AsyncGenerator<ListedObject> {
  const transfer = transferOf(options);
  const { sdk, client } = await openS3(location, options);
  const name = s3Name(location);
  try {
    for (let token: string | undefined; ; ) {
      const query = { Bucket: location.bucket, Prefix: location.key, ContinuationToken: token };
      const page = await withRetries(transfer, async (signal) => {
        transfer.counts.requests++;
        const sent = client.send(new sdk.ListObjectsV2Command(query), signal ? { abortSignal: signal } : {});
        return soon(sent, name, transfer.settings.idleMs, signal).catch((error) => {
          throw s3Error(error, name);
        });
      });
      for (const { Key, Size, ETag } of page.Contents ?? [])
        if (Key) yield { key: Key, size: Size ?? 0, etag: ETag ?? null };
      if (!page.IsTruncated || !page.NextContinuationToken) return;
      token = page.NextContinuationToken;
    }
  } finally {
    client.destroy();
  }
}
