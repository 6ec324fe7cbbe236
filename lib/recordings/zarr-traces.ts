/** Samples of a Zarr array of (samples, channels), chunk by chunk. */
import type { NdArray, NumericArray } from '../core/arrays.js';
import type { ReadTraces } from './trace-recording.js';
import { transposeInto } from './transpose.js';

export interface ZarrTraces {
  /** Rows of the array. */
  read(rows: readonly [start: number, end: number]): Promise<Pick<NdArray, 'data'>>;
  /** Samples of a chunk. */
  chunk: number;
  channels: number;
  /** An array of the stored type. */
  like: NumericArray;
}

export function zarrReader({ read, chunk, channels, like }: ZarrTraces): ReadTraces {
  return async (start, end, picked, signal) => {
    const out = new (like.constructor as Float64ArrayConstructor)(picked.length * (end - start));
    // whole chunks of time: none is decoded twice
    for (let at = start; at < end; ) {
      signal?.throwIfAborted();
      const to = Math.min(end, (Math.floor(at / chunk) + 1) * chunk);
      const { data } = await read([at, to]);
      transposeInto(out, end - start, at - start, data, channels, picked);
      at = to;
    }
    return out;
  };
}
