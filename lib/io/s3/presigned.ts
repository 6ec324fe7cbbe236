/** S3 objects by a URL that carries its own signature: plain HTTP, no SDK, no further credentials. */
import { RemoteError } from '../errors.js';
import { HttpClient } from './http.js';
import { openHttpObject } from './http-object.js';
import { md5OfEtag, type S3Object } from './s3-object.js';
import type { Transfer } from './transfer.js';

/** The signature is in the query, which no message and no report repeats. */
export async function openPresigned(url: string, transfer: Transfer, headBytes: number): Promise<S3Object> {
  const object = await openHttpObject(url, new HttpClient(transfer), headBytes);
  const name = url.replace(/[?#].*$/s, '');
  if (!object) throw new RemoteError(`${name}: the server must answer ranges, which it did not`, { url: name });
  const encrypted = /kms/i.test(object.headers.get('x-amz-server-side-encryption') ?? '');
  return { ...object, md5: encrypted ? null : md5OfEtag(object.etag), parts: async () => null };
}
