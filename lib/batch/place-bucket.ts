/** A batch in S3: items are made in a temporary folder of this machine and uploaded, records and claims are objects. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, sep } from 'node:path';
import { removeLeftovers, temporaryName } from '../io/leftovers.js';
import { S3Folder } from '../io/s3/bucket.js';
import type { S3Options } from '../io/s3/client.js';
import { stat } from '../io/stat.js';
import { ClaimsBucket } from './claims-bucket.js';
import type { OutputFile, Place } from './place.js';
import { sideBySide } from './side-by-side.js';

interface PlaceOptions extends S3Options {
  /** Ends uploads. What tells other runners of this one goes on after it. */
  signal?: AbortSignal | undefined;
}

export class BucketPlace implements Place {
  readonly isRemote = true;
  /** Texts that were read, by their names: those that a list names with the same ETag are not asked for again. */
  readonly #texts = new Map<string, { etag: string | null; text: string }>();

  private constructor(
    private readonly bucket: S3Folder,
    private readonly signal: AbortSignal | undefined,
    /** On this machine. */
    private readonly work: string,
    /** Sizes of objects that were there at the start. */
    private readonly atStart: ReadonlyMap<string, number>,
  ) {}

  /** @throws NotFoundError for a missing bucket, RemoteError */
  static async open(out: string, { signal, ...options }: PlaceOptions): Promise<BucketPlace> {
    const bucket = await S3Folder.open(out, options, 'out');
    // what killed runners left on this machine
    await removeLeftovers(tmpdir());
    const work = join(tmpdir(), await temporaryName('spikelab-batch'));
    try {
      const atStart = new Map<string, number>();
      for await (const { key, size } of bucket.list('')) atStart.set(key, size);
      await mkdir(work, { mode: 0o700 });
      return new BucketPlace(bucket, signal, work, atStart);
    } catch (error) {
      bucket.close();
      throw error;
    }
  }

  async read(name: string): Promise<string | null> {
    return (await this.bucket.read(name))?.text ?? null;
  }

  async write(name: string, text: string): Promise<void> {
    const etag = await this.bucket.write(name, text);
    this.#texts.set(name, { etag, text });
  }

  async readAll(folder: string): Promise<Map<string, string>> {
    const names: string[] = [];
    const wanted: string[] = [];
    for await (const { key, etag } of this.bucket.list(`${folder}/`)) {
      names.push(key);
      const known = this.#texts.get(key);
      if (!known || known.etag === null || known.etag !== etag) wanted.push(key);
    }
    await sideBySide(wanted, async (name) => {
      const found = await this.bucket.read(name);
      if (found) this.#texts.set(name, found);
      else this.#texts.delete(name);
    });
    return new Map(
      names.flatMap((name) => {
        const found = this.#texts.get(name);
        return found ? [[name.slice(folder.length + 1), found.text] as const] : [];
      }),
    );
  }

  /** Objects do not grow: results are made whole from the records when a runner starts and ends. */
  async append(): Promise<void> {}

  async has({ path, bytes }: OutputFile): Promise<boolean> {
    return this.atStart.get(path) === bytes || (await this.bucket.stat(path))?.size === bytes;
  }

  async publish(folder: string, output: string): Promise<OutputFile[]> {
    const target = posix.dirname(output);
    const main = posix.basename(output);
    const names = (await filesIn(folder)).sort((a, b) => Number(a === main) - Number(b === main) || (a < b ? -1 : 1));
    const files = await Promise.all(
      names.map(async (name) => {
        const { size } = await stat(join(folder, name));
        return { path: posix.join(target, name.split(sep).join('/')), bytes: size };
      }),
    );
    // an output that is a folder may have had files that it has no more
    const wanted = new Set(files.map(({ path }) => path));
    for await (const { key } of this.bucket.list(`${posix.normalize(output)}/`)) {
      if (!wanted.has(key)) await this.bucket.remove(key);
    }
    for (const [i, { path }] of files.entries()) await this.bucket.upload(join(folder, names[i]), path, this.signal);
    return files;
  }

  async staging(claim: string): Promise<string> {
    const folder = join(this.work, claim);
    await rm(folder, { recursive: true, force: true });
    return folder;
  }

  /** The folder of a runner goes with it. */
  async tidy(): Promise<void> {}

  claims(token: string): (text: string) => Promise<ClaimsBucket> {
    return (text) => ClaimsBucket.open(this.bucket, token, text);
  }

  async close(): Promise<void> {
    this.bucket.close();
    await rm(this.work, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(folder.length + 1));
  }
  return found;
}
