/** The exporters, and data that tell which export wrote a file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  exportSpikeDataToHdf5,
  exportSpikeDataToKilosort,
  exportSpikeDataToNwb,
  exportSpikeDataToPickle,
  loadSpikeDataFromHdf5,
  loadSpikeDataFromKilosort,
  loadSpikeDataFromNwb,
  loadSpikeDataFromPickle,
  SpikeData,
} from 'spikelab';

export interface Exporter {
  readonly name: string;
  /** Of the file or folder in the folder that is looked at. */
  readonly target: string;
  save(sd: SpikeData, path: string): Promise<unknown>;
  load(path: string): Promise<SpikeData>;
  /** In place of `load`, where it knows better. */
  version?(path: string): Promise<number>;
}

const onWarning = () => {};
const fsHz = 1000;
const ragged = { spikeTimesDataset: 'times', spikeTimesIndexDataset: 'index' };

export const exporters: readonly Exporter[] = [
  {
    ...{ name: 'hdf5', target: 'out.h5' },
    save: (sd, path) => exportSpikeDataToHdf5(sd, path, { style: 'ragged', ...ragged }),
    load: (path) => loadSpikeDataFromHdf5(path, { ...ragged, onWarning }),
  },
  {
    ...{ name: 'nwb', target: 'out.nwb' },
    save: (sd, path) => exportSpikeDataToNwb(sd, path),
    load: (path) => loadSpikeDataFromNwb(path, { onWarning }),
  },
  {
    ...{ name: 'kilosort', target: 'phy' },
    save: (sd, path) => exportSpikeDataToKilosort(sd, path, { fsHz, onWarning }),
    load: (path) => loadSpikeDataFromKilosort(path, { fsHz, onWarning }),
  },
  {
    ...{ name: 'pickle', target: 'out.pkl' },
    save: (sd, path) => exportSpikeDataToPickle(sd, path),
    load: (path) => loadSpikeDataFromPickle(path, { onWarning }),
  },
];

const [units, spikes] = [20, 10_000];

/** Whole numbers of ms, which formats that store seconds keep to 1e-9 ms: `version` shifts all of them. */
const timeOf = (version: number, unit: number, i: number) => 7 * i + unit + 1_000_000 * version;

/** Electrodes are numbers, so that KiloSort's folders have tables of channels as well. */
export const dataOf = (version: number): SpikeData =>
  new SpikeData(
    Array.from({ length: units }, (_, unit) =>
      Float64Array.from({ length: spikes }, (_, i) => timeOf(version, unit, i)),
    ),
    { neuronAttributes: Array.from({ length: units }, (_, unit) => ({ electrode: version * 100 + unit })) },
  );

/** Which version a file holds, every spike of it. @throws Error where it is none, or parts of two */
export async function versionOf(exporter: Exporter, folder: string): Promise<number> {
  if (exporter.version) return exporter.version(join(folder, exporter.target));
  const { train, electrodes } = await exporter.load(join(folder, exporter.target));
  const version = Math.floor(train[0][0] / 1_000_000);
  const whole =
    train.length === units &&
    train.every(
      (times, unit) =>
        times.length === spikes && times.every((time, i) => Math.abs(time - timeOf(version, unit, i)) < 1e-6),
    ) &&
    (electrodes ?? []).every((electrode, unit) => electrode === version * 100 + unit);
  if (!whole) throw new Error(`${exporter.target} holds ${train.length} units of no one version`);
  return version;
}

/** What lies beside the target, and in it what no export makes. */
export function strangers({ target }: Exporter, folder: string): string[] {
  const known = [
    target,
    ...['spike_times.npy', 'spike_clusters.npy', 'channel_map.npy', 'cluster_info.tsv'].map((name) =>
      join(target, name),
    ),
  ];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !known.includes(name));
}
