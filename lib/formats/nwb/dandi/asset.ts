/** One asset: what its id or URL says, what the archive says about it, and its file on disk. */

import { join } from 'node:path';
import { NotFoundError, OptionError, RemoteError, UnsupportedError } from '../../../core/errors.js';
import { withoutSecrets } from '../../../core/report.js';
import type { SourceContext } from '../../../io/context.js';
import { downloadHttp, type Expected, isComplete } from '../../../io/http/download.js';
import { openHttpObject } from '../../../io/http/object.js';
import { downloadPartBytes } from '../../../io/parallel-download.js';
import { firstBlockBytes } from '../../../io/ranges/blocks.js';
import { remoteFile } from '../../../io/ranges/open.js';
import type { RemoteFile } from '../../../io/ranges/remote-file.js';
import { safeFileName } from '../../../io/temporary.js';
import { type Archive, explained, type Json } from './archive.js';

export interface AssetReference {
  id: string;
  /** As far as the URL says it. */
  base?: string;
  dandisetId?: string;
  version?: string;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** An asset id, or a URL that holds one: of the API (with or without `/download/`), or a `dandi://` reference. */
export function parseAsset(assetId: unknown): AssetReference {
  const given = assetId instanceof URL ? assetId.href : assetId;
  if (typeof given === 'string') {
    const plain = given.trim();
    if (new RegExp(`^${uuid}$`, 'i').test(plain)) return { id: plain.toLowerCase() };
    const [, base, place, id] =
      new RegExp(`^(.+?)((?:/dandisets/[^/]+/versions/[^/]+)?)/assets/(${uuid})(?:[/?#]|$)`, 'i').exec(plain) ?? [];
    const [, dandisetId, version] = /^\/dandisets\/(\d{6})\/versions\/([^/]+)$/.exec(place ?? '') ?? [];
    if (id && /^(https?|dandi):\/\//i.test(base)) {
      const known = dandisetId ? { dandisetId, version } : {};
      return { id: id.toLowerCase(), ...known, ...(/^https?:/i.test(base) ? { base } : {}) };
    }
  }
  const hint = 'Take asset_id or download_url of listDandiAssets.';
  const shown = typeof given === 'string' ? withoutSecrets(given) : given;
  throw new OptionError('assetId', 'the UUID of an asset, or a URL with /assets/<UUID>/', shown, hint);
}

export interface AssetFile {
  path: string;
  kept: boolean;
}

/** What the archive says of an asset. */
export async function assetDetail(archive: Archive, id: string): Promise<Json> {
  return archive.get(`/assets/${id}/`);
}

/** Where the folder of a Zarr asset is; null for other assets. @throws UnsupportedError where nobody can say */
export function zarrUrl(detail: Json, archive: Archive, id: string): string | null {
  const format = String(detail.encodingFormat ?? '');
  if (!/zarr/i.test(format) && !detail.zarr) return null;
  const origin = new URL(archive.base).origin;
  const url = contentUrls(detail).find((each) => new URL(each).origin !== origin);
  if (url) return url.replace(/\/*$/, '/');
  const message = `asset ${id} (${detail.path}) is a Zarr folder whose record names no place in a bucket: found ${format}`;
  throw new UnsupportedError('zarr', message);
}

/** Smaller ones come whole in one request, and are verified. */
const leastForRanges = downloadPartBytes;

/** The asset where it lies, for reading by ranges; null for a small one, and where the server does not answer ranges. */
export async function openAsset(
  archive: Archive,
  detail: Json,
  id: string,
  context: SourceContext,
): Promise<RemoteFile | null> {
  const { size } = expectedOf(detail);
  if (!size || size < leastForRanges) return null;
  for (const url of urlsOf(detail, archive, id)) {
    const object = await openHttpObject(url, archive.http, firstBlockBytes).catch((error) => {
      context.signal?.throwIfAborted();
      if (error instanceof NotFoundError || (error instanceof RemoteError && !error.retryable)) return null;
      throw error;
    });
    if (!object) continue;
    if (object.size === size) return remoteFile(object, context);
    const message = `${object.name}: ${size} bytes were expected, as the archive says, found ${object.size}`;
    throw new RemoteError(message, { url: object.name });
  }
  return null;
}

/** The asset as a verified local file: in `downloadDir`, where it stays, or in `folder`. */
export async function fetchAsset(
  archive: Archive,
  detail: Json,
  id: string,
  place: { downloadDir?: string; folder: () => Promise<string> },
  context: SourceContext,
): Promise<AssetFile> {
  const expected = expectedOf(detail);
  const segments = safeSegments(detail.path, id);
  const kept = place.downloadDir !== undefined;
  const path = kept ? join(place.downloadDir!, ...segments) : join(await place.folder(), segments.at(-1)!);
  if (kept && (await isComplete(path, expected, context.signal))) return { path, kept };
  const { maxFileBytes } = context.limits;
  const options = { expected, maxBytes: maxFileBytes, onFinding: context.report.add.bind(context.report) };
  const urls = urlsOf(detail, archive, id);
  for (const [i, url] of urls.entries()) {
    try {
      await downloadHttp(url, path, archive.http, options);
      return { path, kept };
    } catch (error) {
      context.signal?.throwIfAborted();
      const refused = error instanceof NotFoundError || (error instanceof RemoteError && !error.retryable);
      if (!refused || i === urls.length - 1) throw explained(error);
    }
  }
  throw new NotFoundError(`asset ${id} has no address to download it from`, { path: id });
}

function expectedOf(detail: Json): Expected {
  const digest = (detail.digest ?? {}) as Json;
  const hex = (value: unknown, pattern: RegExp) => (typeof value === 'string' && pattern.test(value) ? value : null);
  return {
    size: typeof detail.contentSize === 'number' ? detail.contentSize : null,
    dandiEtag: hex(digest['dandi:dandi-etag'], /^[0-9a-f]{32}-\d+$/i),
    sha256: hex(digest['dandi:sha2-256'], /^[0-9a-f]{64}$/i),
  };
}

/** Public files straight from the bucket, in one request; the API's redirect for the rest, and where the bucket refuses. */
function urlsOf(detail: Json, archive: Archive, id: string): string[] {
  const urls = contentUrls(detail);
  const origin = new URL(archive.base).origin;
  const access = Array.isArray(detail.access) ? (detail.access as Json[]) : [];
  const open = access.every((entry) => !entry?.status || entry.status === 'dandi:OpenAccess');
  const direct = open ? urls.filter((url) => new URL(url).origin !== origin && /^https?:/.test(url)) : [];
  return [...direct, `${archive.base}/assets/${id}/download/`];
}

function contentUrls({ contentUrl }: Json): string[] {
  const listed = Array.isArray(contentUrl) ? contentUrl : [contentUrl];
  return listed.filter((url): url is string => typeof url === 'string' && URL.canParse(url));
}

/** The asset's path in its dandiset as names that stay inside the folder. */
export function safeSegments(path: unknown, id: string): string[] {
  const parts =
    typeof path === 'string' ? path.split(/[/\\]/).filter((part) => part && part !== '.' && part !== '..') : [];
  return parts.length ? parts.map(safeFileName) : [`${id}.nwb`];
}
