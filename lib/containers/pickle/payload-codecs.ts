/** Bytes that protocols 0 to 2 store as text, decoded piece by piece: the text of an array is never held whole. */

/** Takes stored bytes in pieces and writes what they stand for; says false as soon as they stand for no bytes. */
export interface PayloadDecoder {
  /** Bytes written so far. */
  readonly written: number;
  push(stored: Uint8Array, out: Uint8Array): boolean;
  /** Whether the stored bytes may end here. */
  end(): boolean;
}

/** UTF-8 of characters up to U+00FF. */
export class Utf8ToBytes implements PayloadDecoder {
  written = 0;
  #previous = 0;

  push(stored: Uint8Array, out: Uint8Array): boolean {
    let at = this.written;
    let previous = this.#previous;
    let broken = 0;
    const limit = out.length;
    // Without branches, as random bytes would make each a coin toss: a lead byte (C2, C3) writes nothing, its
    // continuation byte takes bit 6 from it. Anything else that is not ASCII is remembered in `broken`.
    for (let i = 0; i < stored.length; i++) {
      const byte = stored[i];
      const lead = (byte >> 7) & (byte >> 6) & 1;
      const continuation = (byte >> 7) & ~(byte >> 6) & 1;
      const expected = (previous >> 7) & (previous >> 6) & 1;
      out[at] = byte | ((previous & continuation) << 6);
      broken |= (expected ^ continuation) | (-lead & ((byte >> 1) ^ 0x61));
      at += 1 - lead;
      previous = byte;
      if (at > limit) return false;
    }
    this.written = at;
    this.#previous = previous;
    return broken === 0;
  }

  end(): boolean {
    return this.#previous < 0xc0;
  }
}

/** Latin-1 in which \u00XX stands for the byte XX. */
export class RawUnicodeEscapeToBytes implements PayloadDecoder {
  written = 0;
  /** The escape that began in an earlier piece. */
  #escape = '';

  push(stored: Uint8Array, out: Uint8Array): boolean {
    const limit = out.length;
    const source = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
    let at = this.written;
    for (let i = 0; i < stored.length; ) {
      if (this.#escape === '') {
        const found = source.indexOf(92, i);
        const stop = found < 0 ? stored.length : found;
        if (at + stop - i > limit) return false;
        out.set(stored.subarray(i, stop), at);
        at += stop - i;
        i = stop;
        if (found < 0) break;
      }
      this.#escape += String.fromCharCode(stored[i++]);
      const bytes = escapedBytes(this.#escape);
      if (bytes === null) continue;
      if (bytes === undefined || at + bytes.length > limit) return false;
      for (const byte of bytes) out[at++] = byte;
      this.#escape = '';
    }
    this.written = at;
    return true;
  }

  end(): boolean {
    return this.#escape === '';
  }
}

/** What a whole escape stands for; null while it is incomplete, undefined where it is no byte. */
function escapedBytes(sequence: string): number[] | null | undefined {
  if (sequence.length === 1) return null;
  const digits = sequence[1] === 'u' ? 4 : sequence[1] === 'U' ? 8 : 0;
  if (digits === 0) return [92, sequence.charCodeAt(1)];
  if (sequence.length < 2 + digits) return null;
  const point = /^[0-9a-f]+$/i.test(sequence.slice(2)) ? Number.parseInt(sequence.slice(2), 16) : 256;
  return point < 256 ? [point] : undefined;
}
