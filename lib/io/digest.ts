/** Digests that servers promise for their files, computed from a file on disk. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Hex digest of a whole file. */
export async function fileDigest(path: string, algorithm: 'md5' | 'sha256', signal?: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of fileChunks(path, signal)) hash.update(chunk);
  return hash.digest('hex');
}

function fileChunks(path: string, signal?: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
}

/**
 * The ETag that S3 gives a multipart upload with parts of `partBytes`: md5 over the md5s of all parts, and their number.
 * Nothing but one chunk is held in memory.
 */
export async function multipartEtag(chunks: AsyncIterable<Uint8Array>, partBytes: number): Promise<string> {
  const whole = createHash('md5');
  let part = createHash('md5');
  let filled = 0;
  let parts = 0;
  const endPart = () => {
    whole.update(part.digest());
    part = createHash('md5');
    filled = 0;
    parts++;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const take = Math.min(partBytes - filled, chunk.byteLength - at);
      part.update(chunk.subarray(at, at + take));
      at += take;
      filled += take;
      if (filled === partBytes) endPart();
    }
  }
  if (filled > 0) endPart();
  return `${whole.digest('hex')}-${parts}`;
}

export function fileMultipartEtag(path: string, partBytes: number, signal?: AbortSignal): Promise<string> {
  return multipartEtag(fileChunks(path, signal), partBytes);
}

/** dandischema's default part, and the most parts that S3 takes. */
const dandiPartBytes = 2 ** 26;
const dandiMostParts = 10_000;

/** Part size of DANDI's etag for a file of `size` bytes (dandischema.digests.dandietag). */
export function dandiPartSize(size: number): number {
  return Math.ceil(size / dandiPartBytes) >= dandiMostParts ? Math.ceil(size / dandiMostParts) : dandiPartBytes;
}

/** DANDI's etag: S3's multipart etag with prescribed parts; also one part carries "-1". */
export function dandiEtag(path: string, size: number, signal?: AbortSignal): Promise<string> {
  return fileMultipartEtag(path, dandiPartSize(size), signal);
}
