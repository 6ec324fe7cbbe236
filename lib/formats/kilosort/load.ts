/** KiloSort (1 to 4) and Phy folders: units with their electrodes, locations and labels. */
import { FormatError, OptionError } from '../errors.js';
import {
  boolean,
  type LoadOptions,
  nonNegative,
  oneOf,
  positive,
  type Source,
  type TimeUnit,
  timeUnits,
} from '../options.js';
import { localFolder, plainName, type SourceFolder } from '../remote/folder.js';
import type { CheckedTrains } from '../spike-data/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { msScale } from '../units.js';
import { type LoadContext, runLoader } from './context.js';
import { type ChannelTables, locationOf, readChannelTables } from './kilosort/channel-tables.js';
import { channelColumns } from './kilosort/channels-in-table.js';
import { trainsById } from './kilosort/cluster-counts.js';
import { type ClusterTable, cellOf, numberOf, readClusterTable, readKnownTables } from './kilosort/cluster-tables.js';
import { type FolderSpikes, readFolderSpikes } from './kilosort/folder-spikes.js';
import { type ClusterLabels, filterByTable, keepAll } from './kilosort/labels.js';
import { findPeakRows } from './kilosort/peak-rows.js';
import { compareSampleRate } from './kilosort/sample-rate.js';
import { groupSpikes } from './trains.js';

export interface KilosortOptions extends LoadOptions {
  /** Samples per second. */
  fsHz: number;
  spikeTimesFile?: string;
  spikeClustersFile?: string;
  /** Table of labels to filter by, e.g. 'cluster_info.tsv' or 'cluster_group.tsv'. Default: all clusters are kept. */
  clusterInfoTsv?: string;
  /** What spikeTimesFile holds. Default 'samples'. */
  timeUnit?: TimeUnit;
  /** Keep all clusters although clusterInfoTsv is given. */
  includeNoise?: boolean;
  /** Duration in ms. Default: to the last spike. */
  lengthMs?: number;
  channelMapFile?: string;
  channelPositionsFile?: string;
  /** Labels kept when clusterInfoTsv filters. Default ['good', 'mua', 'mua good']. */
  keepLabels?: readonly string[];
}

interface Settings extends KilosortOptions {
  timeUnit: TimeUnit;
  keepLabels: readonly string[];
}

const loader = { name: 'loadSpikeDataFromKilosort', format: 'KiloSort' };

/**
 * Loads a folder of KiloSort 1 to 4, or one curated in Phy, as one unit a cluster, by rising cluster id.
 *
 * A unit's `electrode` is `channel_map[row]` and its `location` (µm) `channel_positions[row]`, where `row` is the channel of its
 * largest template as Phy shows it; what the folder does not tell stays undefined. `neuronAttributes` also carry `label`,
 * `amplitude`, `contamination` and `depth` where tables have them. The report counts what labels left out.
 *
 * @throws OptionError, NotFoundError, FormatError (arrays that are no KiloSort output, a named table without rows), LimitError
 */
export async function loadSpikeDataFromKilosort(folder: Source, options: KilosortOptions): Promise<SpikeData> {
  const settings = checkOptions(options);
  return runLoader(loader, [folder], options, (context) => load(folder, settings, context));
}

function checkOptions(options: KilosortOptions): Settings {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object with fsHz', options);
  const { timeUnit, keepLabels, includeNoise, lengthMs } = options;
  positive(options.fsHz, 'fsHz');
  for (const name of [
    'spikeTimesFile',
    'spikeClustersFile',
    'clusterInfoTsv',
    'channelMapFile',
    'channelPositionsFile',
  ] as const) {
    if (options[name] !== undefined && options[name] !== null) plainName(options[name], name);
  }
  const given = (value: unknown) => value !== undefined && value !== null;
  if (given(includeNoise)) boolean(includeNoise, 'includeNoise');
  if (given(lengthMs)) nonNegative(lengthMs, 'lengthMs');
  if (given(keepLabels) && !(Array.isArray(keepLabels) && keepLabels.every((label) => typeof label === 'string'))) {
    throw new OptionError('keepLabels', 'an array of labels', keepLabels);
  }
  return {
    ...options,
    timeUnit: given(timeUnit) ? oneOf(timeUnit, 'timeUnit', timeUnits) : 'samples',
    keepLabels: keepLabels ?? ['good', 'mua', 'mua good'],
  };
}

async function load(source: Source, settings: Settings, context: LoadContext): Promise<SpikeData> {
  const { report } = context;
  const folder = await localFolder(source, 'folder', context);
  await compareSampleRate(folder, settings.fsHz, report);
  const spikes = await report.time('reading', () => readFolderSpikes(folder, settings, context));
  const named = settings.clusterInfoTsv
    ? await readClusterTable(folder, settings.clusterInfoTsv, report, 'clusterInfoTsv')
    : undefined;
  const known = await readKnownTables(folder, report, named?.file);
  const tables = named ? [named, ...known] : known;
  const filtered = named && !settings.includeNoise;
  const labels = filtered
    ? filterByTable(spikes.ids, named, settings.keepLabels, report)
    : keepAll(spikes.ids, tables, report);
  const channels = await readChannelTables(folder, channelFiles(settings), context);
  const inputs = { folder, context, clusters: spikes.clusters, all: spikes.ids, kept: labels.kept, channels, tables };
  const rows = await report.time('channels', () => findPeakRows(inputs));
  const trains = await group(spikes, labels.kept, folder, settings, context);
  return spikeDataFromFlat(trains, {
    length: settings.lengthMs ?? undefined,
    neuronAttributes: labels.kept.map((id) => attributesOf(id, rows.get(id), labels, channels, tables)),
    metadata: metadataOf(folder, settings, labels),
  });
}

function channelFiles({ channelMapFile, channelPositionsFile }: Settings) {
  const [map, positions] = ['channel_map.npy', 'channel_positions.npy'];
  return {
    map: channelMapFile ?? map,
    positions: channelPositionsFile ?? positions,
    // a file that was asked for by another than its usual name must be there
    mapOption: (channelMapFile ?? map) === map ? undefined : 'channelMapFile',
    positionsOption: (channelPositionsFile ?? positions) === positions ? undefined : 'channelPositionsFile',
  };
}

async function group(
  { times, clusters }: FolderSpikes,
  kept: readonly number[],
  folder: SourceFolder,
  { fsHz, timeUnit, lengthMs }: Settings,
  context: LoadContext,
): Promise<CheckedTrains> {
  const { units, trainOf } = await trainsById(clusters.values, kept, context.signal);
  const scale = msScale(timeUnit, fsHz, 'timeUnit');
  const source = { path: folder.name, times: times.file, units: clusters.file };
  const request = { units, times: times.values, scale, count: kept.length, trainOf };
  const trains = await context.report.time('grouping', () => groupSpikes(context, source, request));
  const { first, last } = extent(trains);
  if (first < 0) {
    throw new FormatError(`Spike times from 0 were expected in ${times.file}, found ${first} ms`, {
      path: folder.name,
    });
  }
  if (typeof lengthMs === 'number' && lengthMs < last) {
    throw new OptionError('lengthMs', `at least the time of the last spike (${last} ms)`, lengthMs);
  }
  return trains;
}

function extent({ times, offsets, count }: CheckedTrains): { first: number; last: number } {
  let [first, last] = [0, 0];
  for (let u = 0; u < count; u++) {
    if (offsets[u] === offsets[u + 1]) continue;
    first = Math.min(first, times[offsets[u]]);
    last = Math.max(last, times[offsets[u + 1] - 1]);
  }
  return { first, last };
}

function attributesOf(
  id: number,
  row: number | undefined,
  { labels }: ClusterLabels,
  channels: ChannelTables,
  tables: readonly ClusterTable[],
): NeuronAttributes {
  const found: NeuronAttributes = {
    unit_id: id,
    // Phy's `ch` is the channel's own number, so it stands where the map is missing
    electrode: channels.map
      ? row === undefined
        ? undefined
        : channels.map[row]
      : numberOf(tables, id, channelColumns),
    location: row === undefined ? undefined : locationOf(row, channels),
    label: labels.get(id),
    amplitude: numberOf(tables, id, ['Amplitude', 'amp', 'amplitude']),
    contamination: numberOf(tables, id, ['ContamPct']),
    depth: numberOf(tables, id, ['depth']),
    si_unit_id: cellOf(tables, id, ['si_unit_id']),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function metadataOf(
  folder: SourceFolder,
  { fsHz }: Settings,
  { kept, labels }: ClusterLabels,
): Record<string, unknown> {
  const metadata: Record<string, unknown> = {
    source_folder: folder.name,
    source_format: 'KiloSort',
    cluster_ids: [...kept],
    fs_Hz: fsHz,
  };
  if (labels.size) metadata.labels = kept.map((id) => labels.get(id) ?? null);
  return metadata;
}
