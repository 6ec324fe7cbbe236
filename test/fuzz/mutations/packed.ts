/** Chunks of Zarr (blosc, zstd, lz4, gzip) and Parquet: what counts lies in their first bytes and their last. */
import { changeField, type Mutation } from './mutation.js';

export const packed: Mutation = {
  name: 'packed',
  fits: (path, bytes) => bytes.length > 8 && /(^|\/)(c\/)?\d+([./]\d+)*$|\.(pqt|parquet)$/.test(path),
  mutate(bytes, random) {
    const out = Buffer.from(bytes);
    for (let left = random.int(1, 3); left > 0; left--) {
      const near = Math.min(31, out.length - 1);
      const tail = /^PAR1/.test(out.toString('latin1', 0, 4)) && random.chance(0.8);
      const at = tail ? out.length - 1 - random.int(0, Math.min(out.length - 1, 3000)) : random.int(0, near);
      changeField(out, at, random.pick([1, 1, 2, 4]), random);
    }
    return out;
  },
};
