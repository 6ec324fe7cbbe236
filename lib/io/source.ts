/** Where bytes come from: turns what a user passes as a source into a local file, or into bytes by position. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError, LimitError, NotFoundError, OptionError, UnsupportedError } from '../core/errors.js';
import { withoutSecrets } from '../core/report.js';
import { type ByteSource, openLocalBytes } from './byte-source.js';
import type { SourceContext } from './context.js';
import { HttpClient } from './http/client.js';
import { downloadHttp } from './http/download.js';
import { openHttpObject } from './http/object.js';
import { downloadParallel, downloadPartBytes } from './parallel-download.js';
import { bytesOf } from './ranged-object.js';
import { isHttpUrl } from './ranges/open.js';
import { downloadS3 } from './s3/download.js';
import { openS3Object, type S3Object } from './s3/object.js';
import { openPresigned } from './s3/presigned.js';
import { isS3Url, type S3Location, s3Location } from './s3/url.js';
import { stat } from './stat.js';
import { makeTemporaryFolder, safeFileName } from './temporary.js';
import { transferOf } from './transfer.js';

/** Enough for the headers and directories that readers start with. */
const headBytes = 2 ** 16;

/**
 * The path of a regular file with the source's bytes. A remote object is fetched to a temporary file, verified, and removed
 * when the load ends.
 *
 * @throws OptionError for what is no source, NotFoundError, FormatError for folders and devices, LimitError by size,
 *   RemoteError
 */
export async function localFile(source: unknown, option: string, context: SourceContext): Promise<string> {
  if (isS3Url(source)) return fetchS3(s3Location(source, option), context);
  if (isHttpUrl(source)) return fetchHttp(source, context);
  const path = localPath(source, option);
  await checkFile(path, option, context);
  return path;
}

/** Bytes of the source by position: nothing but what is asked for is fetched. Closed when the load ends. */
export async function openBytes(source: unknown, option: string, context: SourceContext): Promise<ByteSource> {
  if (isHttpUrl(source) && !isS3Url(source)) {
    const remote = await context.remoteFile(source, option);
    if (remote) return remote;
  }
  const bytes = isS3Url(source)
    ? bytesOf(await openS3(s3Location(source, option), context, headBytes), transferOf(context))
    : await openLocalBytes(await localFile(source, option, context));
  context.onEnd(() => bytes.close());
  return bytes;
}

/** The file at a URL as a temporary one, which goes when the load ends. */
async function fetchHttp(source: string | URL, context: SourceContext): Promise<string> {
  const transfer = transferOf(context);
  const url = String(source).trim();
  const folder = await makeTemporaryFolder();
  context.onEnd(folder.remove);
  const path = join(folder.path, safeFileName(new URL(url).pathname));
  const http = new HttpClient(transfer);
  const object = await openHttpObject(url, http, downloadPartBytes, context.options.refreshUrl);
  const { maxFileBytes } = context.limits;
  if (object && object.size > maxFileBytes)
    throw new LimitError('maxFileBytes', maxFileBytes, object.size, object.name);
  if (object) await downloadParallel(object, path, transfer);
  else await downloadHttp(url, path, http, { expected: {}, maxBytes: maxFileBytes });
  context.report.remote = 'download';
  return path;
}

/** The object as a verified temporary file, which goes when the load ends. */
export async function fetchS3(location: S3Location, context: SourceContext): Promise<string> {
  const object = await openS3(location, context, downloadPartBytes);
  try {
    const folder = await makeTemporaryFolder();
    context.onEnd(folder.remove);
    const path = join(folder.path, safeFileName(object.name));
    await downloadS3(object, path, transferOf(context), context.report);
    context.report.remote = 'download';
    return path;
  } finally {
    object.close();
  }
}

async function openS3(location: S3Location, context: SourceContext, head: number): Promise<S3Object> {
  const transfer = transferOf(context);
  const object = location.presignedUrl
    ? await openPresigned(location.presignedUrl, transfer, head, context.options.refreshUrl)
    : await openS3Object(location, context.options, transfer, head);
  if (object.size <= context.limits.maxFileBytes) return object;
  object.close();
  throw new LimitError('maxFileBytes', context.limits.maxFileBytes, object.size, object.name);
}

export async function checkFile(path: string, option: string, context: Pick<SourceContext, 'limits'>): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`${option}: no file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isFile())
    throw new FormatError(`${option} must be a regular file, found a ${kindOf(found)} at ${path}`, { path });
  if (found.size > context.limits.maxFileBytes)
    throw new LimitError('maxFileBytes', context.limits.maxFileBytes, found.size, path);
}

/** The path of a local source; remote ones are not local. */
export function localPath(source: unknown, option: string): string {
  if (source instanceof URL && source.protocol === 'file:') return pathOfFileUrl(source, option);
  const text = source instanceof URL ? source.href : source;
  if (typeof text !== 'string' || text === '') throw new OptionError(option, 'a path or a URL', source);
  if (text.includes('\0')) throw new OptionError(option, 'a path without NUL characters', source);
  if (text.startsWith('file:')) return pathOfFileUrl(text, option);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    const shown = withoutSecrets(text);
    throw new UnsupportedError(
      'remote source',
      `${option} must be a local path, a file: URL, s3://bucket/key or an http(s) URL of a file, got ${shown}`,
    );
  }
  return text;
}

function pathOfFileUrl(url: string | URL, option: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new OptionError(option, 'a file: URL of a local path', String(url));
  }
}

function kindOf(stats: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}
