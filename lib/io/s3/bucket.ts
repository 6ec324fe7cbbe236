/** A prefix of a bucket as a folder that many programs write into: small texts, files, and what only one of them can create. */
import { NotFoundError, RemoteError } from '../../core/errors.js';
import { soon, type Transfer, transferOf, withRetries } from '../transfer.js';
import { openS3, type S3, type S3Options } from './client.js';
import { s3Error } from './error.js';
import { type ListedObject, listObjects } from './list.js';
import { s3Name } from './object.js';
import { uploadFile } from './upload.js';
import { type S3Location, s3Location } from './url.js';

export interface StoredText {
  readonly text: string;
  readonly etag: string | null;
}

/** Names count from the prefix. Every method throws RemoteError for a server that cannot be reached or refuses. */
export class S3Folder {
  readonly #transfer: Transfer = transferOf({});

  private constructor(
    private readonly s3: S3,
    private readonly location: S3Location,
    private readonly options: S3Options,
  ) {}

  /** @param url of the prefix; a bucket alone will do */
  static async open(url: string, options: S3Options, option: string): Promise<S3Folder> {
    const location = s3Location(url, option, { folder: true });
    return new S3Folder(await openS3(location, options), location, options);
  }

  /** Null where no such object is. @throws NotFoundError for a missing bucket */
  async read(name: string): Promise<StoredText | null> {
    const { sdk, client } = this.s3;
    return this.#orNull(name, async (signal) => {
      const answer = await client.send(new sdk.GetObjectCommand(this.#target(name)), signal);
      return { text: (await answer.Body?.transformToString('utf8')) ?? '', etag: answer.ETag ?? null };
    });
  }

  async stat(name: string): Promise<{ size: number; etag: string | null; modifiedMs: number } | null> {
    const { sdk, client } = this.s3;
    return this.#orNull(name, async (signal) => {
      const { ContentLength, ETag, LastModified } = await client.send(
        new sdk.HeadObjectCommand(this.#target(name)),
        signal,
      );
      return { size: ContentLength ?? 0, etag: ETag ?? null, modifiedMs: LastModified?.getTime() ?? 0 };
    });
  }

  /** The new ETag. */
  async write(name: string, text: string): Promise<string | null> {
    const { sdk, client } = this.s3;
    const command = () => new sdk.PutObjectCommand({ ...this.#target(name), Body: text });
    return (await this.#send(name, (signal) => client.send(command(), signal))).ETag ?? null;
  }

  /** False where an object of this name is there: of programs that create the same one, one succeeds (`If-None-Match: *`). */
  async create(name: string, text: string): Promise<boolean> {
    const { sdk, client } = this.s3;
    const command = () => new sdk.PutObjectCommand({ ...this.#target(name), Body: text, IfNoneMatch: '*' });
    try {
      await this.#send(name, (signal) => client.send(command(), signal));
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError && error.status === 412)) throw error;
      // an answer that was lost on its way made it be sent twice
      return (await this.read(name))?.text === text;
    }
  }

  async remove(name: string): Promise<void> {
    const { sdk, client } = this.s3;
    const command = () => new sdk.DeleteObjectCommand(this.#target(name));
    await this.#orNull(name, (signal) => client.send(command(), signal));
  }

  /** Objects whose names begin so, by their names. */
  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const start = this.#key('');
    for await (const object of listObjects({ ...this.location, key: this.#key(prefix) }, this.options)) {
      yield { ...object, key: object.key.slice(start.length) };
    }
  }

  /** A file on this machine, whole or not at all. */
  async upload(path: string, name: string, signal?: AbortSignal): Promise<void> {
    await uploadFile(this.s3, { ...this.location, key: this.#key(name) }, path, transferOf({ signal }));
  }

  close(): void {
    this.s3.client.destroy();
  }

  #key(name: string): string {
    return this.location.key ? `${this.location.key}/${name}` : name;
  }

  #target(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.location.bucket, Key: this.#key(name) };
  }

  async #orNull<T>(name: string, request: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T | null> {
    try {
      return await this.#send(name, request);
    } catch (error) {
      if (error instanceof NotFoundError && !/bucket does not exist/.test(error.message)) return null;
      throw error;
    }
  }

  #send<T>(name: string, request: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    const told = s3Name({ ...this.location, key: this.#key(name) });
    return withRetries(this.#transfer, (signal) => {
      this.#transfer.counts.requests++;
      const sent = request(signal ? { abortSignal: signal } : {}).catch((error) => {
        throw s3Error(error, told);
      });
      return soon(sent, told, this.#transfer.settings.idleMs, signal);
    });
  }
}
