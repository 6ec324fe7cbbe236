/** Where things lie in MaxWell files, and which row of the traces belongs to which electrode. */
import { FormatError } from '../errors.js';
import type { Hdf5File } from '../format/hdf5.js';

export interface MaxwellLayout {
  /** Path of the recording: '/data_store/data0000', or '/' in old files. */
  name: string;
  well: number;
  raw?: string;
  frameNumbers?: string;
  /** Channel number of each row of raw; in old files rows are channel numbers. */
  channels?: string;
  mapping: string;
  spikes?: string;
  fsHz: number;
  uvPerStep: number;
}

const oldRate = 20_000;

/** All recordings of a file: several wells, several recordings each. */
export async function maxwellLayouts(file: Hdf5File): Promise<MaxwellLayout[]> {
  if (await file.has('/sig')) return [await oldLayout(file)];
  if (!(await file.has('/data_store'))) return [];
  // /wells and /recordings are links to the same groups
  const groups = (await file.list('/data_store')).filter(
    ({ kind, name }) => kind === 'group' && /^data\d+$/.test(name),
  );
  return Promise.all(groups.map(({ name }) => newLayout(file, `/data_store/${name}`)));
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
  return {
    name,
    well: (await only(file, `${name}/well_id`)) ?? 0,
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
  electrodes: number[];
  places: number[][];
}

/** The mapping by channel number; where a channel stands twice, its first line counts. */
export async function mappingByChannel(
  file: Hdf5File,
  path: string,
): Promise<Map<number, { electrode: number; place: number[] }>> {
  const columns = await file.readCompound(path);
  const [channel, electrode, x, y] = ['channel', 'electrode', 'x', 'y'].map((name) => {
    const values = columns[name]?.values;
    if (values) return Array.from(values as ArrayLike<number | bigint>, Number);
    throw new FormatError(`${path} of ${file.path} must have a field ${name}`, { path: file.path, location: path });
  });
  const out = new Map<number, { electrode: number; place: number[] }>();
  channel.forEach((c, i) => {
    if (c >= 0 && !out.has(c)) out.set(c, { electrode: electrode[i], place: [x[i], y[i]] });
  });
  return out;
}

/** Joins rows to electrodes by channel number; rows without one (reference channels) are left out of old files. */
export async function readMapping(file: Hdf5File, layout: MaxwellLayout, rowCount: number): Promise<MaxwellMapping> {
  const known = await mappingByChannel(file, layout.mapping);
  const channelOf = layout.channels
    ? Array.from((await file.read(layout.channels, { as: 'float64' })).data)
    : Array.from({ length: rowCount }, (_, row) => row);
  if (channelOf.length !== rowCount) {
    const found = `${channelOf.length} for ${rowCount} rows`;
    throw new FormatError(`${layout.channels} of ${file.path} must name a channel for each row, found ${found}`, {
      path: file.path,
    });
  }
  const mapping: MaxwellMapping = { rows: [], channels: [], electrodes: [], places: [] };
  channelOf.forEach((channel, row) => {
    const at = known.get(channel);
    if (!at && !layout.channels) return;
    mapping.rows.push(row);
    mapping.channels.push(channel);
    mapping.electrodes.push(at?.electrode ?? -1);
    mapping.places.push(at?.place ?? [Number.NaN, Number.NaN]);
  });
  return mapping;
}
