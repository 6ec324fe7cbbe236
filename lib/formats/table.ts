/**
 * The table of formats, one row each. The command line, `openRecording`, isolated reading, the README's table and the tests of
 * all formats read it; none of them has a list of its own.
 */

import type { RecordingFormat } from '../recordings/recording-format.js';
import { arrow } from './arrow/format.js';
import { binary } from './binary/format.js';
import { biocam } from './biocam/format.js';
import { blackrock } from './blackrock/format.js';
import { cellexplorer } from './cellexplorer/format.js';
import { csv } from './csv/format.js';
import { edf } from './edf/format.js';
import type { Exporter, Format, Loader } from './format.js';
import { hdf5 } from './hdf5/format.js';
import { ibl } from './ibl/format.js';
import { intan } from './intan/format.js';
import { kilosort } from './kilosort/format.js';
import { klusta } from './klusta/format.js';
import { maxwell } from './maxwell/format.js';
import { mcs } from './mcs/format.js';
import { mda } from './mda/format.js';
import { neo } from './neo/format.js';
import { neuralynx } from './neuralynx/format.js';
import { neuroscope } from './neuroscope/format.js';
import { npy } from './npy/format.js';
import { dandi } from './nwb/dandi/format.js';
import { nwb } from './nwb/format.js';
import { openephys } from './openephys/format.js';
import { parquet } from './parquet/format.js';
import { pickle } from './pickle/format.js';
import { plexon } from './plexon/format.js';
import { spikegadgets } from './spikegadgets/format.js';
import { spikeglx } from './spikeglx/format.js';
import { spikeinterface } from './spikeinterface/format.js';
import { spikelabNpz } from './spikelab-npz/format.js';
import { spykingcircus } from './spykingcircus/format.js';
import { tdt } from './tdt/format.js';
import { tridesclous } from './tridesclous/format.js';

/** In the order in which they are tried on what is not named: vendors' HDF5 before HDF5 as such, flat binary last. */
const rows = [
  maxwell,
  mcs,
  biocam,
  klusta,
  spykingcircus,
  cellexplorer,
  nwb,
  hdf5,
  npy,
  kilosort,
  spikeinterface,
  openephys,
  spikeglx,
  intan,
  edf,
  blackrock,
  neuralynx,
  plexon,
  spikegadgets,
  tdt,
  neuroscope,
  mda,
  tridesclous,
  pickle,
  spikelabNpz,
  neo,
  csv,
  parquet,
  arrow,
  ibl,
  dandi,
  binary,
] as const;

export const formats: readonly Format[] = rows;

type Row = (typeof rows)[number];
/** Names of the formats that `openRecording` opens. */
export type RecordingFormatName = Extract<Row, { recording: unknown }>['name'];

type With<K extends keyof Format> = Format & Required<Pick<Format, K>>;
const having = <K extends keyof Format>(key: K) => formats.filter((row): row is With<K> => row[key] !== undefined);

export const recordingFormats: readonly With<'recording'>[] = having('recording');
export const recordingFormatNames = recordingFormats.map(({ name }) => name) as RecordingFormatName[];

/** One way of a format with the format's name, as commands choose it. */
export type NamedLoader = Loader & { readonly name: string };
export type NamedExporter = Exporter & { readonly name: string };

/** All loaders; those of archives (IBL, DANDI) take ids instead of a path. */
export const loaders: readonly NamedLoader[] = having('load').map(({ name, load }) => ({ name, ...load }));
/** Loaders of files and folders. */
export const fileLoaders: readonly (NamedLoader & Required<Pick<Loader, 'recognises'>>)[] = loaders.filter(
  (loader): loader is NamedLoader & Required<Pick<Loader, 'recognises'>> => loader.recognises !== undefined,
);
export const exporters: readonly NamedExporter[] = having('save').map(({ name, save }) => ({ name, ...save }));

export function recordingFormat(name: RecordingFormatName): RecordingFormat {
  return recordingFormats.find((row) => row.name === name)?.recording as RecordingFormat;
}
