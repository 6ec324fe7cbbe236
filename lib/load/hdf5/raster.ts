/** Raster layout: spike counts per unit and bin. */
import { FormatError, LimitError } from '../../errors.js';
import type { Hdf5File } from '../../format/hdf5.js';
import type { CheckedTrains } from '../../spike-data/trains.js';
import type { LoadContext } from '../context.js';
import { nextDown } from '../span.js';
import { expandRaster } from '../trains.js';
import type { ResolvedStyle } from './style.js';
import { place } from './vector.js';

export async function readRaster(
  file: Hdf5File,
  style: ResolvedStyle & { kind: 'raster' },
  startMs: number,
  context: LoadContext,
): Promise<{ trains: CheckedTrains; lengthMs: number }> {
  const { dataset, binMs } = style;
  const { shape, dtype } = await file.describeDataset(dataset);
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
  const { data: counts } = await file.read(dataset);
  const source = { path: file.path, times: dataset, counts: dataset };
  const trains = await expandRaster(context, source, { counts, rows, bins, binMs, startMs });
  // just below the end of the last bin, so that binning again gives as many bins
  return { trains, lengthMs: bins === 0 ? 0 : nextDown(bins * binMs) };
}
