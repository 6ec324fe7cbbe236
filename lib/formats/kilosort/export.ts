/** Spike trains as the files of a KiloSort folder. */

import { join } from 'node:path';
import { integer, oneOf, positive } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import type { Finding, OnWarning } from '../../core/findings.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { s3OptionNames, type TimeUnit, timeUnits } from '../../core/options.js';
import { warn } from '../../core/report.js';
import { timesFromMs } from '../../core/units.js';
import { changeFolder } from '../../io/atomic-folder.js';
import { plainName } from '../../io/folder.js';
import type { S3Options } from '../../io/s3/client.js';
import { writeTo } from '../../io/s3/export.js';
import { isS3Url } from '../../io/s3/url.js';
import { localPath } from '../../io/source.js';
import { SpikeData } from '../../spike-data/spike-data.js';
import { spikeColumns } from '../../spike-data/spike-rows.js';
import { writeClusters, writeTimes } from './write-columns.js';
import { electrodeFiles } from './write-electrodes.js';

export interface KilosortExportOptions extends S3Options {
  /** Samples per second. */
  fsHz: number;
  spikeTimesFile?: string;
  spikeClustersFile?: string;
  /** What spike_times.npy holds: 'samples' (int64, the default), 's' or 'ms' (float64). */
  timeUnit?: TimeUnit;
  /** Cluster id of each unit. Default: 0 … N - 1. */
  clusterIds?: readonly number[];
  onWarning?: OnWarning;
  /** An array to which every warning is added. */
  findings?: Finding[];
  signal?: AbortSignal;
}

/** Loaders keep ids in 32 bits. */
const maxClusterId = 2 ** 32 - 1;

const optionNames: OptionNames<KilosortExportOptions> = {
  fsHz: true,
  spikeTimesFile: true,
  spikeClustersFile: true,
  timeUnit: true,
  clusterIds: true,
  onWarning: true,
  findings: true,
  signal: true,
  ...s3OptionNames,
};

/**
 * Writes spike_times.npy and spike_clusters.npy (unit after unit, int64), channel_map.npy where every unit has an electrode with
 * a number, and cluster_info.tsv (cluster_id, ch) where that alone would not lead back to the units. The folder is made where it
 * is missing; other files in it stay. Whenever the process is killed, the folder has all of the old files or all of the new ones.
 *
 * @returns the paths of the two spike files
 * @throws OptionError; SpikeLabError (`ERR_WRITE`) where the system refuses
 */
export async function exportSpikeDataToKilosort(
  sd: SpikeData,
  folder: string,
  options: KilosortExportOptions,
): Promise<{ spikeTimes: string; spikeClusters: string }> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  const { timesFile, clustersFile, unit, ids, fsHz, onWarning, signal } = checkOptions(
    sd,
    knownOptions(options, optionNames, 'exportSpikeDataToKilosort'),
  );
  const isUrl = isS3Url(folder);
  const path = isUrl ? String(folder).replace(/\/+$/, '') : localPath(folder, 'folder');
  signal?.throwIfAborted();
  requireLoadable(sd, unit, fsHz);
  warnAbout(sd, ids, onWarning);
  const write = async (target: string) => {
    const { files, obsolete } = await electrodeFiles(sd, ids, target, onWarning);
    const all = new Map([
      [timesFile, (file: string) => writeTimes(file, sd.train, unit, fsHz, signal)],
      [clustersFile, (file: string) => writeClusters(file, sd.train, ids, signal)],
      ...files,
    ]);
    await changeFolder(target, { files: all, obsolete, signal });
  };
  await writeTo(path, options, write, 'folder');
  const place = (name: string) => (isUrl ? `${path}/${name}` : join(path, name));
  return { spikeTimes: place(timesFile), spikeClusters: place(clustersFile) };
}

function checkOptions(sd: SpikeData, options: KilosortExportOptions) {
  const fsHz = positive(options.fsHz, 'fsHz');
  const timesFile = plainName(options.spikeTimesFile ?? 'spike_times.npy', 'spikeTimesFile');
  const clustersFile = plainName(options.spikeClustersFile ?? 'spike_clusters.npy', 'spikeClustersFile');
  const names = new Set([timesFile, clustersFile, 'channel_map.npy', 'cluster_info.tsv']);
  if (names.size < 4) throw new OptionError('spikeClustersFile', 'a name that no other file has', clustersFile);
  const unit = oneOf(options.timeUnit ?? 'samples', 'timeUnit', timeUnits);
  const ids = options.clusterIds ?? Array.from({ length: sd.N }, (_, u) => u);
  if (typeof ids !== 'object' || ids.length !== sd.N) {
    throw new OptionError('clusterIds', `an array with one id a unit (${sd.N})`, options.clusterIds);
  }
  ids.forEach((id, u) => {
    integer(id, `clusterIds[${u}]`, 0, maxClusterId);
  });
  const signal = options.signal ?? undefined;
  if (signal && !(signal instanceof AbortSignal)) throw new OptionError('signal', 'an AbortSignal', signal);
  return { fsHz, timesFile, clustersFile, unit, ids, onWarning: options.onWarning, signal };
}

/** Of files whose spikes all lie before sample 0 the loader says that they are none. */
function requireLoadable({ train }: SpikeData, unit: TimeUnit, fsHz: number): void {
  const lasts = train.filter(({ length }) => length > 0).map((times) => times[times.length - 1]);
  if (!lasts.length || timesFromMs(lasts, unit, fsHz).some((time) => time >= 0)) return;
  const expected = 'SpikeData with a spike at or after 0 ms, where KiloSort files count from';
  throw new OptionError(
    'sd',
    expected,
    lasts.reduce((a, b) => Math.max(a, b)),
  );
}

function warnAbout(sd: SpikeData, ids: readonly number[], onWarning?: OnWarning): void {
  const tell = (code: string, message: string) => warn({ code, severity: 'warning', message }, onWarning);
  if (sd.startTime !== 0) {
    const message = `KiloSort files have no start time: spikes are written as they are, from ${sd.startTime} ms, and loaded again the data start at 0, or before their first spike`;
    tell('start-time-lost', message);
  }
  const values = spikeColumns(sd);
  if (values.length) {
    const message = `KiloSort files have no place for attributes of each spike (${values.join(', ')}): they are not written`;
    tell('attributes-not-written', message);
  }
  const empty = sd.train.filter(({ length }) => length === 0).length;
  if (empty) {
    tell(
      'empty-units-lost',
      `KiloSort files list spikes: ${empty} units without any will be missing when they are loaded`,
    );
  }
  if (new Set(ids).size < ids.length)
    tell('cluster-ids-repeated', 'clusterIds holds an id twice: those units become one');
}
