/** The spikes of a KiloSort folder: their times and clusters, checked against each other. */
import { FormatError } from '../../errors.js';
import type { TimeUnit } from '../../options.js';
import type { LoadContext } from '../context.js';
import type { SourceFolder } from '../folder.js';
import { readIds, readTimes, type SpikeColumn } from './spike-columns.js';

export interface FolderSpikes {
  times: SpikeColumn;
  clusters: SpikeColumn;
}

export interface SpikeFiles {
  spikeTimesFile?: string;
  spikeClustersFile?: string;
  timeUnit: TimeUnit;
}

/** Where sorters put the folder that is meant. */
const usualSubfolders = ['kilosort4', 'sorter_output'];
const defaultClusters = 'spike_clusters.npy';

/** @throws NotFoundError, FormatError where the arrays are not one value a spike each, equally many */
export async function readFolderSpikes(
  folder: SourceFolder,
  { spikeTimesFile = 'spike_times.npy', spikeClustersFile = defaultClusters, timeUnit }: SpikeFiles,
  context: LoadContext,
): Promise<FolderSpikes> {
  const inside = usualSubfolders.find((name) => !folder.has(spikeTimesFile) && folder.has(name));
  if (inside) context.report.info('subfolder', `${folder.path} has a folder ${inside}: the sorting may be in there`);
  const times = await readTimes(folder, spikeTimesFile, 'spikeTimesFile', context);
  const clusters = await readIds(
    folder,
    clustersFile(folder, spikeClustersFile, context),
    'spikeClustersFile',
    context,
  );
  if (times.values.length !== clusters.values.length) {
    const found = `${times.values.length} in ${times.file} and ${clusters.values.length} in ${clusters.file}`;
    throw new FormatError(`Equally many spikes were expected, found ${found} of ${folder.path}`, { path: folder.path });
  }
  if (timeUnit === 'samples') requireWhole(times);
  return { times, clusters };
}

/** A folder that was never opened in Phy may have templates only: they are its clusters. */
function clustersFile(folder: SourceFolder, name: string, { report }: LoadContext): string {
  const templates = 'spike_templates.npy';
  if (name !== defaultClusters || folder.has(name) || !folder.has(templates)) return name;
  report.info('clusters-from-templates', `${name} is missing; ${templates} was read in its place`);
  return templates;
}

/** Other programs write spike_times.npy in seconds: as samples they would all lie in the first milliseconds. */
function requireWhole({ file, values }: SpikeColumn): void {
  if (!(values instanceof Float64Array || values instanceof Float32Array)) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isInteger(values[i])) continue;
    const hint = Number.isFinite(values[i]) ? "; if these are seconds, give timeUnit: 's'" : '';
    throw new FormatError(`${file} must hold whole sample numbers, found ${values[i]} at index ${i}${hint}`, {
      path: file,
    });
  }
}
