/** KiloSort (1 to 4) and Phy folders: units with their electrodes, locations and labels. */

import { boolean, nonNegative, oneOf, positive } from '../../core/checks.js';
import { FormatError, OptionError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source, type TimeUnit, timeUnits } from '../../core/options.js';
import { msScale } from '../../core/units.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';
import { plainName } from '../../io/folder.js';
import { refuseUnfinished } from '../../io/listed-files.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import { extentOf } from '../../loading/span.js';
import { windowFromZero } from '../../loading/start.js';
import { groupSpikes } from '../../loading/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { type ChannelTables, locationOf, readChannelTables } from './channel-tables.js';
import { channelColumns } from './channels-in-table.js';
import { trainsById } from './cluster-counts.js';
import { type ClusterTable, cellOf, numberOf, readClusterTable, readKnownTables } from './cluster-tables.js';
import { type FolderSpikes, readFolderSpikes, refuseOnlineSpikes } from './folder-spikes.js';
import { type ClusterLabels, filterByTable, keepAll } from './labels.js';
import { openFolder } from './open-folder.js';
import { findPeakRows } from './peak-rows.js';
import { compareSampleRate } from './sample-rate.js';

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
  /** Duration in ms from sample 0. Default: to the last spike. */
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

const optionNames: OptionNames<KilosortOptions> = {
  fsHz: true,
  spikeTimesFile: true,
  spikeClustersFile: true,
  clusterInfoTsv: true,
  timeUnit: true,
  includeNoise: true,
  lengthMs: true,
  channelMapFile: true,
  channelPositionsFile: true,
  keepLabels: true,
  ...loadOptionNames,
};
const loader = { name: 'loadSpikeDataFromKilosort', format: 'KiloSort' };

/**
 * Loads a folder of KiloSort 1 to 4, or one curated in Phy, as one unit a cluster, by rising cluster id.
 *
 * A unit's `electrode` is `channel_map[row]` and its `location` (µm) `channel_positions[row]`, where `row` is the channel of its
 * largest template as Phy shows it; what the folder does not tell stays undefined. `neuronAttributes` also carry `label`,
 * `amplitude`, `contamination` and `depth` where tables have them. The report counts what labels left out.
 * Spikes before sample 0, which Kilosort 4 writes, are kept: the data then start before 0 ms.
 *
 * @throws OptionError, NotFoundError, FormatError (arrays that are no KiloSort output, a named table without rows), LimitError
 */
export async function loadSpikeDataFromKilosort(folder: Source, options: KilosortOptions): Promise<SpikeData> {
  options = knownOptions(options, optionNames, loader.name);
  const settings = checkOptions(options);
  return runLoader(loader, [folder], options, (context) => load(folder, settings, context));
}

function checkOptions(options: KilosortOptions): Settings {
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

async function load(source: Source, settings: Settings, context: SourceContext): Promise<SpikeData> {
  const { report } = context;
  const folder = await openFolder(source, context);
  await refuseUnfinished(folder);
  await refuseOnlineSpikes(folder);
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
    ...windowFromZero(trains, report, settings.lengthMs ?? undefined),
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
  context: SourceContext,
): Promise<CheckedTrains> {
  const { units, trainOf } = await trainsById(clusters.values, kept, context.signal);
  const scale = msScale(timeUnit, fsHz, 'timeUnit');
  const source = { path: folder.name, times: times.file, units: clusters.file };
  const request = { units, times: times.values, scale, count: kept.length, trainOf };
  const trains = await context.report.time('grouping', () => groupSpikes(context, source, request));
  const { first, last } = extentOf(trains) ?? { first: 0, last: 0 };
  if (first < 0 && trains.times.every((time) => time < 0)) {
    const message = `Spikes at or after sample 0 were expected in ${times.file}, found ${trains.times.length} that all lie before it`;
    throw new FormatError(message, { path: folder.name });
  }
  if (typeof lengthMs === 'number' && lengthMs < last) {
    throw new OptionError('lengthMs', `at least the time of the last spike (${last} ms)`, lengthMs);
  }
  return trains;
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
    source_folder: sourceName(folder.name),
    source_format: 'KiloSort',
    cluster_ids: [...kept],
    fs_Hz: fsHz,
  };
  if (labels.size) metadata.labels = kept.map((id) => labels.get(id) ?? null);
  return metadata;
}
