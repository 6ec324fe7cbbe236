/** What is damaged and how it is then read: fixtures of every format. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Hdf5Options,
  type LoadOptions,
  loadSpikeDataFromBlackrock,
  loadSpikeDataFromCellExplorer,
  loadSpikeDataFromCsv,
  loadSpikeDataFromHdf5,
  loadSpikeDataFromHdf5RawThresholded,
  loadSpikeDataFromKilosort,
  loadSpikeDataFromKlusta,
  loadSpikeDataFromMaxwell,
  loadSpikeDataFromMda,
  loadSpikeDataFromNeo,
  loadSpikeDataFromNeuralynx,
  loadSpikeDataFromNeuroscope,
  loadSpikeDataFromNwb,
  loadSpikeDataFromPickle,
  loadSpikeDataFromPlexon,
  loadSpikeDataFromSpikeInterface,
  loadSpikeDataFromSpikeLabSortedNpz,
  loadSpikeDataFromSpykingCircus,
  loadSpikeDataFromTridesclous,
  type OpenRecordingOptions,
  openRecording,
  type Recording,
  type SpikeData,
} from 'spikelab';
import { walkParquet, writeTables } from './tables.js';
import { type Walked, walkHdf5 } from './walk.js';

export interface Target {
  /** As the formats' table names it. */
  readonly format: string;
  readonly name: string;
  /** Path of the fixture, a file or a folder. */
  readonly fixture: string;
  load(path: string, options: LoadOptions): Promise<SpikeData | Recording | Walked>;
}

/** Formats of the table that are no target, and why not. */
export const withoutTarget: Readonly<Record<string, string>> = {
  dandi:
    'its assets are NWB files, one of which is a target of nwb; the answers of its API are JSON, damaged in test/formats/nwb/dandi',
};

/** So that recordings with pauses open. */
const gaps = { gapToleranceMs: 1e6 };
const filters = ['fletcher', 'gzip', 'lzf', 'scaleoffset', 'shuffle_gzip'];

const verbs = new Map([
  [openRecording.name, 'open'],
  [walkHdf5.name, 'walk'],
]);

type Load<Options> = (path: string, options: Options & LoadOptions) => Promise<SpikeData | Recording | Walked>;

/** The targets of fixtures below `root`. */
export function targetsOf(root: string): Target[] {
  const of = <Options>(format: string, load: Load<Options>, fixtures: readonly string[], options?: Options): Target[] =>
    fixtures.map((path) => ({
      format,
      name: [format, `${verbs.get(load.name) ?? 'load'}-${path.replaceAll('/', '-')}`, ...datasetOf(options)].join('/'),
      fixture: join(root, path),
      load: (at, common) => load(at, { ...(options as Options), ...common }),
    }));
  const recordings = (format: OpenRecordingOptions['format'] & string, fixtures: readonly string[], options = {}) =>
    of<OpenRecordingOptions>(format, openRecording, fixtures, { format, ...options });
  /** Fixtures of a folder by the end of their names; those that are refused even undamaged are of no use here. */
  const ending = (folder: string, end: string, refused = /^$/) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(end) && !refused.test(name))
      .map((name) => `${folder}/${name}`);

  return [
    ...hdf5Styles(root),
    ...of(
      'hdf5',
      walkHdf5,
      ['hdf5_seeds', 'hdf5_attributes', 'hdf5_read'].flatMap((folder) => ending(folder, '.h5', /broken|hostile/)),
    ),
    ...of('hdf5', loadSpikeDataFromHdf5, ['hdf5_read/chunk_indexes.h5'], {
      ...{ idcesDataset: 'extensible', timesDataset: 'extensible_gzip' },
    }),
    ...['fixed_gzip', 'extensible_second', 'tree', 'tree_gzip'].flatMap((dataset) =>
      recordings('hdf5', ['hdf5_read/chunk_indexes.h5'], { dataset: `/${dataset}`, fsHz: 1000 }),
    ),
    ...['chunks/growing', 'chunks/missing', ...filters.map((filter) => `filters/${filter}`)].flatMap((dataset) =>
      recordings('hdf5', ['hdf5_read/numbers_latest.h5', 'hdf5_read/numbers_earliest.h5'], {
        ...{ dataset: `/${dataset}`, fsHz: 1000 },
      }),
    ),
    ...of('hdf5', rawThresholded, ['hdf5_raw/traces.h5'], { fsHz: 20_000 }),
    ...recordings('hdf5', ['recordings/datasets.h5'], { dataset: '/raw/time_channels', fsHz: 1000 }),
    ...recordings('hdf5', ['rigs/dated.h5'], { fsHz: 1000 }),
    ...of('csv', loadSpikeDataFromCsv, ['csv/samples.csv'], { fsHz: 30_000 }),
    ...of('csv', loadSpikeDataFromCsv, ['csv/semicolons.csv']),
    // the .npy files of its sessions are read as those of npy and kilosort
    ...writeTables(join(root, '../build/fuzz-fixtures')).map((fixture) => ({
      ...{ format: 'ibl', name: `ibl/walk-${basename(fixture)}`, fixture, load: walkParquet },
    })),
    ...of(
      'nwb',
      loadSpikeDataFromNwb,
      [...ending('nwb', '.nwb', /counts|version_1/), 'nwb/zarr.nwb.zarr', 'dandi/units.nwb'],
      {
        allowNoUnits: true,
      },
    ),
    ...recordings(
      'nwb',
      ['recordings/series.nwb', 'recordings/series.nwb.zarr', 'recordings/matlab.nwb', ...ending('rigs', '.nwb')],
      gaps,
    ),
    ...of(
      'kilosort',
      loadSpikeDataFromKilosort,
      ['curated', 'places', 'sparse'].map((name) => `kilosort/${name}`),
      { fsHz: 32_000 },
    ),
    ...of('kilosort', loadSpikeDataFromKilosort, ['kilosort/features'], {
      ...{ fsHz: 32_000, clusterInfoTsv: 'cluster_info.tsv' },
    }),
    ...of('pickle', loadSpikeDataFromPickle, ending('pickle', '.pkl', /rate/)),
    ...of('neo', loadSpikeDataFromNeo, [...ending('neo', '.pkl'), ...ending('neo', '.nix')]),
    ...of(
      'spikelab-npz',
      loadSpikeDataFromSpikeLabSortedNpz,
      ending('npz', '.npz', /bad_rate|long|no_fs|numbers|twice|two_names|wrong/),
    ),
    ...of(
      'spikeinterface',
      loadSpikeDataFromSpikeInterface,
      ['analyzer.zarr', 'analyzer_folder', 'npz_folder', 'numpy_folder', 'sorting.npz', 'sorting.zarr'].map(
        (name) => `spikeinterface/${name}`,
      ),
      { segmentIndex: 0 },
    ),
    ...recordings(
      'spikeinterface',
      ['si.zarr', 'si_binary', 'si_binary_axis1'].map((name) => `recordings/${name}`),
    ),
    ...recordings('spikeinterface', ['rigs/si_starts']),
    ...of('maxwell', loadSpikeDataFromMaxwell, ['recordings/maxwell_new.raw.h5']),
    ...recordings('maxwell', [...ending('recordings', '.raw.h5'), ...ending('rigs', '.raw.h5')], gaps),
    ...recordings('mcs', ['recordings/mcs.h5', 'rigs/mcs_pauses.h5', 'rigs/mcs_rows_from_one.h5'], gaps),
    ...recordings('npy', ending('recordings', '.npy'), { fsHz: 1000 }),
    ...recordings(
      'npy',
      ending('npy', '.npy', /bytes|complex|datetime|empty|fortran_3d|long|object|scalar|structured|text/),
      { fsHz: 1000 },
    ),
    ...recordings('openephys', ['recordings/openephys_04', 'recordings/openephys_06', 'rigs/openephys_gap'], gaps),
    ...recordings(
      'spikeglx',
      ['spikeglx_np1', 'spikeglx_np2', 'spikeglx_nidq'].map((name) => `recordings/${name}`),
    ),
    ...recordings('intan', ['traces.rhd', 'gaps.rhd', 'stim.rhs', 'signals', 'channels'].map(within('intan')), gaps),
    ...recordings('edf', ['traces.edf', 'rates.edf', 'pauses.bdf', 'plus.edf'].map(within('edf')), gaps),
    ...recordings('neuroscope', ['session', 'other'].map(within('neuroscope'))),
    ...of('neuroscope', loadSpikeDataFromNeuroscope, ['neuroscope/session'], { fsHz: 25_000 }),
    ...recordings(
      'blackrock',
      ['traces.ns6', 'pause.ns4', 'ptp.ns6', 'wide.ns5', 'old.ns2'].map(within('blackrock')),
      gaps,
    ),
    ...of('blackrock', loadSpikeDataFromBlackrock, ['spikes.nev', 'reset.nev'].map(within('blackrock')), {
      segmentIndex: 0,
    }),
    ...recordings('neuralynx', ['traces', 'session', 'pause.ncs', 'old.Ncs'].map(within('neuralynx')), gaps),
    ...of('neuralynx', loadSpikeDataFromNeuralynx, ['neuralynx/session']),
    ...recordings('plexon', ['traces.plx', 'rates.plx', 'pause.plx'].map(within('plexon')), gaps),
    ...of('plexon', loadSpikeDataFromPlexon, ['plexon/rates.plx']),
    ...recordings('spikegadgets', ['traces.rec', 'chips.rec', 'lost.rec'].map(within('spikegadgets')), gaps),
    ...recordings('tdt', ['traces', 'stores', 'separate'].map(within('tdt')), gaps),
    ...recordings('biocam', ['traces.brw', 'frames.brw', 'wells.brw', 'packed.brw'].map(within('biocam')), gaps),
    ...of('mda', loadSpikeDataFromMda, ['f4.mda', 'f8.mda', 'i4.mda'].map(within('mda')), { fsHz: 20_000 }),
    ...of('klusta', loadSpikeDataFromKlusta, ['klusta/sorted.kwik']),
    ...of('spykingcircus', loadSpikeDataFromSpykingCircus, ['spykingcircus/data'], { fsHz: 20_000 }),
    ...of('tridesclous', loadSpikeDataFromTridesclous, ['tridesclous/one', 'tridesclous/groups'], { segmentIndex: 0 }),
    ...of('cellexplorer', loadSpikeDataFromCellExplorer, ['plain', 'packed'].map(within('cellexplorer'))),
    ...recordings('binary', ['recordings/time_channels.dat'], { channels: 5, fsHz: 1000 }),
  ];
}

/** Paths of fixtures in their format's folder. */
const within = (folder: string) => (name: string) => `${folder}/${name}`;

const datasetOf = (options: unknown) => {
  const { dataset } = (options ?? {}) as { dataset?: string };
  return dataset ? [dataset.slice(1).replaceAll('/', '-')] : [];
};

const rawThresholded = (path: string, options: LoadOptions & { fsHz: number }) =>
  loadSpikeDataFromHdf5RawThresholded(path, 'stream/int16', { ...options, keepRaw: 'original' });

/** Each file of the HDF5 cases in each style in which the tests load it. */
function hdf5Styles(root: string): Target[] {
  const cases = JSON.parse(readFileSync(join(root, 'hdf5/cases.json'), 'utf8')) as Record<
    string,
    { file: string; options: Hdf5Options }
  >;
  return Object.entries(cases)
    .filter(
      ([name]) => !/bad|missing|alone|lone/.test(name) && !name.startsWith('span') && !name.startsWith('number-types'),
    )
    .map(([name, { file, options }]) => ({
      format: 'hdf5',
      name: `hdf5/${name}`,
      fixture: join(root, 'hdf5', file),
      load: (path, common) => loadSpikeDataFromHdf5(path, { ...options, ...common }),
    }));
}
