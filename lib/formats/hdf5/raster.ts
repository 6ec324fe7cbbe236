/** Raster layout: spike counts per unit and bin. */

import type { Hdf5DatasetDescription } from '../../addon/hdf5-contract.js';
import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { SourceContext } from '../../io/context.js';
import { nextDown } from '../../loading/span.js';
import { expandRaster, type RasterBlock } from '../../loading/trains.js';
import type { ResolvedStyle } from './style.js';
import { place } from './vector.js';

export async function readRaster(
  file: Hdf5File,
  style: ResolvedStyle & { kind: 'raster' },
  startMs: number,
  context: SourceContext,
): Promise<{ trains: CheckedTrains; lengthMs: number }> {
  const { dataset, binMs } = style;
  const description = await file.describeDataset(dataset);
  const { shape, dtype } = description;
  if (shape?.length !== 2) {
    const message = `a raster must have two dimensions (units, bins), found ${shape ? `shape (${shape})` : 'nothing'} at ${dataset} of ${file.path}`;
    throw new FormatError(message, place(file, dataset));
  }
  if (dtype.class !== 'integer' && dtype.class !== 'float' && dtype.class !== 'bool') {
    throw new FormatError(
      `a raster must hold spike counts, found ${dtype.name} at ${dataset} of ${file.path}`,
      place(file, dataset),
    );
  }
  const [rows, bins] = shape;
  const { maxUnits } = context.limits;
  if (rows > maxUnits) throw new LimitError('maxUnits', maxUnits, rows, `${dataset} of ${file.path}`);
  const source = { path: file.path, times: dataset, counts: dataset };
  const trains = await expandRaster(context, source, { rows, bins, binMs, startMs }, readRows(file, description));
  // just below the end of the last bin, so that binning again gives as many bins
  return { trains, lengthMs: bins === 0 ? 0 : nextDown(bins * binMs) };
}

/** Bytes of one block: enough to keep every core busy, little enough to stay in the cache between reading and expanding. */
const blockBytes = 1 << 23;

/** Whole rows, in multiples of the rows of a chunk; two buffers by turns. */
async function* readRows(
  file: Hdf5File,
  { path, shape, dtype, chunk }: Hdf5DatasetDescription,
): AsyncGenerator<RasterBlock> {
  const [rows, bins] = shape as number[];
  const step = chunk?.[0] ?? 1;
  const fitting = Math.floor(blockBytes / Math.max(1, bins * Math.max(dtype.size, 1)) / step) * step;
  const perBlock = Math.min(Math.max(fitting, step), Math.max(rows, 1));
  const buffers: NumericArray[] = [];
  for (let start = 0, block = 0; start < rows || block === 0; start += perBlock, block++) {
    const count = Math.min(perBlock, rows - start);
    const slab = { start: [start, 0], count: [count, bins] };
    const buffer = buffers[block % 2];
    if (buffer) {
      yield { counts: (await file.readInto(path, buffer.subarray(0, count * bins), slab)).data, rows: count };
    } else {
      const { data } = await file.read(path, slab);
      buffers.push(data);
      yield { counts: data, rows: count };
    }
  }
}
