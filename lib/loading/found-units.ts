/** What loaders of sorters' files end with: spikes with a row of units each, as a SpikeData. */
import type { NumericArray } from '../core/arrays.js';
import { LimitError, NotFoundError } from '../core/errors.js';
import type { Source } from '../core/options.js';
import { inSlices, manyElements } from '../core/slices.js';
import type { SourceContext } from '../io/context.js';
import { isRemote } from '../io/ranges/open.js';
import { localPath } from '../io/source.js';
import { stat } from '../io/stat.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data/spike-data.js';
import { sourceName } from './source-name.js';
import { windowFromZero } from './start.js';
import { groupSpikes, type TrainSource } from './trains.js';

export interface FoundUnits {
  /** In any order. */
  times: NumericArray;
  /** Row of `attributes` for each spike. */
  units: NumericArray;
  attributes: NeuronAttributes[];
  /** Makes ms of times. */
  scale: { multiply?: number; divide?: number; add?: number };
  /** Row of `attributes` of each value of `units`, negative to leave its spikes out. Default: the values are rows. */
  rowOf?: Int32Array;
  metadata: Record<string, unknown>;
}

/** Sorted trains in ms that count from 0, or from the whole ms before the first spike where that is negative. */
export async function spikeDataOfUnits(
  source: Source,
  names: TrainSource,
  { times, units, attributes, scale, rowOf, metadata }: FoundUnits,
  context: SourceContext,
): Promise<SpikeData> {
  const count = attributes.length;
  const trains = await groupSpikes(context, names, {
    times,
    units,
    count,
    scale,
    ...(rowOf ? { trainOf: rowOf } : {}),
  });
  return spikeDataFromFlat(trains, {
    ...windowFromZero(trains, context.report),
    neuronAttributes: attributes,
    metadata: { source_file: sourceName(source), ...metadata },
  });
}

export interface Labels {
  /** Each value once, rising. */
  labels: number[];
  /** Index in `labels` of each spike's. */
  index: Int32Array;
}

/** Whole numbers that label spikes. @throws LimitError above limits.maxUnits */
export async function labelsOf(
  values: ArrayLike<number | bigint>,
  path: string,
  { limits, signal }: Pick<SourceContext, 'limits' | 'signal'>,
): Promise<Labels> {
  const ranks = new Map<number, number>();
  const index = new Int32Array(values.length);
  const collect = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const label = Number(values[i]);
      const rank = ranks.get(label) ?? ranks.size;
      if (rank === ranks.size) ranks.set(label, rank);
      index[i] = rank;
    }
    if (ranks.size > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, ranks.size, path);
  };
  await inSlices(values.length, manyElements, collect, signal);
  const labels = [...ranks.keys()].sort((a, b) => a - b);
  const sorted = new Int32Array(labels.length);
  for (const [i, label] of labels.entries()) sorted[ranks.get(label) as number] = i;
  const reorder = (from: number, to: number) => {
    for (let i = from; i < to; i++) index[i] = sorted[index[i]];
  };
  await inSlices(index.length, manyElements, reorder, signal);
  return { labels, index };
}

/** Rows for those labels that are kept, as `rowOf` takes them, beginning at `first`. */
export function rowsOf<T>(
  labels: readonly T[],
  isKept: (label: T) => boolean,
  first = 0,
): { rowOf: Int32Array; kept: T[] } {
  const kept: T[] = [];
  const rowOf = Int32Array.from(labels, (label) => (isKept(label) ? first + kept.push(label) - 1 : -1));
  return { rowOf, kept };
}

/** A local file or folder; a remote file is fetched. @throws NotFoundError */
export async function placeOf(source: Source, context: SourceContext): Promise<{ path: string; isFolder: boolean }> {
  if (isRemote(source)) {
    return { path: await context.localFile(source), isFolder: false };
  }
  const path = localPath(source, 'source');
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`source: nothing can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  return found.isDirectory() ? { path, isFolder: true } : { path: await context.localFile(source), isFolder: false };
}
