/** Where things lie in MaxWell files, and which row of the traces belongs to which electrode. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { ReportBuilder } from '../../core/report.js';

export interface MaxwellLayout {
  /** Path of the recording: '/data_store/data0000', or '/' in old files. */
  name: string;
  well: number;
  /** As the links of newer files call it: 'well003/rec0001'. */
  link?: string;
  raw?: string;
  frameNumbers?: string;
  /** Channel number of each row of raw; in old files rows are channel numbers. */
  channels?: string;
  mapping: string;
  spikes?: string;
  fsHz: number;
  uvPerStep: number;
}

/** Hz of the chip that wrote the layout of 2016, which does not say it. */
const oldRate = 20_000;

/** All recordings of a file: several wells, several recordings each. */
export async function maxwellLayouts(file: Hdf5File): Promise<MaxwellLayout[]> {
  if (await file.has('/sig')) return [await oldLayout(file)];
  if (!(await file.has('/data_store'))) return [];
  // /wells and /recordings are links to the same groups
  const groups = (await file.list('/data_store')).filter(
    ({ kind, name }) => kind === 'group' && /^data\d+$/.test(name),
  );
  return allOrFirstFault(groups.map(({ name }) => newLayout(file, `/data_store/${name}`)));
}

async function oldLayout(file: Hdf5File): Promise<MaxwellLayout> {
  const layout = { name: '/', well: 0, raw: '/sig', mapping: '/mapping', fsHz: oldRate };
  return { ...layout, uvPerStep: await stepSize(file, '/settings') };
}

async function newLayout(file: Hdf5File, name: string): Promise<MaxwellLayout> {
  const routed = `${name}/groups/routed`;
  const fsHz = await only(file, `${name}/settings/sampling`);
  if (!(fsHz !== undefined && fsHz > 0)) {
    throw new FormatError(`${name}/settings/sampling of ${file.path} must hold a positive rate, found ${fsHz}`, {
      path: file.path,
    });
  }
  const well = (await only(file, `${name}/well_id`)) ?? 0;
  const recording = (await only(file, `${name}/recording_id`)) ?? 0;
  return {
    name,
    well,
    link: `well${String(well).padStart(3, '0')}/rec${String(recording).padStart(4, '0')}`,
    raw: await present(file, `${routed}/raw`),
    frameNumbers: await present(file, `${routed}/frame_nos`),
    channels: await present(file, `${routed}/channels`),
    mapping: `${name}/settings/mapping`,
    spikes: await present(file, `${name}/spikes`),
    fsHz,
    uvPerStep: await stepSize(file, `${name}/settings`),
  };
}

async function present(file: Hdf5File, path: string): Promise<string | undefined> {
  return (await file.has(path)) ? path : undefined;
}

async function only(file: Hdf5File, path: string): Promise<number | undefined> {
  return (await file.has(path)) ? (await file.read(path, { as: 'float64' })).data[0] : undefined;
}

/** µV of one step: lsb is in V; files without it have a range of 3.3 V in 1024 steps, divided by the gain. */
async function stepSize(file: Hdf5File, settings: string): Promise<number> {
  const lsb = await only(file, `${settings}/lsb`);
  const gain = (await only(file, `${settings}/gain`)) || 512;
  return (lsb || 3.3 / (1024 * gain)) * 1e6;
}

export interface MaxwellMapping {
  /** Rows of the traces that are electrodes. */
  rows: number[];
  channels: number[];
  /** NaN for a channel that no electrode is routed to, and so its place. */
  electrodes: number[];
  places: number[][];
}

type Report = Pick<ReportBuilder, 'info' | 'warning'>;
export type ElectrodeOfChannel = Map<number, { electrode: number; place: number[] }>;

/** The mapping by channel number; where a channel stands twice, its first line counts, and a finding says so. */
export async function mappingByChannel(file: Hdf5File, path: string, report: Report): Promise<ElectrodeOfChannel> {
  const columns = await file.readCompound(path);
  const [channel, electrode, x, y] = ['channel', 'electrode', 'x', 'y'].map((name) => {
    const values = columns[name]?.values;
    if (values) return Array.from(values as ArrayLike<number | bigint>, Number);
    throw new FormatError(`${path} of ${file.path} must have a field ${name}`, { path: file.path, location: path });
  });
  const out: ElectrodeOfChannel = new Map();
  const twice = new Set<number>();
  channel.forEach((c, i) => {
    if (c < 0 || !(electrode[i] >= 0)) return;
    const known = out.get(c);
    if (!known) out.set(c, { electrode: electrode[i], place: [x[i], y[i]] });
    else if (known.electrode !== electrode[i]) twice.add(c);
  });
  if (twice.size) {
    const message = `${path} of ${file.path} gives ${nounOf(twice, 'channel')} two electrodes each: the mapping is ambiguous, and its first lines are taken`;
    report.warning('mapping-ambiguous', message, twice.size);
  }
  const shared = repeated(out);
  if (shared.size) {
    const message = `${path} of ${file.path} routes ${nounOf(shared, 'electrode')} to two channels each: the mapping is ambiguous, and several units have one electrode`;
    report.warning('electrodes-shared', message, shared.size);
  }
  return out;
}

function repeated(mapping: ElectrodeOfChannel): Set<number> {
  const seen = new Set<number>();
  const again = new Set<number>();
  for (const { electrode } of mapping.values()) (seen.has(electrode) ? again : seen).add(electrode);
  return again;
}

function nounOf(numbers: Set<number>, noun: string): string {
  const shown = [...numbers].slice(0, 8).join(', ');
  return `${noun}${numbers.size > 1 ? 's' : ''} ${shown}${numbers.size > 8 ? ` and ${numbers.size - 8} more` : ''}`;
}

/** Joins rows to electrodes by channel number; rows without one (reference channels) are left out of old files. */
export async function readMapping(
  file: Hdf5File,
  layout: MaxwellLayout,
  rowCount: number,
  report: Report,
): Promise<MaxwellMapping> {
  const known = await mappingByChannel(file, layout.mapping, report);
  const channelOf = layout.channels
    ? Array.from((await file.read(layout.channels, { as: 'float64' })).data)
    : Array.from({ length: rowCount }, (_, row) => row);
  if (channelOf.length !== rowCount) {
    const found = `${channelOf.length} for ${rowCount} rows`;
    throw new FormatError(`${layout.channels} of ${file.path} must name a channel for each row, found ${found}`, {
      path: file.path,
    });
  }
  const rows = Array.from(channelOf.keys()).filter((row) => layout.channels || known.has(channelOf[row]));
  const channels = rows.map((row) => channelOf[row]);
  noteUnmapped(
    channels.filter((channel) => !known.has(channel)),
    report,
  );
  return {
    rows,
    channels,
    electrodes: channels.map((channel) => known.get(channel)?.electrode ?? Number.NaN),
    places: channels.map((channel) => known.get(channel)?.place ?? [Number.NaN, Number.NaN]),
  };
}

/** For channels with traces or spikes that stand in no mapping. */
export function noteUnmapped(channels: readonly number[], report: Report): void {
  if (!channels.length) return;
  const message = `${nounOf(new Set(channels), 'channel')} stand in no mapping: their electrodes are unknown`;
  report.info('channels-unmapped', message, channels.length);
}
