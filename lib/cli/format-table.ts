/** The formats that commands read and write, one entry each. */
import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import {
  exportSpikeDataToHdf5,
  exportSpikeDataToKilosort,
  exportSpikeDataToNwb,
  exportSpikeDataToPickle,
  type Hdf5ExportOptions,
  type Hdf5Options,
  type KilosortExportOptions,
  type KilosortOptions,
  loadSpikeDataFromHdf5,
  loadSpikeDataFromKilosort,
  loadSpikeDataFromMaxwell,
  loadSpikeDataFromNwb,
  loadSpikeDataFromPickle,
  loadSpikeDataFromSpikeInterface,
  loadSpikeDataFromSpikeLabSortedNpz,
  type MaxwellOptions,
  type NwbExportOptions,
  type NwbOptions,
  type PickleExportOptions,
  type SpikeInterfaceOptions,
} from '../index.js';
import type { LoadOptions } from '../options.js';
import type { SourceFormat, TargetFormat } from './formats.js';

const endsIn =
  (...extensions: string[]) =>
  (path: string) =>
    extensions.includes(extname(path).toLowerCase());
const folderWith =
  (...files: string[]) =>
  (path: string) =>
    files.some((file) => existsSync(join(path, file)));
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** What watches over every load. */
type Common = keyof LoadOptions;
type KeysOf<T> = T extends unknown ? Exclude<keyof T, Common> : never;

export const sourceFormats: readonly SourceFormat[] = [
  {
    name: 'nwb',
    what: 'the Units table of an NWB 2 file',
    recognises: endsIn('.nwb'),
    load: loadSpikeDataFromNwb,
    options: [
      'unitsPath',
      'unitIds',
      'windowMs',
      'columns',
      'lengthMs',
      'startTimeMs',
      'allowNoUnits',
    ] satisfies KeysOf<NwbOptions>[],
  },
  {
    name: 'maxwell',
    what: 'the spikes that a MaxWell chip detected itself',
    recognises: (path) => path.toLowerCase().endsWith('.raw.h5'),
    load: loadSpikeDataFromMaxwell,
    options: ['dataset'] satisfies KeysOf<MaxwellOptions>[],
  },
  {
    name: 'hdf5',
    what: 'an HDF5 file of ragged arrays, a raster, a group with a dataset a unit, or pairs: name its datasets',
    rate: 'fsHz',
    recognises: endsIn('.h5', '.hdf5'),
    load: loadSpikeDataFromHdf5,
    options: [
      'spikeTimesDataset',
      'spikeTimesIndexDataset',
      'spikeTimesUnit',
      'spikeTimesIndex',
      'rasterDataset',
      'rasterBinSizeMs',
      'groupPerUnit',
      'groupTimeUnit',
      'idcesDataset',
      'timesDataset',
      'timesUnit',
      'lengthMs',
    ] satisfies KeysOf<Hdf5Options>[],
  },
  {
    name: 'kilosort',
    what: 'a KiloSort or Phy folder (needs --fs)',
    rate: 'fsHz',
    recognises: folderWith('spike_times.npy'),
    load: loadSpikeDataFromKilosort,
    options: [
      'clusterInfoTsv',
      'keepLabels',
      'includeNoise',
      'timeUnit',
      'lengthMs',
      'spikeTimesFile',
      'spikeClustersFile',
      'channelMapFile',
      'channelPositionsFile',
    ] satisfies KeysOf<KilosortOptions>[],
  },
  {
    name: 'pickle',
    what: "a pickled SpikeData of Python's SpikeLab, read as data and never executed",
    recognises: endsIn('.pkl', '.pickle'),
    load: loadSpikeDataFromPickle,
    options: [],
  },
  {
    name: 'spikelab-npz',
    what: "an .npz of SpikeLab's spike sorting",
    recognises: endsIn('.npz'),
    load: loadSpikeDataFromSpikeLabSortedNpz,
    options: ['lengthMs'] satisfies KeysOf<NonNullable<Parameters<typeof loadSpikeDataFromSpikeLabSortedNpz>[1]>>[],
  },
  {
    name: 'spikeinterface',
    what: 'a sorting that SpikeInterface saved',
    rate: 'samplingFrequency',
    recognises: folderWith(
      'spikeinterface_info.json',
      'numpysorting_info.json',
      'sorting_cached.npz',
      'si_folder.json',
    ),
    load: loadSpikeDataFromSpikeInterface,
    options: ['unitIds', 'segmentIndex'] satisfies KeysOf<SpikeInterfaceOptions>[],
  },
];

export const targetFormats: readonly TargetFormat[] = [
  {
    name: 'nwb',
    what: 'an NWB 2 file with a Units table',
    recognises: endsIn('.nwb'),
    save: exportSpikeDataToNwb,
    options: ['spikeTimesDataset', 'spikeTimesIndexDataset', 'group'] satisfies KeysOf<NwbExportOptions>[],
  },
  {
    name: 'hdf5',
    what: 'an HDF5 file: style ragged (default), raster, group or paired',
    rate: 'fsHz',
    recognises: endsIn('.h5', '.hdf5'),
    save: exportSpikeDataToHdf5,
    options: [
      'style',
      'spikeTimesDataset',
      'spikeTimesIndexDataset',
      'spikeTimesUnit',
      'rasterDataset',
      'rasterBinSizeMs',
      'groupPerUnit',
      'groupTimeUnit',
      'idcesDataset',
      'timesDataset',
      'timesUnit',
      'rawDataset',
      'rawTimeDataset',
      'rawTimeUnit',
    ] satisfies KeysOf<Hdf5ExportOptions>[],
  },
  {
    name: 'pickle',
    what: "a pickle that Python's SpikeLab loads",
    recognises: endsIn('.pkl', '.pickle'),
    save: exportSpikeDataToPickle,
    options: ['protocol'] satisfies KeysOf<PickleExportOptions>[],
  },
  {
    name: 'kilosort',
    what: 'a folder with spike_times.npy and spike_clusters.npy (needs --fs)',
    rate: 'fsHz',
    recognises: (path) => extname(path) === '' || isFolder(path),
    save: exportSpikeDataToKilosort,
    options: [
      'timeUnit',
      'clusterIds',
      'spikeTimesFile',
      'spikeClustersFile',
    ] satisfies KeysOf<KilosortExportOptions>[],
  },
];
