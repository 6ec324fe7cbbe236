/** Blosc 1 containers (README_CHUNK_FORMAT.rst): every claim is checked, and nothing is made beyond the size that is expected. */
import { inflateSync } from 'node:zlib';
import type { Slices } from '../../core/slices.js';
import { BadChunk, checkBytes } from './bad-chunk.js';
import { decodeBloscLz, decodeLz4 } from './lz.js';
import { unshuffleBits, unshuffleBytes } from './shuffle.js';
import { decodeZstd } from './zstd.js';

const headerBytes = 16;
/** Blosc's own bounds for splitting a block into the bytes of one significance. */
const maxSplits = 16;
const minSplitBytes = 128;

interface BloscHeader {
  flags: number;
  typeSize: number;
  bytes: number;
  blockBytes: number;
  compressor: number;
}

type Inner = (from: Uint8Array, out: Uint8Array) => void | Promise<void>;

const inners: (Inner | undefined)[] = [
  decodeBloscLz,
  decodeLz4,
  async (from, out) => {
    const { snappyUncompress } = await import('hyparquet');
    snappyUncompress(from, out);
  },
  (from, out) => {
    const made = inflateSync(from, { maxOutputLength: out.length });
    checkBytes(made.length, out.length, 'a block of Blosc');
    out.set(made);
  },
  async (from, out) => {
    out.set(await decodeZstd(from, out.length, out.length));
  },
];

/** Bytes that a container announces, for where nothing else says how many there are. */
export function bloscBytes(stored: Uint8Array): number {
  return parseHeader(stored).bytes;
}

/** @throws BadChunk for anything that does not give exactly `expected` bytes */
export async function decodeBlosc(stored: Uint8Array, expected: number, slices: Slices): Promise<Uint8Array> {
  const header = parseHeader(stored);
  checkBytes(header.bytes, expected, 'a Blosc chunk');
  if (header.flags & 2) {
    checkBytes(stored.length - headerBytes, expected, 'a Blosc chunk of plain bytes');
    return stored.subarray(headerBytes);
  }
  const out = new Uint8Array(expected);
  const blocks = Math.ceil(expected / header.blockBytes);
  if (headerBytes + 4 * blocks > stored.length)
    throw new BadChunk(`${blocks} blocks of Blosc do not fit into the chunk`);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  for (let i = 0; i < blocks; i++) {
    const block = out.subarray(i * header.blockBytes, Math.min((i + 1) * header.blockBytes, expected));
    await decodeBlock(stored, view.getInt32(headerBytes + 4 * i, true), header, block);
    await slices.turn();
  }
  return out;
}

function parseHeader(stored: Uint8Array): BloscHeader {
  if (stored.length < headerBytes)
    throw new BadChunk(`a Blosc header of 16 bytes was expected, found ${stored.length}`);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  const [version, , flags, typeSize] = stored;
  const bytes = view.getUint32(4, true);
  const blockBytes = view.getUint32(8, true);
  checkBytes(stored.length, view.getUint32(12, true), 'a Blosc chunk as stored');
  if (version !== 2) throw new BadChunk(`version 2 of Blosc's format was expected, found ${version}`);
  if (typeSize === 0 || (bytes > 0 && blockBytes === 0)) throw new BadChunk('a Blosc header with sizes of 0 was found');
  return { flags, typeSize, bytes, blockBytes, compressor: flags >> 5 };
}

async function decodeBlock(stored: Uint8Array, start: number, header: BloscHeader, block: Uint8Array): Promise<void> {
  const { flags, typeSize, blockBytes, compressor } = header;
  const whole = block.length === blockBytes;
  const wide = typeSize <= maxSplits && Math.floor(blockBytes / typeSize) >= minSplitBytes;
  const splits = !(flags & 16) && wide && whole ? typeSize : 1;
  const shuffled = (flags & 1 && typeSize > 1) || flags & 4;
  const plain = shuffled ? new Uint8Array(block.length) : block;
  const part = Math.floor(block.length / splits);
  if (part * splits !== block.length)
    throw new BadChunk(`a Blosc block of ${block.length} bytes is no ${splits} parts`);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  let at = start;
  for (let i = 0; i < splits; i++) {
    if (!(at >= headerBytes && at + 4 <= stored.length))
      throw new BadChunk('a Blosc block outside of its chunk was found');
    const bytes = view.getInt32(at, true);
    at += 4;
    if (!(bytes >= 0 && at + bytes <= stored.length))
      throw new BadChunk('a Blosc block outside of its chunk was found');
    const from = stored.subarray(at, at + bytes);
    const out = plain.subarray(i * part, (i + 1) * part);
    if (bytes === part) out.set(from);
    else await decodeInner(compressor, from, out);
    at += bytes;
  }
  if (flags & 4) unshuffleBits(plain, block, typeSize);
  else if (shuffled) unshuffleBytes(plain, block, typeSize);
}

async function decodeInner(compressor: number, from: Uint8Array, out: Uint8Array): Promise<void> {
  const inner = inners[compressor];
  if (!inner) throw new BadChunk(`a compressor of Blosc was expected, found number ${compressor}`);
  try {
    await inner(from, out);
  } catch (error) {
    if (error instanceof BadChunk || (error instanceof Error && error.name === 'UnsupportedError')) throw error;
    throw new BadChunk(
      `sound data were expected in a block of Blosc, found damaged data (${(error as Error).message})`,
    );
  }
}
