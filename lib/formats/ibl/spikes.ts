/** The spikes of a probe: which collection holds them, and the trains of the units that are wanted. */

import { readNpy } from '../../containers/npy/file.js';
import { FormatError, LimitError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { SourceContext } from '../../io/context.js';
import { groupSpikes } from '../../loading/trains.js';
import { chooseDataset, type Dataset } from './datasets.js';
import type { SessionFiles } from './files.js';

/** The spike sorting whose cluster numbers the Brain-Wide Map's table has; later ones number them anew. */
const unitsTableRevision = '2024-05-06';

export interface SpikeFiles {
  collection: string;
  times: Dataset;
  clusters: Dataset;
}

/** Collections that may hold the sorting of a probe, first choice first: the units table was made from pykilosort. */
export function spikeCollections(datasets: readonly Dataset[], probe: string | null, asked?: string): string[] {
  if (asked !== undefined) return [asked];
  if (probe === null) return [];
  const base = `alf/${probe}`;
  const others = datasets.map((d) => d.collection).filter((c) => c === base || c.startsWith(`${base}/`));
  const byLength = [...others].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return [...new Set([`${base}/pykilosort`, `${base}/iblsorter`, base, ...byLength])];
}

/** The first collection that has both files. */
export function chooseSpikes(
  datasets: readonly Dataset[],
  collections: string[],
  context: SourceContext,
): SpikeFiles | null {
  for (const collection of collections) {
    const choose = (file: string) =>
      chooseDataset(datasets, { collection, file, upTo: unitsTableRevision }, context.report);
    const times = choose('spikes.times.npy');
    const clusters = times && choose('spikes.clusters.npy');
    if (!times || !clusters) continue;
    if (times.revision !== clusters.revision) {
      const message = `${collection}: spikes.times is of revision ${times.revision}, spikes.clusters of ${clusters.revision}`;
      context.report.warning('mixed-revisions', message);
    }
    return { collection, times, clusters };
  }
  return null;
}

/** One train in ms for each of `clusterIds`, in their order; a cluster without spikes has an empty one. */
export async function readTrains(
  { times, clusters }: SpikeFiles,
  clusterIds: readonly number[],
  files: SessionFiles,
  context: SourceContext,
): Promise<CheckedTrains> {
  const [timesPath, clustersPath] = await allOrFirstFault([files.fetch(times), files.fetch(clusters)]);
  const options = { signal: context.signal, maxArrayBytes: context.limits.maxArrayBytes };
  const seconds = await readNpy(timesPath, options);
  const units = await readNpy(clustersPath, options);
  const [count, labels] = [seconds.data.length, units.data.length];
  if (count !== labels) {
    const message = `spikes.times and spikes.clusters must be equally long, found ${count} and ${labels} in ${times.collection}`;
    throw new FormatError(message, { path: clustersPath, location: 'spikes.clusters' });
  }
  if (count > context.limits.maxSpikes)
    throw new LimitError('maxSpikes', context.limits.maxSpikes, count, `${times.collection}/${times.name}`);
  const { trainOf, copies } = trainNumbers(clusterIds, context);
  const source = { path: timesPath, times: 'spikes.times', units: 'spikes.clusters' };
  const request = { units: units.data, times: seconds.data, scale: { multiply: 1000 }, count: copies, trainOf };
  return groupSpikes(context, source, request);
}

/** Train of each cluster number. */
function trainNumbers(clusterIds: readonly number[], context: SourceContext): { trainOf: Int32Array; copies: number } {
  const largest = clusterIds.reduce((a, b) => Math.max(a, b), -1);
  if (largest >= context.limits.maxUnits)
    throw new LimitError('maxUnits', context.limits.maxUnits, largest + 1, 'cluster_id of the units table');
  const trainOf = new Int32Array(largest + 1).fill(-1);
  clusterIds.forEach((cluster, train) => {
    if (trainOf[cluster] >= 0) {
      const message = `cluster ${cluster} must be in the units table once for a probe, found it twice`;
      throw new FormatError(message, { path: 'units table', location: 'cluster_id' });
    }
    trainOf[cluster] = train;
  });
  return { trainOf, copies: clusterIds.length };
}
