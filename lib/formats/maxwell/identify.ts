/** MaxWell .raw.h5: each recording of each well, its traces and the spikes that the chip detected. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import {
  call,
  command,
  type Draft,
  gapsIn,
  linesFor,
  note,
  type Part,
  recordingLines,
  span,
} from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { type MaxwellLayout, mappingByChannel, maxwellLayouts } from './layout.js';
import { vendorFilter } from './recording.js';

export async function identifyMaxwell(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (!file) return null;
  const names = (await file.list('/')).map(({ name }) => name);
  const old = names.includes('sig') && names.includes('mapping');
  if (!names.includes('version') || !(old || names.includes('data_store'))) return null;
  const layouts = await maxwellLayouts(file);
  const parts: Part[] = [];
  for (const layout of layouts) parts.push(await partOf(file, layout, layouts.length > 1));
  const spikes = parts.filter((part) => part.spikes !== undefined);
  const traces = parts.filter((part) => part.channels !== undefined);
  const gaps = gapsIn(traces);
  const locked = await isLocked(file, layouts);
  const open = locked && !process.env.HDF5_PLUGIN_PATH ? [] : traces;
  const [version, software] = [await one(file, '/version'), await one(file, '/mxw_version')];
  return {
    format: 'maxwell',
    what: traces.length ? (spikes.length ? 'both' : 'recording') : 'sorting',
    readable: spikes.length + open.length > 0,
    details: {
      ...(version ? { version } : {}),
      ...(software ? { software: `MaxLab ${software}` } : {}),
      wells: new Set(layouts.map(({ well }) => well)).size,
    },
    parts,
    ...lines(look.path, spikes, open, gaps.options),
    findings: [
      ...gaps.findings,
      ...(locked
        ? [note('needs-plug-in', `The traces are compressed with MaxWell's own HDF5 filter ${vendorFilter}`)]
        : []),
    ],
    advice: locked
      ? "For the traces, put MaxWell's plug-in (libcompression, from share.mxwbio.com) into a folder and set HDF5_PLUGIN_PATH to it"
      : null,
  };
}

function lines(path: string, spikes: Part[], open: Part[], passing: Record<string, unknown>) {
  const recording = recordingLines(path, open, passing);
  return {
    code: [...linesFor(spikes, ({ options }) => call('loadSpikeDataFromMaxwell', path, options)), ...recording.code],
    shell: [
      ...linesFor(spikes, ({ options }) => command('info', path, { from: 'maxwell', ...options })),
      ...recording.shell,
    ],
  };
}

async function partOf(file: Hdf5File, layout: MaxwellLayout, several: boolean): Promise<Part> {
  const { name, raw, channels, spikes, fsHz, frameNumbers } = layout;
  const shape = raw ? ((await file.describeDataset(raw)).shape ?? []) : [];
  const routed = channels ? (await file.describeDataset(channels)).size : await mappedRows(file, layout);
  const samples = raw ? shape[1] : undefined;
  return {
    name,
    options: several ? { dataset: name } : {},
    ...(raw && routed ? { channels: routed, samples } : {}),
    fsHz,
    ...span(frameNumbers ? await framesOf(file, frameNumbers) : samples, fsHz),
    ...(spikes ? { spikes: (await file.describeDataset(spikes)).size } : {}),
  };
}

/** In files of 2016 rows are channel numbers, and those without an electrode are left out. */
async function mappedRows(file: Hdf5File, { mapping }: MaxwellLayout): Promise<number> {
  return (await mappingByChannel(file, mapping, { info() {}, warning() {} })).size;
}

/** Frames between the first and the last number: more than there are where some are missing. */
async function framesOf(file: Hdf5File, path: string): Promise<number | undefined> {
  const { size } = await file.describeDataset(path);
  if (size < 1) return undefined;
  const at = async (i: number) => (await file.read(path, { start: [i], count: [1], as: 'float64' })).data[0];
  return (await at(size - 1)) - (await at(0)) + 1;
}

async function isLocked(file: Hdf5File, layouts: MaxwellLayout[]): Promise<boolean> {
  for (const { raw } of layouts) {
    if (raw && (await file.describeDataset(raw)).filters.some(({ id }) => id === vendorFilter)) return true;
  }
  return false;
}

const one = (file: Hdf5File, path: string) => file.readString(path).catch(() => '');
