/** The spikes of a KiloSort folder: their times and clusters, checked against each other. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, NotFoundError } from '../../errors.js';
import type { TimeUnit } from '../../options.js';
import type { SourceFolder } from '../../remote/folder.js';
import type { LoadContext } from '../context.js';
import { IdCounter } from './cluster-counts.js';
import { readIds, readTimes, type SpikeColumn, type TimesColumn } from './spike-columns.js';

export interface FolderSpikes {
  times: TimesColumn;
  clusters: SpikeColumn;
  /** The clusters that have spikes, rising. */
  ids: number[];
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
  if (!(await folder.has(spikeTimesFile))) await pointToSubfolder(folder, spikeTimesFile);
  const idsFile = await clustersFile(folder, spikeClustersFile, context);
  const counter = new IdCounter();
  const [times, clusters] = await both(
    readTimes(folder, spikeTimesFile, 'spikeTimesFile', context),
    readIds(folder, idsFile, 'spikeClustersFile', context, (ids, start) => counter.add(ids, start, idsFile)),
  );
  if (times.values.length !== clusters.values.length) {
    const found = `${times.values.length} in ${times.file} and ${clusters.values.length} in ${clusters.file}`;
    throw new FormatError(`Equally many spikes were expected, found ${found} of ${folder.name}`, { path: folder.name });
  }
  if (timeUnit === 'samples') requireWhole(times);
  return { times, clusters, ids: counter.ids() };
}

/** @throws NotFoundError where the sorting is one level down */
async function pointToSubfolder(folder: SourceFolder, file: string): Promise<void> {
  for (const name of usualSubfolders) {
    const path = join(folder.name, name);
    const there = await stat(join(path, file)).catch(() => undefined);
    if (!there) continue;
    throw new NotFoundError(`${file} was expected in ${folder.name}; it is in its folder ${name}: pass ${path}`, {
      path,
    });
  }
}

/** Waits for both even where one fails, so that no reading goes on after the load; the first one's failure goes first. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

/** A folder that was never opened in Phy may have templates only: they are its clusters. */
async function clustersFile(folder: SourceFolder, name: string, { report }: LoadContext): Promise<string> {
  const templates = 'spike_templates.npy';
  if (name !== defaultClusters || (await folder.has(name)) || !(await folder.has(templates))) return name;
  report.info('clusters-from-templates', `${name} is missing; ${templates} was read in its place`);
  return templates;
}

/** Other programs write spike_times.npy in seconds: as samples they would all lie in the first milliseconds. */
function requireWhole({ file, values }: TimesColumn): void {
  if (!(values instanceof Float64Array || values instanceof Float32Array)) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isInteger(values[i])) continue;
    const hint = Number.isFinite(values[i]) ? "; if these are seconds, give timeUnit: 's'" : '';
    throw new FormatError(`${file} must hold whole sample numbers, found ${values[i]} at index ${i}${hint}`, {
      path: file,
    });
  }
}
