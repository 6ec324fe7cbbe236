/** Puts a local file into S3: the object appears whole or not at all. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { LoadOptions } from '../../core/options.js';
import { type Transfer, transferOf, withRetries } from '../transfer.js';
import { openS3, type S3 } from './client.js';
import { s3Error } from './error.js';
import { s3Name } from './object.js';
import { type S3Location, s3Location } from './url.js';

/** Bytes of a part, so that 10 000 parts, the most that S3 takes, are 160 GB; larger files have larger ones. */
const smallestPart = 16 * 2 ** 20;
const mostParts = 10_000;

export type PutOptions = Pick<LoadOptions, 'signal' | 'onProgress'> & Parameters<typeof openS3>[1];

/**
 * Uploads the file at `path` to the S3 URL. Every part carries its MD5, so that the server refuses what arrives damaged; a
 * failed or aborted upload leaves no object and no parts.
 *
 * @throws OptionError for what is no S3 URL with a key, NotFoundError for a missing bucket, RemoteError
 */
export async function putFile(path: string, url: string, options: PutOptions = {}): Promise<void> {
  const location = s3Location(url, 'path');
  const transfer = transferOf(options);
  const s3 = await openS3(location, options);
  try {
    await uploadFile(s3, location, path, transfer);
  } finally {
    s3.client.destroy();
  }
}

/** The same with a client that is open. */
export async function uploadFile(s3: S3, location: S3Location, path: string, transfer: Transfer): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const upload = new Upload(s3, location, transfer, file, size);
    await (size <= smallestPart ? upload.whole() : upload.parts());
  } finally {
    await file.close();
  }
}

class Upload {
  readonly #target: { Bucket: string; Key: string };
  readonly #name: string;

  constructor(
    private readonly s3: S3,
    location: S3Location,
    private readonly transfer: Transfer,
    private readonly file: FileHandle,
    private readonly size: number,
  ) {
    this.#target = { Bucket: location.bucket, Key: location.key };
    this.#name = s3Name(location);
  }

  async whole(): Promise<void> {
    const body = await this.#bytes(0, this.size);
    await this.#send((signal) =>
      this.s3.client.send(new this.s3.sdk.PutObjectCommand({ ...this.#target, ...withMd5(body) }), {
        abortSignal: signal,
      }),
    );
    this.#progress(this.size);
  }

  async parts(): Promise<void> {
    const { sdk, client } = this.s3;
    const created = await this.#send((signal) =>
      client.send(new sdk.CreateMultipartUploadCommand(this.#target), { abortSignal: signal }),
    );
    const target = { ...this.#target, UploadId: created.UploadId };
    try {
      const parts = await this.#sendParts(target);
      await this.#send((signal) =>
        client.send(new sdk.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts } }), {
          abortSignal: signal,
        }),
      );
    } catch (error) {
      // without this the parts stay on the server, and are paid for
      await client.send(new sdk.AbortMultipartUploadCommand(target)).catch(() => {});
      throw error;
    }
  }

  async #sendParts(target: { Bucket: string; Key: string; UploadId: string | undefined }) {
    const { sdk, client } = this.s3;
    const partBytes = Math.max(smallestPart, Math.ceil(this.size / mostParts));
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let start = 0; start < this.size; start += partBytes) {
      const PartNumber = parts.length + 1;
      const body = await this.#bytes(start, Math.min(this.size, start + partBytes));
      const { ETag } = await this.#send((signal) =>
        client.send(new sdk.UploadPartCommand({ ...target, PartNumber, ...withMd5(body) }), { abortSignal: signal }),
      );
      parts.push({ PartNumber, ETag });
      this.#progress(start + body.length);
    }
    return parts;
  }

  #send<T>(request: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    return withRetries(this.transfer, async (signal) => {
      this.transfer.counts.requests++;
      return request(signal).catch((error) => {
        signal?.throwIfAborted();
        throw s3Error(error, this.#name);
      });
    });
  }

  #progress(done: number): void {
    this.transfer.onProgress?.({ stage: 'uploading', done, total: this.size, unit: 'bytes' });
  }

  async #bytes(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.alloc(end - start);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new Error(`${this.#name}: the file became shorter while it was uploaded`);
      done += bytesRead;
    }
    return bytes;
  }
}

function withMd5(body: Buffer): { Body: Buffer; ContentLength: number; ContentMD5: string } {
  return { Body: body, ContentLength: body.length, ContentMD5: createHash('md5').update(body).digest('base64') };
}
