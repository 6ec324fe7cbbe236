/** Downloads a file over HTTP: resumed where it broke, and verified before it gets its final name. */
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LimitError, RemoteError } from '../../core/errors.js';
import type { Finding } from '../../core/findings.js';
import { watched } from '../body.js';
import { dandiEtag, fileDigest } from '../digest.js';
import { stat } from '../stat.js';
import { type Transfer, withRetries } from '../transfer.js';
import type { HttpAnswer, HttpClient } from './client.js';
import { asIs, contentRange, ifRange } from './object.js';

export interface Expected {
  size?: number | null;
  md5?: string | null;
  sha256?: string | null;
  dandiEtag?: string | null;
}
export type Digest = readonly [kind: 'md5' | 'sha256' | 'dandiEtag', value: string];

export interface DownloadOptions {
  expected: Expected;
  maxBytes: number;
  onFinding?: (finding: Finding) => void;
}

/** What lies beside an unfinished download, so that a later one knows whether it may go on. */
interface Sidecar {
  digest: Digest | null;
  etag: string | null;
  total: number | null;
}

/**
 * Writes the file at `url` to `path`. Its bytes grow in `path.part`; only when size and digest agree does it get its name. A file
 * that arrives damaged is fetched once more. After a failure the part stays, for the next call to go on with.
 */
export async function downloadHttp(
  url: string,
  path: string,
  http: HttpClient,
  options: DownloadOptions,
): Promise<void> {
  // a load that has ended has removed its folder: it must not come back
  http.transfer.signal?.throwIfAborted();
  await mkdir(dirname(path), { recursive: true });
  for (let damaged = 0; ; damaged++) {
    const part = new PartialFile(`${path}.part`, options, http);
    await part.fill(url);
    const problem = await findDamage(`${path}.part`, options, http.transfer.signal);
    if (!problem) return part.finish(path);
    await part.discard();
    if (damaged > 0) throw new RemoteError(`${nameOf(url)}: ${problem}`, { url: nameOf(url), retryable: true });
  }
}

/** Whether a finished file is the expected one: by size, and by digest where one is known. */
export async function isComplete(path: string, expected: Expected, signal?: AbortSignal): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return false;
  const digest = digestOf(expected);
  if (!digest) return expected.size !== undefined && expected.size !== null && expected.size === found.size;
  return (await computeDigest(path, digest[0], found.size, signal)) === digest[1];
}

class PartialFile {
  #etag: string | null = null;
  #total: number | null = null;
  readonly #digest: Digest | null;

  constructor(
    private readonly path: string,
    private readonly options: DownloadOptions,
    private readonly http: HttpClient,
  ) {
    this.#digest = digestOf(options.expected);
  }

  async fill(url: string): Promise<void> {
    let position = await this.#resumable();
    const file = await open(this.path, position > 0 ? 'r+' : 'w', 0o600);
    let before = position;
    try {
      await file.truncate(position);
      await withRetries(
        this.http.transfer,
        async () => {
          before = position;
          if (this.#total !== null && position === this.#total) return;
          const answer = await this.#ask(url, position);
          if (answer.start !== position) await file.truncate(answer.start);
          position = answer.start;
          await this.#remember();
          for await (const chunk of watched(answer.body, answer.name, this.http.transfer)) {
            await this.#write(file, chunk, position, answer.name);
            position += chunk.byteLength;
          }
          if (this.#total !== null && position < this.#total) throw cutShort(answer.name);
        },
        () => position > before,
      );
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async finish(path: string): Promise<void> {
    await rename(this.path, path);
    await rm(`${this.path}.json`, { force: true });
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.json`, { force: true });
  }

  /** Bytes of an earlier try that are surely of the same file: the same digest, or the same ETag on the server. */
  async #resumable(): Promise<number> {
    try {
      const known = JSON.parse(await readFile(`${this.path}.json`, 'utf8')) as Sidecar;
      const same = this.#digest ? String(known.digest) === String(this.#digest) : !!known.etag;
      if (!same) return 0;
      this.#etag = known.etag;
      const { size } = await stat(this.path);
      return known.total !== null && size > known.total ? 0 : size;
    } catch {
      return 0;
    }
  }

  async #remember(): Promise<void> {
    const sidecar: Sidecar = { digest: this.#digest, etag: this.#etag, total: this.#total };
    await writeFile(`${this.path}.json`, JSON.stringify(sidecar));
  }

  /** Asks for the rest; the answer may begin anew, where the server ignores ranges or has another file by now. */
  async #ask(url: string, position: number): Promise<HttpAnswer & { start: number }> {
    // without a digest to check in the end, only an ETag tells that it is still the same file
    const from = position > 0 && (this.#digest || this.#etag) ? position : 0;
    const headers = from > 0 ? { ...ifRange(this.#etag), range: `bytes=${from}-` } : asIs;
    const answer = await this.http.send(url, { headers }, [416]);
    const range = answer.status === 206 ? contentRange(answer) : null;
    const known = this.#etag;
    const isOther = from > 0 && known !== null && (answer.headers.get('etag') ?? known) !== known;
    if (answer.status === 416 || (answer.status === 206 && (range?.start !== from || isOther))) {
      answer.body.destroy();
      if (from === 0) throw new RemoteError(`${answer.name}: the server refuses to send it`, { url: answer.name });
      this.#etag = null;
      this.#total = null;
      return this.#ask(url, 0);
    }
    if (answer.headers.has('content-encoding') && answer.headers.get('content-encoding') !== 'identity') {
      answer.body.destroy();
      throw new RemoteError(`${answer.name}: the server compresses the file on the way`, { url: answer.name });
    }
    const length = answer.headers.get('content-length');
    this.#etag = answer.headers.get('etag');
    this.#total = range?.total ?? (length === null ? null : Number(length));
    this.#checkLimit(this.#total ?? 0, answer.name);
    return { ...answer, start: range ? from : 0 };
  }

  async #write(file: FileHandle, chunk: Uint8Array, position: number, name: string): Promise<void> {
    this.#checkLimit(position + chunk.byteLength, name);
    for (let at = 0; at < chunk.byteLength; )
      at += (await file.write(chunk, at, chunk.byteLength - at, position + at)).bytesWritten;
    const total = this.#total ?? this.options.expected.size ?? null;
    const { onProgress } = this.http.transfer;
    onProgress?.({ stage: 'downloading', done: position + chunk.byteLength, total, unit: 'bytes' });
  }

  #checkLimit(bytes: number, name: string): void {
    if (bytes > this.options.maxBytes) throw new LimitError('maxFileBytes', this.options.maxBytes, bytes, name);
  }
}

/** What is wrong with a complete download, or null. A digest decides; sizes in databases are sometimes stale. */
async function findDamage(path: string, options: DownloadOptions, signal?: AbortSignal): Promise<string | null> {
  const { expected, onFinding } = options;
  const { size } = await stat(path);
  const wrongSize = expected.size !== undefined && expected.size !== null && expected.size !== size;
  const digest = digestOf(expected);
  if (!digest) {
    const message = 'a file was taken unverified: its record has no checksum';
    if (!wrongSize) onFinding?.({ code: 'checksum-not-verified', severity: 'info', message });
    return wrongSize ? `expected ${expected.size} bytes, got ${size}` : null;
  }
  const found = await computeDigest(path, digest[0], size, signal);
  if (found !== digest[1]) return `expected content with ${digest[0]} ${digest[1]}, got ${found}`;
  const message = `the record of a file says ${expected.size} bytes, it has ${size}; its ${digest[0]} agrees`;
  if (wrongSize) onFinding?.({ code: 'stale-file-size', severity: 'warning', message });
  return null;
}

function digestOf({ md5, dandiEtag: etag, sha256 }: Expected): Digest | null {
  if (etag) return ['dandiEtag', etag.toLowerCase()];
  if (sha256) return ['sha256', sha256.toLowerCase()];
  return md5 ? ['md5', md5.toLowerCase()] : null;
}

function computeDigest(path: string, kind: Digest[0], size: number, signal: Transfer['signal']): Promise<string> {
  return kind === 'dandiEtag' ? dandiEtag(path, size, signal) : fileDigest(path, kind, signal);
}

function cutShort(name: string): RemoteError {
  return new RemoteError(`${name}: the server sent fewer bytes than it announced`, { url: name, retryable: true });
}

function nameOf(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
