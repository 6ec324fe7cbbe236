/** Rates, and spikes counted in bins of equal width: sparse, dense, by channel, over all units. */

import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import type { NdArray, SparseRaster } from '../core/arrays.js';
import { finite, oneOf, positive } from '../core/checks.js';
import { LimitError, OptionError } from '../core/errors.js';
import type { FlatTrains } from '../core/flat-trains.js';
import { defaultLimits } from '../core/limits.js';

/** What binning needs of a SpikeData. */
export interface BinnedTrains {
  trains: FlatTrains;
  startTime: number;
  length: number;
}

export type RateUnit = 'kHz' | 'Hz';

const bytesPerCount = 4;
const maxSparseBins = 2 ** 32 - 1;

/** Width of a bin, the number of bins, and what the native side needs for both. */
function binsOf({ trains, startTime, length }: BinnedTrains, binSize: unknown, timeOffset: unknown = 0) {
  const binMs = positive(binSize, 'binSize');
  const offsetMs = finite(timeOffset, 'timeOffset');
  if (length + offsetMs < 0) {
    throw new OptionError('timeOffset', `at least -length (${-length} ms)`, offsetMs, 'No bin would be left');
  }
  // a length that is off by rounding must not make one more bin
  const bins = Math.max(0, Math.ceil((length + offsetMs) / binMs - 1e-9));
  return { times: trains.times, offsets: trains.offsets, startMs: startTime, offsetMs, binMs, bins };
}

/** (rows, bins) zeros, or a LimitError where no machine has the memory. */
function zeros(rows: number, bins: number): Uint32Array {
  const bytes = rows * bins * bytesPerCount;
  const tooLarge = (allowed: number) =>
    new LimitError('maxArrayBytes', allowed, bytes, `a raster of ${rows} × ${bins} bins (sparseRaster() is smaller)`);
  if (!(bytes <= defaultLimits.maxArrayBytes)) throw tooLarge(defaultLimits.maxArrayBytes);
  try {
    return new Uint32Array(rows * bins);
  } catch {
    throw tooLarge(bytes - 1);
  }
}

export function sparseRaster(data: BinnedTrains, binSize: unknown, timeOffset?: unknown): SparseRaster {
  const request = binsOf(data, binSize, timeOffset);
  if (request.bins > maxSparseBins) {
    throw new LimitError('maxArrayBytes', maxSparseBins, request.bins, 'the number of bins of a sparse raster');
  }
  const { indptr, indices, data: counts } = callNative(() => native().binSparse(request));
  return { shape: [data.trains.offsets.length - 1, request.bins], indptr, indices, data: counts };
}

export function denseRaster(data: BinnedTrains, binSize: unknown, timeOffset?: unknown): NdArray<Uint32Array> {
  const request = binsOf(data, binSize, timeOffset);
  const rows = data.trains.offsets.length - 1;
  const out = zeros(rows, request.bins);
  callNative(() => native().binDense({ ...request, out }));
  return { data: out, shape: [rows, request.bins] };
}

/** Row r holds the spikes of the trains whose rowOf is r. */
export function pooledRaster(
  data: BinnedTrains,
  binSize: unknown,
  rowOf: Int32Array,
  rows: number,
): NdArray<Uint32Array> {
  const request = binsOf(data, binSize);
  const out = zeros(rows, request.bins);
  callNative(() => native().binDense({ ...request, out, rowOf }));
  return { data: out, shape: [rows, request.bins] };
}

/** Spikes of all units in each bin. */
export function binnedCounts(data: BinnedTrains, binSize: unknown): Uint32Array {
  return pooledRaster(data, binSize, new Int32Array(data.trains.offsets.length - 1), 1).data;
}

export function binnedMeanRate(data: BinnedTrains, binSize: unknown, unit: unknown): Float64Array {
  const factor = perMs(unit);
  const units = data.trains.offsets.length - 1;
  const counts = binnedCounts(data, binSize);
  const scale = units === 0 ? 0 : factor / (binSize as number) / units;
  return Float64Array.from(counts, (count) => count * scale);
}

export function meanRates({ trains, length }: BinnedTrains, unit: unknown): Float64Array {
  const factor = perMs(unit);
  const { offsets } = trains;
  return Float64Array.from({ length: offsets.length - 1 }, (_, u) =>
    length === 0 ? 0 : ((offsets[u + 1] - offsets[u]) / length) * factor,
  );
}

/** Spikes per ms times this are spikes per unit of the rate. */
function perMs(unit: unknown): number {
  return oneOf<RateUnit>(unit, 'unit', ['kHz', 'Hz']) === 'Hz' ? 1000 : 1;
}
