/** The spikes of a KiloSort folder: their times and clusters, checked against each other. */
import { join } from 'node:path';
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { TimeUnit } from '../../core/options.js';
import { inSlices, manyElements } from '../../core/slices.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';
import { stat } from '../../io/stat.js';
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

/** What Open Ephys writes beside spike_times.npy, before and since version 0.6; sorters write neither. */
const onlineFiles = ['spike_electrode_indices.npy', 'electrode_indices.npy', 'spike_waveforms.npy'];
const onlyOfSorters = ['channel_map.npy', 'channel_positions.npy', 'spike_templates.npy', 'params.py'];

/** @throws FormatError for the spikes that Open Ephys detects while it records, which have files of the same names */
export async function refuseOnlineSpikes(folder: SourceFolder): Promise<void> {
  const any = async (names: readonly string[]) =>
    (await Promise.all(names.map((name) => folder.has(name)))).some(Boolean);
  if (!(await any(onlineFiles)) || (await any(onlyOfSorters))) return;
  const message = `${folder.name} must be the folder of a sorter, found Open Ephys' online spikes: their samples count from the start of acquisition, not of the recording, and their clusters are those of its spike boxes`;
  throw new FormatError(message, { path: folder.name });
}

/** @throws NotFoundError, FormatError where the arrays are not one value a spike each, equally many */
export async function readFolderSpikes(
  folder: SourceFolder,
  { spikeTimesFile = 'spike_times.npy', spikeClustersFile = defaultClusters, timeUnit }: SpikeFiles,
  context: SourceContext,
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
  if (timeUnit === 'samples') await requireWhole(times, context.signal);
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
async function clustersFile(folder: SourceFolder, name: string, { report }: SourceContext): Promise<string> {
  const templates = 'spike_templates.npy';
  if (name !== defaultClusters || (await folder.has(name)) || !(await folder.has(templates))) return name;
  report.info('clusters-from-templates', `${name} is missing; ${templates} was read in its place`);
  return templates;
}

/** Other programs write spike_times.npy in seconds: as samples they would all lie in the first milliseconds. */
async function requireWhole({ file, values }: TimesColumn, signal?: AbortSignal): Promise<void> {
  if (!(values instanceof Float64Array || values instanceof Float32Array)) return;
  await inSlices(
    values.length,
    manyElements,
    (start, end) => {
      for (let i = start; i < end; i++) {
        if (Number.isInteger(values[i])) continue;
        const hint = Number.isFinite(values[i]) ? "; if these are seconds, give timeUnit: 's'" : '';
        throw new FormatError(`${file} must hold whole sample numbers, found ${values[i]} at index ${i}${hint}`, {
          path: file,
        });
      }
    },
    signal,
  );
}
