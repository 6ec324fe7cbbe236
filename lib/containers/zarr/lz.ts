/** The two LZ formats inside Blosc containers that no dependency reads with checked bounds: LZ4 blocks and BloscLZ. */
import { BadChunk } from './bad-chunk.js';

/** Decodes one LZ4 block (lz4_Block_format.md), which must fill `out` exactly. */
export function decodeLz4(from: Uint8Array, out: Uint8Array): void {
  let at = 0;
  let to = 0;
  const more = (length: number): number => {
    let total = length;
    if (length !== 15) return total;
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= from.length) throw damaged('LZ4');
      byte = from[at++];
    }
    return total;
  };
  while (at < from.length) {
    const token = from[at++];
    const literals = more(token >> 4);
    if (at + literals > from.length || to + literals > out.length) throw damaged('LZ4');
    copyLiterals(from, at, out, to, literals);
    at += literals;
    to += literals;
    // the last sequence has literals only
    if (at === from.length) break;
    if (at + 2 > from.length) throw damaged('LZ4');
    const distance = from[at] | (from[at + 1] << 8);
    at += 2;
    const length = more(token & 15) + 4;
    if (distance === 0 || distance > to || to + length > out.length) throw damaged('LZ4');
    copyMatch(out, to, distance, length);
    to += length;
  }
  if (to !== out.length) throw damaged('LZ4');
}

/** BloscLZ puts far matches behind the reach of 13 bits. */
const nearDistance = 8191;

/** Decodes one BloscLZ stream (blosclz.c), which must fill `out` exactly. */
export function decodeBloscLz(from: Uint8Array, out: Uint8Array): void {
  let at = 0;
  let to = 0;
  const next = (): number => {
    if (at >= from.length) throw damaged('BloscLZ');
    return from[at++];
  };
  let control = next() & 31;
  for (;;) {
    if (control < 32) {
      const literals = control + 1;
      if (at + literals > from.length || to + literals > out.length) throw damaged('BloscLZ');
      copyLiterals(from, at, out, to, literals);
      at += literals;
      to += literals;
    } else {
      let length = (control >> 5) - 1;
      if (length === 6) {
        for (let byte = 255; byte === 255; length += byte) byte = next();
      }
      length += 3;
      const high = (control & 31) << 8;
      const low = next();
      let distance = high + low + 1;
      if (low === 255 && high === 31 << 8) {
        const far = next() << 8;
        distance = far + next() + nearDistance + 1;
      }
      if (distance > to || to + length > out.length) throw damaged('BloscLZ');
      copyMatch(out, to, distance, length);
      to += length;
    }
    if (at === from.length) break;
    control = from[at++];
  }
  if (to !== out.length) throw damaged('BloscLZ');
}

function damaged(format: string): BadChunk {
  return new BadChunk(`sound ${format} data were expected, found damaged data`);
}

/** A call of `set` costs about as much as a loop over this many bytes. */
const shortCopy = 32;

function copyLiterals(from: Uint8Array, at: number, out: Uint8Array, to: number, length: number): void {
  if (length > shortCopy) out.set(from.subarray(at, at + length), to);
  else for (let i = 0; i < length; i++) out[to + i] = from[at + i];
}

function copyMatch(out: Uint8Array, to: number, distance: number, length: number): void {
  if (distance >= length && length > shortCopy) out.copyWithin(to, to - distance, to - distance + length);
  else if (distance === 1 && length > shortCopy) out.fill(out[to - 1], to, to + length);
  else for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance];
}
