/** Raw traces that an HDF5 file keeps beside its spikes. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { NdArray } from '../../core/arrays.js';
import { text } from '../../core/checks.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { toMs } from '../../core/units.js';
import type { SourceContext } from '../../io/context.js';
import { type AskedUnit, askedUnit, resolveUnit } from './unit.js';
import { describeVector, place, type VectorDescription } from './vector.js';

export interface RawRequest {
  dataset: string;
  timeDataset: string;
  unit: AskedUnit;
}

/** @throws OptionError where only one of the two datasets is named: traces without times cannot be placed */
export function resolveRaw(options: Record<string, unknown>): RawRequest | null {
  const { rawDataset, rawTimeDataset } = options;
  const [dataset, timeDataset] = [rawDataset ?? undefined, rawTimeDataset ?? undefined];
  if (dataset === undefined && timeDataset === undefined) return null;
  if (dataset === undefined || timeDataset === undefined) {
    const [missing, present] =
      dataset === undefined ? ['rawDataset', 'rawTimeDataset'] : ['rawTimeDataset', 'rawDataset'];
    throw new OptionError(missing, `given together with ${present}`, undefined);
  }
  return {
    dataset: text(dataset, 'rawDataset'),
    timeDataset: text(timeDataset, 'rawTimeDataset'),
    unit: askedUnit('rawTimeUnit', options),
  };
}

/** (channels, samples) in the file's own type, and the time of each sample in ms. */
export async function readRaw(
  file: Hdf5File,
  request: RawRequest,
  fsHz: number | undefined,
  context: SourceContext,
): Promise<{ rawData: NdArray; rawTime: Float64Array }> {
  const { dataset, timeDataset } = request;
  const { shape, dtype } = await file.describeDataset(dataset);
  if (shape?.length !== 2 || (dtype.class !== 'integer' && dtype.class !== 'float')) {
    const found = `${dtype.name} of ${shape ? `shape (${shape})` : 'no shape'}`;
    const message = `raw traces must be numbers (channels, samples), found ${found} at ${dataset} of ${file.path}`;
    throw new FormatError(message, place(file, dataset));
  }
  const beside: VectorDescription = { path: dataset, length: shape[1], flattened: false, dtype };
  const times = await describeVector(file, timeDataset, 'raw times', context, beside);
  if (times.length !== shape[1]) {
    const message = `raw times must be as many as the samples of ${dataset} (${shape[1]}), found ${times.length} at ${timeDataset} of ${file.path}`;
    throw new FormatError(message, place(file, timeDataset));
  }
  const rawData = await file.read(dataset);
  const { data } = await file.read(timeDataset, { as: 'float64' });
  const { unit } = await resolveUnit(file, timeDataset, request.unit, context);
  return { rawData, rawTime: toMs(data, unit, fsHz) };
}
