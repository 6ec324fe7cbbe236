/**
 * Zstandard (RFC 8878) by the optional library numcodecs. Its decoder takes what a frame asks for, so the frame's own headers
 * are read first: they say how much can come out.
 */
import { UnsupportedError } from '../../core/errors.js';
import { BadChunk, checkBytes } from './bad-chunk.js';

interface ZstdCodec {
  decode(stored: Uint8Array): Promise<Uint8Array>;
}

const magic = 0xfd2fb528;
const skippable = 0x184d2a50;
const maxBlockBytes = 128 * 1024;
/** What frames may promise in blocks beyond the size that is expected; encoders that flush often write short blocks. */
const slackBytes = 2 ** 24;

let codec: Promise<ZstdCodec> | undefined;

/** Decodes all frames in `stored`. @throws BadChunk for damage, and for more than `most` bytes, before they are made */
export async function decodeZstd(stored: Uint8Array, expected: number | null, most: number): Promise<Uint8Array> {
  const size = measure(stored);
  if (size.content !== null && expected !== null) checkBytes(size.content, expected, 'Zstandard data');
  if ((size.content ?? 0) > most || size.most > 2 * most + slackBytes) {
    throw new BadChunk(`Zstandard data of at most ${most} bytes were expected, found data that may hold ${size.most}`);
  }
  codec ??= importCodec();
  const { decode } = await codec;
  let out: Uint8Array;
  try {
    out = await decode(stored);
  } catch (error) {
    throw new BadChunk(`sound Zstandard data were expected, found damaged data (${(error as Error).message})`);
  }
  if (expected !== null) checkBytes(out.length, expected, 'Zstandard data');
  return out;
}

/** The announced size of all frames (null where one does not say), and what their blocks can hold at most. */
function measure(stored: Uint8Array): { content: number | null; most: number } {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  let content: number | null = 0;
  let most = 0;
  for (let at = 0; at < stored.length || at === 0; ) {
    const word = read(() => view.getUint32(at, true));
    if ((word & 0xfffffff0) >>> 0 === skippable) {
      at += 8 + read(() => view.getUint32(at + 4, true));
      continue;
    }
    if (word !== magic) throw new BadChunk('Zstandard data were expected, found another beginning');
    const frame = read(() => measureFrame(view, at + 4));
    content = content === null || frame.content === null ? null : content + frame.content;
    most += frame.most;
    at = frame.end;
  }
  return { content, most };
}

function measureFrame(view: DataView, start: number): { content: number | null; most: number; end: number } {
  const descriptor = view.getUint8(start);
  const single = (descriptor >> 5) & 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3];
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6];
  let at = start + 1 + (single ? 0 : 1) + dictionary;
  const content =
    sizeBytes === 0
      ? null
      : sizeBytes === 1
        ? view.getUint8(at)
        : sizeBytes === 2
          ? view.getUint16(at, true) + 256
          : sizeBytes === 4
            ? view.getUint32(at, true)
            : Number(view.getBigUint64(at, true));
  at += sizeBytes;
  let most = 0;
  for (let last = 0; !last; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = header & 1;
    const kind = (header >> 1) & 3;
    const bytes = header >> 3;
    // raw, one byte repeated, compressed
    if (kind === 3) throw new BadChunk('a block of Zstandard was expected, found one of a reserved kind');
    most += kind === 2 ? maxBlockBytes : bytes;
    at += 3 + (kind === 1 ? 1 : bytes);
  }
  at += descriptor & 4;
  if (at > view.byteLength) throw new RangeError();
  return { content, most, end: at };
}

function read<T>(from: () => T): T {
  try {
    return from();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadChunk('whole Zstandard frames were expected, found data that are cut off');
  }
}

async function importCodec(): Promise<ZstdCodec> {
  try {
    const { default: Zstd } = await import('numcodecs/zstd');
    return Zstd.fromConfig({ level: 1 }) as ZstdCodec;
  } catch (cause) {
    codec = undefined;
    const message =
      'Reading Zstandard in Zarr needs the optional package numcodecs, which is not installed: npm install numcodecs';
    throw new UnsupportedError('zstd', message, { cause });
  }
}
