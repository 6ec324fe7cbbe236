/** A zip archive in bytes that are read by position. */
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import type { ByteSource } from '../../io/byte-source.js';

/** Read at a time where a member is taken out. */
const pieceBytes = 2 ** 22;

/** @throws Error where they are no sound zip */
export function openZipBytes(bytes: ByteSource): Promise<ZipFile> {
  return fromRandomAccessReaderPromise(new BytesReader(bytes), bytes.size, { autoClose: false, lazyEntries: true });
}

/** Yauzl's view of bytes by position. */
class BytesReader extends RandomAccessReader {
  constructor(private readonly bytes: ByteSource) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { bytes } = this;
    async function* pieces() {
      for (let at = start; at < end; at += pieceBytes) yield await bytes.read(at, Math.min(end, at + pieceBytes));
    }
    return Readable.from(pieces(), { objectMode: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    this.bytes.read(position, position + length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        done(null);
      },
      (error: Error) => done(error),
    );
  }
}
