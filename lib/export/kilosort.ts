/** Spike trains as the files of a KiloSort folder. */
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NumericArray } from '../arrays.js';
import { OptionError, SpikeLabError } from '../errors.js';
import { saveNpy } from '../format/npy-write.js';
import { integer, oneOf, positive, type TimeUnit, timeUnits } from '../options.js';
import { plainName } from '../remote/folder.js';
import { localPath } from '../remote/source.js';
import { checkOnWarning, type OnWarning, warn } from '../report.js';
import { SpikeData } from '../spike-data.js';
import { timesFromMs } from '../units.js';
import { writeAtomically } from './atomic.js';

export interface KilosortExportOptions {
  /** Samples per second. */
  fsHz: number;
  spikeTimesFile?: string;
  spikeClustersFile?: string;
  /** What spike_times.npy holds: 'samples' (int64, the default), 's' or 'ms' (float64). */
  timeUnit?: TimeUnit;
  /** Cluster id of each unit. Default: 0 … N - 1. */
  clusterIds?: readonly number[];
  onWarning?: OnWarning;
}

/**
 * Writes spike_times.npy and spike_clusters.npy (unit after unit, int64), and channel_map.npy where every unit has an electrode with a
 * number. The folder is made where it is missing. Either all files are replaced or none is.
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
  const { timesFile, clustersFile, unit, ids, fsHz, onWarning } = checkOptions(sd, options);
  const path = localPath(folder, 'folder');
  warnAbout(sd, ids, onWarning);
  const { idcesTimes, electrodes } = { idcesTimes: sd.idcesTimes(), electrodes: electrodesOf(sd, onWarning) };
  const times = timesFromMs(idcesTimes.times, unit, fsHz);
  const clusters = Float64Array.from(idcesTimes.idces, (unitIndex) => ids[unitIndex]);
  const files: [string, NumericArray][] = [
    [join(path, timesFile), unit === 'samples' ? toInt64(times) : times],
    [join(path, clustersFile), toInt64(clusters)],
  ];
  const map = join(path, 'channel_map.npy');
  if (!electrodes && (await stat(map).catch(() => undefined))) {
    const message = `${map} is from before and was left as it is: it may not belong to the units that were written`;
    warn({ code: 'old-channel-map', severity: 'warning', message }, onWarning);
  }
  if (electrodes) files.push([map, toInt64(electrodes)]);
  await inFolder(path, () => writeAll(files));
  return { spikeTimes: files[0][0], spikeClusters: files[1][0] };
}

function checkOptions(sd: SpikeData, options: KilosortExportOptions) {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object with fsHz', options);
  const fsHz = positive(options.fsHz, 'fsHz');
  const timesFile = plainName(options.spikeTimesFile ?? 'spike_times.npy', 'spikeTimesFile');
  const clustersFile = plainName(options.spikeClustersFile ?? 'spike_clusters.npy', 'spikeClustersFile');
  const names = new Set([timesFile, clustersFile, 'channel_map.npy']);
  if (names.size < 3) throw new OptionError('spikeClustersFile', 'a name that no other file has', clustersFile);
  const unit = oneOf(options.timeUnit ?? 'samples', 'timeUnit', timeUnits);
  const ids = options.clusterIds ?? Array.from({ length: sd.N }, (_, u) => u);
  if (typeof ids !== 'object' || ids.length !== sd.N) {
    throw new OptionError('clusterIds', `an array with one id a unit (${sd.N})`, options.clusterIds);
  }
  ids.forEach((id, u) => {
    integer(id, `clusterIds[${u}]`);
  });
  return { fsHz, timesFile, clustersFile, unit, ids, onWarning: checkOnWarning(options.onWarning) };
}

function warnAbout(sd: SpikeData, ids: readonly number[], onWarning?: OnWarning): void {
  const tell = (code: string, message: string) => warn({ code, severity: 'warning', message }, onWarning);
  if (sd.startTime !== 0) {
    const message = `KiloSort files have no start time: spikes are written as they are, from ${sd.startTime} ms, and load again as if from 0`;
    tell('start-time-lost', message);
  }
  if (new Set(ids).size < ids.length)
    tell('cluster-ids-repeated', 'clusterIds holds an id twice: those units become one');
}

/** Electrode numbers of all units, or nothing where a unit has none: channel_map.npy has no way to say so. */
function electrodesOf({ neuronAttributes }: SpikeData, onWarning?: OnWarning): Float64Array | undefined {
  const electrodes = neuronAttributes?.map(({ electrode }) => electrode) ?? [];
  if (electrodes.every((electrode) => electrode === undefined || electrode === null)) return undefined;
  if (electrodes.every((electrode) => Number.isSafeInteger(electrode)))
    return Float64Array.from(electrodes as number[]);
  const message = 'channel_map.npy was not written: it needs an electrode with a whole number for every unit';
  warn({ code: 'electrodes-incomplete', severity: 'warning', message }, onWarning);
  return undefined;
}

/** Whole float64 numbers as int64, in two halves: a BigInt each would take longer than everything else. */
function toInt64(values: Float64Array): BigInt64Array {
  const out = new BigInt64Array(values.length);
  const halves = new Int32Array(out.buffer);
  values.forEach((value, i) => {
    if (!Number.isSafeInteger(value)) throw new OptionError('sd', 'made of sample numbers below 2^53', value);
    halves[2 * i] = value;
    halves[2 * i + 1] = Math.floor(value / 2 ** 32);
  });
  return out;
}

/** All files are complete beside their targets before the first takes its place. */
function writeAll([[path, data], ...others]: [string, NumericArray][]): Promise<void> {
  return writeAtomically(path, async (temporary) => {
    await saveNpy(temporary, data);
    if (others.length) await writeAll(others);
  });
}

/** Makes the folder where it is missing, and takes it away again where the writing fails. */
async function inFolder(path: string, write: () => Promise<void>): Promise<void> {
  const made = await mkdir(path, { recursive: true }).catch(async (cause: NodeJS.ErrnoException) => {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isDirectory()) throw new OptionError('folder', 'the path of a folder', path);
    throw new SpikeLabError('ERR_WRITE', `The folder ${path} could not be made (${cause.code})`, { cause });
  });
  try {
    await write();
  } catch (error) {
    if (made) await rmdir(path).catch(() => {});
    throw error;
  }
}
