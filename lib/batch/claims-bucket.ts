/**
 * Claims as objects of a bucket, each made by a request that fails where it is there. An object cannot be touched: each runner has one of
 * its own instead, of which every sign of life is a new version.
 */
import { UnsupportedError } from '../core/errors.js';
import { processLives } from '../io/leftovers.js';
import type { S3Folder } from '../io/s3/bucket.js';
import type { ClaimPlace } from './claims.js';

const folder = '.spikelab/claims/';
const runners = '.spikelab/runners/';
/** Of a runner that gave no sign for so long nothing is left that somebody waits for. */
const forgottenMs = 7 * 24 * 3600_000;

export class ClaimsBucket implements ClaimPlace {
  #signs = 0;

  private constructor(
    private readonly bucket: S3Folder,
    private readonly token: string,
    private readonly text: string,
  ) {}

  /** @throws UnsupportedError for a server on which two runners would have one claim */
  static async open(bucket: S3Folder, token: string, text: string): Promise<ClaimsBucket> {
    const own = runners + token;
    await bucket.create(own, text);
    // servers that do not know the condition write all the same: this is told before anything is done
    if (await bucket.create(own, `${text}0\n`)) {
      await bucket.remove(own);
      const expected = 'a server that refuses to create an object which is there (If-None-Match: *)';
      const message = `out: ${expected} was expected, this one replaces it, so that two runners could do one item`;
      throw new UnsupportedError('If-None-Match', `${message}; write into a folder and copy it there`);
    }
    return new ClaimsBucket(bucket, token, text);
  }

  create(name: string, text: string): Promise<boolean> {
    return this.bucket.create(folder + name, text);
  }

  async read(name: string): Promise<string | null> {
    return (await this.bucket.read(folder + name))?.text ?? null;
  }

  remove(name: string): Promise<void> {
    return this.bucket.remove(folder + name);
  }

  async names(): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.bucket.list(folder)) found.push(key.slice(folder.length));
    return found.filter((name) => !name.startsWith('.'));
  }

  async lastSign(name: string, text: string): Promise<{ mark: string; atMs: number } | null> {
    const [, token] = /^\S+ ([0-9a-f]+)\n$/.exec(text) ?? [];
    const sign = token === undefined ? null : await this.bucket.stat(runners + token);
    // of a runner that ended the claim itself is all there is
    const found = sign ?? (await this.bucket.stat(folder + name));
    return found && { mark: `${found.etag} ${found.modifiedMs}`, atMs: found.modifiedMs };
  }

  async giveSign(): Promise<void> {
    await this.bucket.write(runners + this.token, `${this.text}${this.#signs++}\n`);
  }

  async close(): Promise<void> {
    await this.bucket.remove(runners + this.token);
    for await (const { key } of this.bucket.list(runners)) {
      const found = await this.bucket.read(key);
      const sign = await this.bucket.stat(key);
      if (!found || !sign) continue;
      const lives = await processLives(found.text.split(' ')[0]);
      if (lives === false || Date.now() - sign.modifiedMs > forgottenMs) await this.bucket.remove(key);
    }
  }
}
