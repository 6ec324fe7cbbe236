/** Undoes the byte and bit shuffles of Blosc and numcodecs. */

/** Bytes of one significance lie together; what is no whole element stays where it is. */
export function unshuffleBytes(from: Uint8Array, out: Uint8Array, size: number): void {
  const count = Math.floor(from.length / size);
  for (let byte = 0; byte < size; byte++) {
    const start = byte * count;
    for (let i = 0, to = byte; i < count; i++, to += size) out[to] = from[start + i];
  }
  out.set(from.subarray(count * size), count * size);
}

/** Bits of one significance lie together, those of 8 elements in a byte; only multiples of 8 elements are shuffled. */
export function unshuffleBits(from: Uint8Array, out: Uint8Array, size: number): void {
  const count = Math.floor(from.length / size);
  if (count % 8 !== 0) {
    out.set(from);
    return;
  }
  const row = count / 8;
  for (let byte = 0; byte < size; byte++) {
    const start = byte * 8 * row;
    for (let group = 0; group < row; group++) {
      const at = start + group;
      let low = from[at] | (from[at + row] << 8) | (from[at + 2 * row] << 16) | (from[at + 3 * row] << 24);
      let high =
        from[at + 4 * row] | (from[at + 5 * row] << 8) | (from[at + 6 * row] << 16) | (from[at + 7 * row] << 24);
      // an 8 by 8 matrix of bits is transposed: by 1, by 2, by 4 (Hacker's Delight, 7-3)
      let t = (low ^ (low >>> 7)) & 0x00aa00aa;
      low ^= t ^ (t << 7);
      t = (high ^ (high >>> 7)) & 0x00aa00aa;
      high ^= t ^ (t << 7);
      t = (low ^ (low >>> 14)) & 0x0000cccc;
      low ^= t ^ (t << 14);
      t = (high ^ (high >>> 14)) & 0x0000cccc;
      high ^= t ^ (t << 14);
      const first = (low & 0x0f0f0f0f) | ((high & 0x0f0f0f0f) << 4);
      const second = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
      let to = group * 8 * size + byte;
      for (let i = 0; i < 32; i += 8, to += size) out[to] = first >>> i;
      for (let i = 0; i < 32; i += 8, to += size) out[to] = second >>> i;
    }
  }
  out.set(from.subarray(count * size), count * size);
}
