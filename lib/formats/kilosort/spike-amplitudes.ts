/** amplitudes.npy of a KiloSort folder, put beside the trains that were loaded from it. */

import { readNpy, toFloat64 } from '../../containers/npy/file.js';
import type { LoadOptions, Source } from '../../core/options.js';
import { withContext } from '../../loading/context.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { openFolder } from './open-folder.js';

const files = ['amplitudes.npy', 'spike_times.npy', 'spike_clusters.npy'] as const;

/**
 * One value a spike of each unit, in the sorter's own scale; undefined where the folder has none, or where its spikes are not
 * those of `sd`, which is asked of every single one.
 */
export async function kilosortAmplitudes(
  source: Source,
  sd: SpikeData,
  options: LoadOptions,
): Promise<Float64Array[] | undefined> {
  return withContext({ format: 'KiloSort' }, source, options, async (context) => {
    const folder = await openFolder(source, context);
    for (const name of files) if (!(await folder.has(name))) return undefined;
    const read = async (name: string) => {
      const { signal, limits } = context;
      const path = await folder.file(name);
      return toFloat64((await readNpy(path, { signal, maxArrayBytes: limits.maxArrayBytes })).data, { path });
    };
    const [amplitudes, times, clusters] = [await read(files[0]), await read(files[1]), await read(files[2])];
    if (amplitudes.length !== times.length || clusters.length !== times.length) return undefined;
    const msPerSample = 1000 / Number(sd.metadata.fs_Hz);
    const spikes = spikesByUnit(sd, clusters, times);
    return sd.train.every((train, row) => matches(train, spikes[row], times, msPerSample))
      ? spikes.map((indices) => Float64Array.from(indices, (i) => amplitudes[i]))
      : undefined;
  });
}

/** Indices of each unit's spikes in the files, by rising time. */
function spikesByUnit(sd: SpikeData, clusters: Float64Array, times: Float64Array): number[][] {
  const spikes: number[][] = sd.train.map(() => []);
  const rows = new Map(sd.neuronAttributes?.map(({ unit_id }, row) => [Number(unit_id), row]));
  clusters.forEach((id, i) => {
    const row = rows.get(id);
    if (row !== undefined) spikes[row].push(i);
  });
  return spikes.map((indices) => indices.sort((a, b) => times[a] - times[b]));
}

function matches(train: Float64Array, spikes: readonly number[], times: Float64Array, msPerSample: number): boolean {
  return spikes.length === train.length && spikes.every((at, i) => Math.abs(times[at] * msPerSample - train[i]) < 1e-3);
}
