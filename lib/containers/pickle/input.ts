/** The bytes of a pickle seen through a window: a claimed length is compared with what remains before anything is allocated. */
import { FormatError } from '../../core/errors.js';
import { Payload, type PayloadEncoding } from './payload.js';
import type { PicklePlace, PickleSource } from './source.js';

/** Payloads up to this size are taken while scanning; longer ones stay in the file until somebody says where they shall go. */
export const inlineBytes = 32 * 1024;
/** The window grows from one page, enough for a small pickle, to what is read from a disk as fast as more would be. */
const firstWindowBytes = 4096;
const maxWindowBytes = 256 * 1024;
/** V8's longest string is a little above 2^29 characters. */
const maxTextBytes = 2 ** 29;

export class PickleInput {
  readonly source: PickleSource;
  readonly place: PicklePlace;
  /** Payloads that were left in the file, in its order. */
  readonly deferred: Payload[] = [];
  #window: Buffer;
  /** Position of the window's first byte in the source. */
  #base = 0;
  #at = 0;
  #end: number;
  #nextWindow = firstWindowBytes;
  #buffer = Buffer.alloc(0);

  constructor(source: PickleSource, place: PicklePlace) {
    this.source = source;
    this.place = place;
    const memory = source.memory;
    this.#window = memory ? Buffer.from(memory.buffer, memory.byteOffset, memory.length) : this.#buffer;
    this.#end = this.#window.length;
  }

  /** Position of the next byte. */
  get offset(): number {
    return this.#base + this.#at;
  }

  get remaining(): number {
    return this.source.size - this.offset;
  }

  error(message: string, offset = this.offset): FormatError {
    const where = this.place.location ? `${this.place.location} in ${this.place.path}` : this.place.path;
    const location = this.place.location ? `${this.place.location}, byte ${offset}` : `byte ${offset}`;
    return new FormatError(`${message}, at byte ${offset} of ${where}`, { path: this.place.path, location });
  }

  u8(): number {
    if (this.#at === this.#end) this.#require(1);
    return this.#window[this.#at++];
  }

  u16(): number {
    const at = this.#take(2);
    return this.#window.readUInt16LE(at);
  }

  u32(): number {
    const at = this.#take(4);
    return this.#window.readUInt32LE(at);
  }

  i32(): number {
    const at = this.#take(4);
    return this.#window.readInt32LE(at);
  }

  f64(): number {
    const at = this.#take(8);
    return this.#window.readDoubleBE(at);
  }

  /** An unsigned 64-bit length; beyond 2^53 it is larger than any file anyway. */
  u64(): number {
    const at = this.#take(8);
    return Number(this.#window.readBigUInt64LE(at));
  }

  /** The next `length` bytes, valid until the next call. */
  bytes(length: number): Buffer {
    this.#checkLength(length);
    const at = this.#take(length);
    return this.#window.subarray(at, at + length);
  }

  /** The next `length` bytes as data of the pickle. Long ones are passed over and noted in `deferred`. */
  payload(length: number, encoding: PayloadEncoding = 'raw'): Payload {
    this.#checkLength(length);
    const position = this.offset;
    if (this.source.memory) {
      const stored = this.bytes(length);
      const payload = new Payload(position, length, encoding, encoding === 'raw' ? stored : null);
      if (encoding !== 'raw') this.deferred.push(payload);
      return payload;
    }
    if (length <= inlineBytes && encoding === 'raw') return Payload.of(Uint8Array.from(this.bytes(length)), position);
    this.#skip(length);
    const payload = new Payload(position, length, encoding);
    this.deferred.push(payload);
    return payload;
  }

  /** Text of `length` bytes of UTF-8; null where it is so long that it should become a payload. */
  shortText(length: number): string | null {
    this.#checkLength(length);
    if (length > inlineBytes) return null;
    const at = this.#take(length);
    const text = this.#window.toString('utf8', at, at + length);
    // a replacement character is either in the file or stands for bytes that are no UTF-8
    return text.includes('\ufffd') ? this.decodeText(this.#window.subarray(at, at + length)) : text;
  }

  decodeText(bytes: Uint8Array): string {
    if (bytes.length > maxTextBytes) throw this.error(`A str of ${bytes.length} bytes is longer than Node can hold`);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      const text = decodeSurrogates(bytes);
      if (text === null) throw this.error('A str must be UTF-8, found other bytes');
      return text;
    }
  }

  /** Bytes up to the next newline, which is passed over. Lines longer than `max` are refused. */
  line(max: number): Buffer {
    const length = this.lineLength();
    if (length > max) throw this.error(`A line of at most ${max} bytes was expected, found ${length}`);
    const at = this.#take(length + 1);
    return this.#window.subarray(at, at + length);
  }

  /** Length of the line that begins here, without its newline. */
  lineLength(): number {
    const found = this.#window.subarray(0, this.#end).indexOf(10, this.#at);
    if (found >= 0) return found - this.#at;
    const piece = Buffer.allocUnsafe(maxWindowBytes);
    for (let position = this.#base + this.#end; position < this.source.size; position += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, this.source.size - position));
      this.source.readSync(part, position);
      const at = part.indexOf(10);
      if (at >= 0) return position + at - this.offset;
    }
    throw this.error('A line was expected, and no newline follows');
  }

  #checkLength(length: number): void {
    if (!(length <= this.remaining)) {
      throw this.error(`${length} bytes are announced and ${this.remaining} remain: the file is cut off or broken`);
    }
  }

  /** Where in the window the next `length` bytes begin; they are then passed. It may replace `#window`: name that only after the call. */
  #take(length: number): number {
    if (this.#end - this.#at < length) this.#require(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #skip(length: number): void {
    if (length <= this.#end - this.#at) {
      this.#at += length;
      return;
    }
    this.#base = this.offset + length;
    this.#at = 0;
    this.#end = 0;
    this.#nextWindow = firstWindowBytes;
  }

  #require(length: number): void {
    const { offset, remaining } = this;
    if (length > remaining) {
      throw this.error(`${length} bytes were expected, and the pickle ends after ${remaining}: it is cut off`);
    }
    const wanted = Math.min(Math.max(length, this.#nextWindow), remaining);
    this.#nextWindow = Math.min(this.#nextWindow * 2, maxWindowBytes);
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(Math.max(wanted, firstWindowBytes));
    this.#window = this.#buffer;
    this.source.readSync(this.#buffer.subarray(0, wanted), offset);
    this.#base = offset;
    this.#at = 0;
    this.#end = wanted;
  }
}

/** UTF-8 in which lone surrogates are coded too, as Python's 'surrogatepass' writes them; null for anything else. */
function decodeSurrogates(bytes: Uint8Array): string | null {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let from = 0;
  try {
    for (let i = 0; i + 2 < bytes.length; i++) {
      if (bytes[i] !== 0xed || bytes[i + 1] < 0xa0 || bytes[i + 1] > 0xbf || (bytes[i + 2] & 0xc0) !== 0x80) continue;
      text += strict.decode(bytes.subarray(from, i));
      text += String.fromCharCode(0xd000 | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f));
      from = i + 3;
      i += 2;
    }
    return text + strict.decode(bytes.subarray(from));
  } catch {
    return null;
  }
}
