/** Little-endian fields of a binary header, one after the other. */
import { FormatError } from '../core/errors.js';

export class Fields {
  /** Of the next field. */
  at: number;
  readonly #bytes: Buffer;
  readonly #path: string;

  constructor(bytes: Buffer, path: string, at = 0) {
    this.#bytes = bytes;
    this.#path = path;
    this.at = at;
  }

  u8 = (): number => this.#bytes.readUInt8(this.#next(1));
  u16 = (): number => this.#bytes.readUInt16LE(this.#next(2));
  i16 = (): number => this.#bytes.readInt16LE(this.#next(2));
  u32 = (): number => this.#bytes.readUInt32LE(this.#next(4));
  i32 = (): number => this.#bytes.readInt32LE(this.#next(4));
  u64 = (): bigint => this.#bytes.readBigUInt64LE(this.#next(8));
  f32 = (): number => this.#bytes.readFloatLE(this.#next(4));
  f64 = (): number => this.#bytes.readDoubleLE(this.#next(8));

  /** Text of so many bytes, which ends at the first NUL or is padded with blanks. */
  text(length: number): string {
    const at = this.#next(length);
    return textOf(this.#bytes.subarray(at, at + length));
  }

  /** UTF-16 of so many bytes. */
  utf16(length: number): string {
    const at = this.#next(length);
    return this.#bytes.toString('utf16le', at, at + length);
  }

  skip(length: number): void {
    this.#next(length);
  }

  #next(length: number): number {
    const { at } = this;
    if (!(at + length <= this.#bytes.length)) {
      const message = `${this.#path} must have a whole header, found its end after ${this.#bytes.length} bytes`;
      throw new FormatError(message, { path: this.#path, location: `byte ${at}` });
    }
    this.at = at + length;
    return at;
  }
}

/** UTF-8 where it is valid, else Latin-1, in which any bytes are text; up to the first NUL, without blanks around it. */
export function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  const utf8 = used.toString('utf8');
  return (utf8.includes('\uFFFD') ? used.toString('latin1') : utf8).trim();
}
