/** A prefix in S3 as a folder. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { LimitError, NotFoundError, RemoteError } from '../../core/errors.js';
import { watched } from '../body.js';
import { soon, type Transfer, withRetries } from '../transfer.js';
import type { RemoteTree, TreeRange } from '../tree.js';
import { openS3, type S3, type S3Options } from './client.js';
import { s3Error } from './error.js';
import { s3Name } from './object.js';
import type { S3Location } from './url.js';

/** Pages of a thousand names. */
const mostPages = 1000;

export async function s3Tree(location: S3Location, options: S3Options, transfer: Transfer): Promise<RemoteTree> {
  const s3 = await openS3(location, options);
  const start = location.key ? `${location.key.replace(/\/+$/, '')}/` : '';
  const reader = new Reader(s3, location.bucket, transfer);
  return {
    name: s3Name(location).replace(/\/+$/, ''),
    get: (key, range, most) => reader.get(start + key, range, most),
    list: (folder) => reader.list(folder ? `${start}${folder}/` : start),
    all: (folder) => reader.all(folder ? `${start}${folder}/` : start),
    close: () => s3.client.destroy(),
  };
}

class Reader {
  constructor(
    private readonly s3: S3,
    private readonly bucket: string,
    private readonly transfer: Transfer,
  ) {}

  get(key: string, range: TreeRange | undefined, most: number): Promise<Uint8Array | undefined> {
    const Range =
      range && (range.start < 0 ? `bytes=${range.start}` : `bytes=${range.start}-${range.start + range.length - 1}`);
    const command = new this.s3.sdk.GetObjectCommand({ Bucket: this.bucket, Key: key, ...(Range ? { Range } : {}) });
    const name = s3Name({ bucket: this.bucket, key });
    return withRetries(this.transfer, async (signal) => {
      let answer: GetObjectCommandOutput;
      try {
        answer = await this.#send((abortSignal) => this.s3.client.send(command, { abortSignal }), name, signal);
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
      const parts: Uint8Array[] = [];
      let length = 0;
      const body = answer.Body as unknown as AsyncIterable<Uint8Array>;
      for await (const chunk of watched(body, name, this.transfer, signal)) {
        length += chunk.byteLength;
        if (length > most) throw new LimitError('maxFileBytes', most, length, name);
        parts.push(chunk);
      }
      const expected = range ? range.length : (answer.ContentLength ?? length);
      if (length === expected) return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
      const message = `${name}: ${expected} bytes were expected, found ${length}`;
      throw new RemoteError(message, { url: name, retryable: true });
    });
  }

  async list(prefix: string): Promise<{ files: string[]; folders: string[] }> {
    const files: string[] = [];
    const folders: string[] = [];
    for await (const page of this.#pages(prefix, '/')) {
      for (const { Key } of page.Contents ?? []) if (Key && Key !== prefix) files.push(Key.slice(prefix.length));
      for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix) folders.push(Prefix.slice(prefix.length, -1));
    }
    return { files, folders };
  }

  async all(prefix: string): Promise<Set<string>> {
    const files = new Set<string>();
    for await (const page of this.#pages(prefix)) {
      for (const { Key } of page.Contents ?? []) if (Key && Key !== prefix) files.add(Key.slice(prefix.length));
    }
    return files;
  }

  async *#pages(Prefix: string, Delimiter?: string) {
    const name = s3Name({ bucket: this.bucket, key: Prefix });
    let token: string | undefined;
    for (let pages = 0; pages < mostPages; pages++) {
      const query = { Bucket: this.bucket, Prefix, Delimiter, ContinuationToken: token };
      const page = await withRetries(this.transfer, (signal) =>
        this.#send(
          (abortSignal) => this.s3.client.send(new this.s3.sdk.ListObjectsV2Command(query), { abortSignal }),
          name,
          signal,
        ),
      );
      yield page;
      if (!page.IsTruncated || !page.NextContinuationToken) return;
      token = page.NextContinuationToken;
    }
  }

  #send<T>(
    request: (signal: AbortSignal | undefined) => Promise<T>,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    this.transfer.counts.requests++;
    return soon(request(signal), name, this.transfer.settings.idleMs, signal).catch((error) => {
      signal?.throwIfAborted();
      throw s3Error(error, name);
    });
  }
}
