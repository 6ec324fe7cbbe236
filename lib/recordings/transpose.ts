/** Frames (samples, channels) to traces (channels, samples). */
import type { NumericArray } from '../core/arrays.js';

/** Frames that stay in the processor's first cache while all their channels are picked. */
const tileFrames = 32;

/**
 * Copies columns of `frames`, each of `width` values, into rows of `out`: row r gets column columns[r], from `offset` on.
 * `outLength` is the length of a row of `out`.
 */
export function transposeInto(
  out: NumericArray,
  outLength: number,
  offset: number,
  frames: NumericArray,
  width: number,
  columns: readonly number[],
): void {
  const [to, from] = [out as Float64Array, frames as Float64Array];
  const count = frames.length / width;
  for (let tile = 0; tile < count; tile += tileFrames) {
    const end = Math.min(count, tile + tileFrames);
    for (let r = 0; r < columns.length; r++) {
      let source = tile * width + columns[r];
      let target = r * outLength + offset + tile;
      for (let t = tile; t < end; t++, source += width) to[target++] = from[source];
    }
  }
}
