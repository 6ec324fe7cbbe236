/** S3 objects by a URL that carries its own signature: plain HTTP, no SDK, no further credentials. */
import { RemoteError } from '../../core/errors.js';
import { HttpClient } from '../http/client.js';
import { openHttpObject } from '../http/object.js';
import type { RefreshUrl } from '../http/signed-place.js';
import type { Transfer } from '../transfer.js';
import { md5OfEtag, type S3Object } from './object.js';

/** The signature is in the query, which no message and no report repeats. */
export async function openPresigned(
  url: string,
  transfer: Transfer,
  headBytes: number,
  refreshUrl?: RefreshUrl,
): Promise<S3Object> {
  const object = await openHttpObject(url, new HttpClient(transfer), headBytes, refreshUrl);
  const name = url.replace(/[?#].*$/s, '');
  if (!object) throw new RemoteError(`${name}: the server must answer ranges, which it did not`, { url: name });
  const encrypted = /kms/i.test(object.headers.get('x-amz-server-side-encryption') ?? '');
  return { ...object, md5: encrypted ? null : md5OfEtag(object.etag), parts: async () => null };
}
