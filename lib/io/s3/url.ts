/** Which URLs name S3 objects, and which bucket and key they mean. */
import { OptionError } from '../../core/errors.js';
import { withoutSecrets } from '../../core/report.js';

export interface S3Location {
  bucket: string;
  key: string;
  /** As far as the host name says it. */
  region?: string;
  versionId?: string;
  /** A URL that carries its own signature in its query: it is fetched as it is, without further credentials. */
  presignedUrl?: string;
}

/**
 * Amazon's host names of S3: `s3.amazonaws.com`, `s3.<region>…`, the older `s3-<region>…`, dualstack, FIPS and China, each with
 * or without `<bucket>.` before it. Anchored at both ends, so that a look-alike such as s3.amazonaws.com.example.org is none.
 */
const s3Host =
  /^(?:(?<bucket>.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-](?<region>(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d|external-1|accelerate(?:\.dualstack)?))?\.amazonaws\.com(?:\.cn)?$/i;

/**
 * Whether `url` names something in S3: `s3://…`, or an https URL whose host is one of Amazon's for S3, path-style or
 * virtual-hosted. Space around it does not count. Never throws.
 */
export function isS3Url(url: unknown): boolean {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== 'string') return false;
  if (/^s3:\/\//i.test(text.trim())) return true;
  if (!URL.canParse(text.trim())) return false;
  const { protocol, hostname } = new URL(text.trim());
  return /^https?:$/.test(protocol) && s3Host.test(hostname);
}

/**
 * Bucket and key of an S3 URL. The key of `s3://bucket/key` is taken literally; in an https URL percent escapes are decoded,
 * as S3 does. A trailing slash is dropped.
 *
 * @throws OptionError for what is no S3 URL and for one without a key
 */
export function parseS3Url(url: string): { bucket: string; key: string } {
  const { bucket, key } = s3Location(url, 'url');
  return { bucket, key };
}

/** All that an S3 URL says. `folder` allows an empty key: the whole bucket. */
export function s3Location(url: unknown, option: string, { folder = false } = {}): S3Location {
  const text = (url instanceof URL ? url.href : url) as string;
  if (!isS3Url(text))
    throw new OptionError(option, 'an S3 URL (s3://bucket/key or https://…amazonaws.com/…)', safe(url));
  const found = /^\s*s3:/i.test(text)
    ? fromNative(url instanceof URL ? decoded(text, option) : text.trim())
    : fromHttp(text.trim(), option);
  const key = found.key.replace(/^\/+|\/+$/g, '');
  if (!found.bucket) throw new OptionError(option, 'an S3 URL with a bucket', safe(url));
  if (!key && !folder) {
    throw new OptionError(option, 'an S3 URL with an object key', safe(url), 'A bucket alone is nothing to read.');
  }
  return { ...found, key };
}

function fromNative(text: string): S3Location {
  const path = text.slice('s3://'.length);
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  return { bucket, key: slash < 0 ? '' : path.slice(slash + 1) };
}

function fromHttp(text: string, option: string): S3Location {
  const url = new URL(text);
  const { bucket: lower, region } = url.hostname.match(s3Host)!.groups!;
  // new URL() lower-cases the host, and old bucket names are of mixed case: take the name as it was written
  const at = lower ? text.toLowerCase().indexOf(`${lower}.s3`) : -1;
  const hosted = at < 0 ? lower : text.slice(at, at + lower.length);
  const path = url.pathname.slice(1);
  const slash = path.indexOf('/');
  const [bucket, key] = hosted
    ? [hosted, path]
    : slash < 0
      ? [path, '']
      : [path.slice(0, slash), path.slice(slash + 1)];
  const query = url.searchParams;
  const versionId = query.get('versionId') ?? undefined;
  return {
    bucket: decoded(bucket, option),
    key: decoded(key, option),
    ...(region && /-\d$/.test(region) ? { region: region.toLowerCase() } : {}),
    ...(versionId ? { versionId } : {}),
    ...(query.has('X-Amz-Signature') || query.has('Signature') ? { presignedUrl: text } : {}),
  };
}

function decoded(text: string, option: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OptionError(option, 'an S3 URL with valid percent escapes', text);
  }
}

function safe(url: unknown): unknown {
  return typeof url === 'string' ? withoutSecrets(url) : url instanceof URL ? withoutSecrets(url.href) : url;
}
