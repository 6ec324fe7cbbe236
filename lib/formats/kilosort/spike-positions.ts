/** Channel rows out of KiloSort 4's spike_positions.npy: the place of every spike, interpolated between channels. */

import { native } from '../../addon/binding.js';
import { runJob } from '../../addon/job.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import { inSlices, manyElements } from '../../core/slices.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';
import { checkedTrains } from '../../spike-data/trains.js';
import { type ChannelTables, locationOf, optionalNpy } from './channel-tables.js';
import { trainsById } from './cluster-counts.js';
import type { SpikeColumn } from './spike-columns.js';

/** Stands for places that are not finite: behind all others when they are sorted. */
const beyond = Number.MAX_VALUE;

/** For each cluster, the row whose channel is nearest to the median of its spikes' places. */
export async function nearestRows(
  {
    folder,
    context,
    clusters,
    channels,
  }: { folder: SourceFolder; context: SourceContext; clusters: SpikeColumn; channels: ChannelTables },
  wanted: readonly number[],
): Promise<Map<number, number>> {
  const array = await optionalNpy(folder, 'spike_positions.npy', context);
  const [spikes, dimensions] = array?.shape ?? [];
  if (array?.shape.length !== 2 || spikes !== clusters.values.length || dimensions < 2) return new Map();
  const columns = [0, 1].map(() => new Float64Array(spikes));
  await inSlices(
    spikes,
    manyElements,
    (start, end) => {
      for (const [d, column] of columns.entries()) {
        for (let i = start; i < end; i++) {
          const place = Number(array.data[i * dimensions + d]);
          column[i] = Number.isFinite(place) ? place : beyond;
        }
      }
    },
    context.signal,
  );
  const [x, y] = await allOrFirstFault(columns.map((column) => medians(column, clusters, wanted, context)));
  const rows = new Map<number, number>();
  const places = Array.from({ length: channels.positions?.rows ?? 0 }, (_, row) => locationOf(row, channels));
  const clustersAtOnce = Math.ceil(manyElements / Math.max(1, places.length));
  const find = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const row = nearest(x[i], y[i], places);
      if (row !== undefined) rows.set(wanted[i], row);
    }
  };
  await inSlices(wanted.length, clustersAtOnce, find, context.signal);
  return rows;
}

/** Of the values of each cluster, NaN where it has none. They are sorted off the main thread. */
async function medians(
  values: Float64Array,
  clusters: SpikeColumn,
  wanted: readonly number[],
  { signal, limits }: SourceContext,
): Promise<number[]> {
  const { units, trainOf } = await trainsById(clusters.values, wanted, signal);
  const scale = { multiply: 1, divide: 1 };
  const request = { units, times: values, trainOf, count: wanted.length, maxUnits: limits.maxUnits, scale };
  const { times, offsets } = checkedTrains(await runJob(() => native().groupSpikesJob(request), { signal }), {
    times: 'places',
  }).trains;
  return wanted.map((_, i) => {
    const [from, to] = [offsets[i], offsets[i + 1]];
    const half = (from + to) / 2;
    return to === from ? Number.NaN : (times[Math.ceil(half) - 1] + times[Math.floor(half)]) / 2;
  });
}

function nearest(x: number, y: number, places: readonly (number[] | undefined)[]): number | undefined {
  let [best, row]: [number, number | undefined] = [Number.POSITIVE_INFINITY, undefined];
  for (let r = 0; r < places.length; r++) {
    const place = places[r];
    const distance = place ? (place[0] - x) ** 2 + (place[1] - y) ** 2 : Number.NaN;
    if (distance < best) [best, row] = [distance, r];
  }
  return row;
}
