/** The end of a zip archive, where it says how large its directory is: yauzl reads on without looking at that. */
import { type ByteSource, openLocalBytes } from '../../io/byte-source.js';

const endBytes = 22;
const maxCommentBytes = 65_535;
const zip64LocatorBytes = 20;
const zip64EndBytes = 56;

/** @throws Error where the directory's size and place do not fit into the file; a file without an end is left to yauzl */
export async function checkZipEnd(path: string): Promise<void> {
  const file = await openLocalBytes(path);
  try {
    await checkEndOf(file);
  } finally {
    await file.close();
  }
}

/** The same of an archive that is open already. */
export async function checkEndOf(file: ByteSource): Promise<void> {
  const { size } = file;
  const tail = await readAt(file, Math.max(0, size - endBytes - maxCommentBytes - zip64LocatorBytes), size);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'), tail.length - endBytes);
  if (at < 0) return;
  const end = size - tail.length + at;
  const zip64 = await zip64Directory(file, tail, at, size);
  const directory = zip64 ?? { bytes: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
  if (!(directory.offset + directory.bytes <= end)) {
    throw new Error(`its directory of ${directory.bytes} bytes at ${directory.offset} does not fit before its end`);
  }
}

async function zip64Directory(file: ByteSource, tail: Buffer, at: number, size: number) {
  const locator = at - zip64LocatorBytes;
  if (locator < 0 || tail.toString('latin1', locator, locator + 4) !== 'PK\x06\x07') return null;
  const offset = Number(tail.readBigUInt64LE(locator + 8));
  if (!(offset + zip64EndBytes <= size)) throw new Error(`its zip64 end record at ${offset} lies beyond the file`);
  const record = await readAt(file, offset, offset + zip64EndBytes);
  return { bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
}

async function readAt(file: ByteSource, start: number, end: number): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = await file.read(start, end);
  return Buffer.from(buffer, byteOffset, byteLength);
}
