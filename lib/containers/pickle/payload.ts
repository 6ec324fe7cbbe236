/** Bytes of a pickle that may still lie in the file: scanning notes where they are, whoever wants them says where to put them. */

/**
 * How the bytes are stored: as they are, or as the UTF-8 or raw-unicode-escape text of a str whose characters are the bytes
 * (how protocols 0 to 2 carry bytes, through `_codecs.encode(text, 'latin1')`).
 */
export type PayloadEncoding = (typeof payloadEncodings)[number];
/** In the order of the native side's PayloadEncoding. */
export const payloadEncodings = ['raw', 'utf8', 'raw-unicode-escape'] as const;

export class Payload {
  /** Where the stored bytes begin in the source. */
  readonly position: number;
  readonly storedLength: number;
  readonly encoding: PayloadEncoding;
  /** The decoded bytes once they are in memory. */
  bytes: Uint8Array | null;

  constructor(
    position: number,
    storedLength: number,
    encoding: PayloadEncoding = 'raw',
    bytes: Uint8Array | null = null,
  ) {
    this.position = position;
    this.storedLength = storedLength;
    this.encoding = encoding;
    this.bytes = bytes;
  }

  /** Payload of bytes that came in one piece. */
  static of(bytes: Uint8Array, position = 0): Payload {
    return new Payload(position, bytes.length, 'raw', bytes);
  }

  /** Number of decoded bytes; null where only decoding tells. */
  get length(): number | null {
    if (this.bytes) return this.bytes.length;
    return this.encoding === 'raw' ? this.storedLength : null;
  }
}
