/** One object in S3, read in ranges. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { RemoteError } from '../../core/errors.js';
import { watched } from '../body.js';
import type { RangedObject } from '../ranged-object.js';
import { soon, type Transfer, withRetries } from '../transfer.js';
import { openS3, type S3, type S3Options } from './client.js';
import { s3Error } from './error.js';
import type { S3Location } from './url.js';

export interface S3Object extends RangedObject {
  /** MD5 of the content where the ETag is one; null for multipart uploads and objects encrypted with KMS. */
  readonly md5: string | null;
  /** The sizes of first and last part and their number, where the ETag is one of a multipart upload and the server tells. */
  parts(): Promise<{ count: number; first: number; last: number } | null>;
}

export function s3Name({ bucket, key }: { bucket: string; key: string }): string {
  return `s3://${bucket}/${key}`;
}

/** Asks for the first `headBytes`: unlike HEAD, a refusal then says why, and small objects need no second request. */
export async function openS3Object(
  location: S3Location,
  options: S3Options,
  transfer: Transfer,
  headBytes: number,
): Promise<S3Object> {
  const s3 = await openS3(location, options);
  try {
    return await withRetries(transfer, (signal) => open(s3, location, transfer, headBytes, signal));
  } catch (error) {
    s3.client.destroy();
    throw error;
  }
}

async function open(
  s3: S3,
  location: S3Location,
  transfer: Transfer,
  headBytes: number,
  signal: AbortSignal | undefined,
): Promise<S3Object> {
  const name = s3Name(location);
  const answer = await get(s3, location, transfer, { range: [0, headBytes], signal }).catch((error) => {
    // an empty object satisfies no range
    if (error instanceof RemoteError && error.status === 416) return null;
    throw error;
  });
  const size = answer ? sizeOf(answer, name) : 0;
  const head = answer ? await collect(answer, name, Math.min(headBytes, size), transfer, signal) : new Uint8Array();
  const etag = answer?.ETag ?? null;
  const encrypted = /kms|^sse-c/i.test(answer?.ServerSideEncryption ?? '') || answer?.SSECustomerAlgorithm;
  const md5 = encrypted ? null : md5OfEtag(etag);
  return {
    name,
    size,
    etag,
    head,
    md5,
    stream: async (start, end, inner) => {
      const part = await get(s3, location, transfer, { range: [start, end], etag, signal: inner });
      // servers that do not know If-Match are asked what they sent
      const isOther = etag !== null && part.ETag !== undefined && part.ETag !== etag;
      if (isOther || sizeOf(part, name) !== size || startOf(part) !== start) throw changed(name);
      return part.Body as unknown as AsyncIterable<Uint8Array>;
    },
    parts: () => (encrypted ? Promise.resolve(null) : partsOf(s3, location, etag, transfer)),
    close: () => s3.client.destroy(),
  };
}

/** An ETag without a dash is the MD5 of the content, unless the object is encrypted with keys of its own. */
export function md5OfEtag(etag: string | null): string | null {
  return /^"?([0-9a-f]{32})"?$/i.exec(etag ?? '')?.[1]?.toLowerCase() ?? null;
}

interface Get {
  /** [start, end) */
  range: readonly [number, number];
  etag?: string | null;
  signal: AbortSignal | undefined;
}

async function get(s3: S3, location: S3Location, transfer: Transfer, request: Get): Promise<GetObjectCommandOutput> {
  const { bucket, key, versionId } = location;
  const command = new s3.sdk.GetObjectCommand({
    Bucket: bucket,
    Key: key,
    Range: `bytes=${request.range[0]}-${request.range[1] - 1}`,
    ...(versionId ? { VersionId: versionId } : {}),
    ...(request.etag ? { IfMatch: request.etag } : {}),
  });
  transfer.counts.requests++;
  const name = s3Name(location);
  const { signal } = request;
  try {
    return await soon(
      s3.client.send(command, signal ? { abortSignal: signal } : {}),
      name,
      transfer.settings.idleMs,
      signal,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 412) throw changed(name);
    throw s3Error(error, name);
  }
}

async function collect(
  answer: GetObjectCommandOutput,
  name: string,
  length: number,
  transfer: Transfer,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  for await (const chunk of watched(answer.Body as unknown as AsyncIterable<Uint8Array>, name, transfer, signal)) {
    if (done + chunk.byteLength > length) break;
    bytes.set(chunk, done);
    done += chunk.byteLength;
  }
  if (done < length) {
    throw new RemoteError(`${name}: the server sent fewer bytes than it announced`, { url: name, retryable: true });
  }
  return bytes;
}

/** The object's size as Content-Range tells it; a server that ignores the range sends the whole object instead. */
function sizeOf(answer: GetObjectCommandOutput, name: string): number {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  if (total === undefined) {
    throw new RemoteError(`${name}: the server must answer ranges with Content-Range, which it did not`, { url: name });
  }
  return Number(total);
}

function startOf(answer: GetObjectCommandOutput): number {
  return Number(/^bytes (\d+)-/.exec(answer.ContentRange ?? '')?.[1]);
}

function changed(name: string): RemoteError {
  return new RemoteError(`${name}: the object was replaced while it was read`, { url: name });
}

async function partsOf(s3: S3, { bucket, key, versionId }: S3Location, etag: string | null, transfer: Transfer) {
  const count = Number(/^"?[0-9a-f]{32}-(\d+)"?$/i.exec(etag ?? '')?.[1] ?? 0);
  if (count < 1) return null;
  const size = async (part: number) => {
    transfer.counts.requests++;
    const answer = await s3.client.send(
      new s3.sdk.HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, PartNumber: part }),
      transfer.signal ? { abortSignal: transfer.signal } : {},
    );
    return answer.PartsCount === count ? (answer.ContentLength ?? 0) : 0;
  };
  try {
    const first = await size(1);
    const last = count > 1 ? await size(count) : first;
    return first && last ? { count, first, last } : null;
  } catch {
    // servers that do not know part numbers: the checksum stays unverified, which the report says
    transfer.signal?.throwIfAborted();
    return null;
  }
}
