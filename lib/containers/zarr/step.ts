/** One step of decoding a chunk: a codec or filter with its configuration. */
import type { Slices } from '../../core/slices.js';

/** One codec. Sizes are bytes; null where a size is known only by decoding. */
export interface Step {
  name: string;
  /** Bytes after encoding `size` bytes. */
  stored(size: number | null): number | null;
  /** Must give exactly `size` bytes, and no more than `mostBytes` where that is null. */
  decode(stored: Uint8Array, size: number | null, context: DecodeContext): Uint8Array | Promise<Uint8Array>;
}

export type Configuration = Record<string, unknown>;

export interface DecodeContext {
  slices: Slices;
  /** Bytes that may come out where nothing says how many there will be. */
  mostBytes: number;
}
