/** Channel rows out of KiloSort 4's spike_positions.npy: the place of every spike, interpolated between channels. */

import type { SourceFolder } from '../../remote/folder.js';
import type { LoadContext } from '../context.js';
import { type ChannelTables, locationOf, optionalNpy } from './channel-tables.js';
import { inPieces } from './cluster-counts.js';
import type { SpikeColumn } from './spike-columns.js';

/** For each cluster, the row whose channel is nearest to the median of its spikes' places. */
export async function nearestRows(
  {
    folder,
    context,
    clusters,
    channels,
  }: { folder: SourceFolder; context: LoadContext; clusters: SpikeColumn; channels: ChannelTables },
  wanted: readonly number[],
): Promise<Map<number, number>> {
  const array = await optionalNpy(folder, 'spike_positions.npy', context);
  const [spikes, dimensions] = array?.shape ?? [];
  if (array?.shape.length !== 2 || spikes !== clusters.values.length || dimensions < 2) return new Map();
  const places = new Map(wanted.map((cluster) => [cluster, [[], []] as [number[], number[]]]));
  await inPieces(spikes, context.signal, (start, end) => {
    for (let i = start; i < end; i++) {
      const place = places.get(clusters.values[i] as number);
      place?.[0].push(array.data[i * dimensions] as number);
      place?.[1].push(array.data[i * dimensions + 1] as number);
    }
  });
  const rows = new Map<number, number>();
  for (const [cluster, [x, y]] of places) {
    const row = x.length ? nearest(median(x), median(y), channels) : undefined;
    if (row !== undefined) rows.set(cluster, row);
  }
  return rows;
}

function median(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function nearest(x: number, y: number, channels: ChannelTables): number | undefined {
  let [best, row]: [number, number | undefined] = [Number.POSITIVE_INFINITY, undefined];
  for (let r = 0; r < (channels.positions?.rows ?? 0); r++) {
    const place = locationOf(r, channels);
    const distance = place ? (place[0] - x) ** 2 + (place[1] - y) ** 2 : Number.NaN;
    if (distance < best) [best, row] = [distance, r];
  }
  return row;
}
