/** Takes named members out of a zip into a folder, a piece at a time: nothing large is held in memory. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { FormatError, LimitError, NotFoundError, SpikeLabError } from '../../core/errors.js';
import { checkZipEnd } from './end.js';

/**
 * Writes the members called `names` (plain names at the top of the archive) into `folder`.
 *
 * @throws NotFoundError where one is missing, FormatError where the archive is damaged, LimitError above `maxBytes` in total
 */
export async function extractMembers(
  path: string,
  names: readonly string[],
  folder: string,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal },
): Promise<void> {
  const found = new Set<string>();
  try {
    await checkZipEnd(path);
    const { openPromise } = await import('yauzl');
    const zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    try {
      let total = 0;
      for await (const entry of zip.eachEntry()) {
        if (!names.includes(entry.fileName) || found.has(entry.fileName)) continue;
        found.add(entry.fileName);
        total += entry.uncompressedSize;
        if (total > maxBytes) throw new LimitError('maxFileBytes', maxBytes, total, `${path}: ${entry.fileName}`);
        const check = new SizeAndCrc(entry.uncompressedSize, entry.crc32);
        const target = createWriteStream(join(folder, entry.fileName), { flags: 'wx', mode: 0o600 });
        await pipeline(await zip.openReadStreamPromise(entry), check, target, { signal });
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof SpikeLabError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${path} is no sound zip: ${reason}`, { path }, { cause });
  }
  const missing = names.filter((name) => !found.has(name));
  if (missing.length) {
    const place = { path, location: missing.join(', '), available: [...found] };
    throw new NotFoundError(`${path} must hold ${names.join(' and ')}, found no ${missing.join(', ')}`, place);
  }
}

/** Passes bytes on as long as they are no more than announced, and compares their checksum in the end. */
export class SizeAndCrc extends Transform {
  #crc = 0;
  #left: number;

  constructor(
    size: number,
    private readonly expected: number,
  ) {
    super();
    this.#left = size;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: Error | null, data?: Buffer) => void): void {
    this.#crc = crc32(chunk, this.#crc);
    this.#left -= chunk.length;
    done(this.#left < 0 ? new Error('a member is longer than announced') : null, chunk);
  }

  override _flush(done: (error?: Error | null) => void): void {
    const sound = this.#left === 0 && this.#crc === this.expected;
    done(sound ? null : new Error('the CRC-32 of a member does not fit its contents'));
  }
}
