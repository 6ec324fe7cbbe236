/** The electrodes table of an NWB file, with the groups and the device that it refers to. */
import { numbers, references, text, texts } from '../../format/hdf5-writer.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data.js';
import { type NwbDraft, TableDraft } from './draft.js';
import { objectName, textOf } from './session.js';

const ephys = '/general/extracellular_ephys';
export const electrodesPath = `${ephys}/electrodes`;

/**
 * NWB refers to electrodes by row, Python's SpikeLab by id. Up to this many rows the table has one for every id from 0, so
 * that row and id are the same and both read the file rightly; rows of ids that nobody uses say nothing.
 */
const denseRows = 1 << 17;

interface Electrode {
  id: number;
  place?: ArrayLike<number>;
  label?: string;
  group?: string;
}

export interface ElectrodePlan {
  table: Electrode[];
  /** Row of each unit's electrode; undefined for a unit without one. */
  rows: (number | undefined)[];
  /** Of each unit's electrode, where they are no numbers. */
  names: string[] | null;
  groups: string[];
}

/** Null where no unit has an electrode or a place. */
export function planElectrodes(sd: SpikeData): ElectrodePlan | null {
  const units = sd.neuronAttributes ?? [];
  const places = units.map(placeOf);
  const named = units.map(({ electrode }) => electrode);
  if (!named.some((id) => id !== undefined && id !== null) && !places.some(Boolean)) return null;
  const ids = numberIds(named, places);
  const known = new Map<number, Electrode>();
  for (const [id, electrode] of fromMetadata(sd.metadata)) known.set(id, electrode);
  units.forEach((unit, u) => {
    const id = ids[u];
    if (id === undefined) return;
    const before = known.get(id);
    known.set(id, {
      id,
      place: places[u] ?? before?.place,
      label: textOf(unit.location_label) ?? before?.label,
      group: textOf(unit.group_name) ?? before?.group,
    });
  });
  const table = layOut(known);
  const rowOf = new Map(table.map(({ id }, row) => [id, row]));
  const groups = Array.from(new Set(table.map(groupOf)));
  const names = named.some((id) => typeof id === 'string') ? named.map((id) => String(id ?? '')) : null;
  return { table, rows: ids.map((id) => (id === undefined ? undefined : rowOf.get(id))), names, groups };
}

/** Whole numbers as they are; texts numbered as they come; by unit where only places are known. */
function numberIds(named: readonly unknown[], places: readonly unknown[]): (number | undefined)[] {
  if (!named.some((id) => id !== undefined && id !== null)) return places.map((place, u) => (place ? u : undefined));
  if (named.every((id) => id === undefined || id === null || Number.isSafeInteger(id))) {
    return named.map((id) => (id === undefined || id === null ? undefined : (id as number)));
  }
  const numbered = new Map<string, number>();
  return named.map((id) => {
    if (id === undefined || id === null) return undefined;
    const key = String(id);
    if (!numbered.has(key)) numbered.set(key, numbered.size);
    return numbered.get(key);
  });
}

function layOut(known: ReadonlyMap<number, Electrode>): Electrode[] {
  const ids = Array.from(known.keys()).sort((a, b) => a - b);
  const last = ids[ids.length - 1];
  const dense = ids[0] >= 0 && last < denseRows;
  const all = dense ? Array.from({ length: last + 1 }, (_, id) => id) : ids;
  return all.map((id) => known.get(id) ?? { id });
}

function placeOf(unit: NeuronAttributes): ArrayLike<number> | undefined {
  const { location, x, y, z } = unit;
  const list = (location as unknown as { data?: ArrayLike<number> } | undefined)?.data ?? location;
  if (list !== undefined && list !== null && list.length > 0) return list;
  const axes = [x, y, z].filter((axis): axis is number => typeof axis === 'number');
  return axes.length ? axes : undefined;
}

/** The electrodes of the file that the units were loaded from. */
function fromMetadata(metadata: Record<string, unknown>): [number, Electrode][] {
  const { electrodes_by_channel: channels } = metadata;
  if (typeof channels !== 'object' || channels === null) return [];
  return Object.entries(channels as Record<string, Record<string, unknown>>)
    .map(([key, entry]): [number, Electrode] => {
      const { x, y, z, location, group_name: group } = entry ?? {};
      const axes = [x, y, z].filter((axis): axis is number => typeof axis === 'number');
      return [Number(key), { id: Number(key), place: axes, label: textOf(location), group: textOf(group) }];
    })
    .filter(([id]) => Number.isSafeInteger(id));
}

function groupOf({ group }: Electrode): string {
  return objectName(group ?? 'electrode_group');
}

export function writeElectrodes(
  draft: NwbDraft,
  { table, groups }: ElectrodePlan,
  metadata: Record<string, unknown>,
): void {
  const device = deviceName(metadata);
  draft.typedGroup(`/general/devices/${device}`, 'Device', device);
  for (const group of groups) {
    const path = `${ephys}/${group}`;
    draft
      .typedGroup(path, 'ElectrodeGroup', group)
      .attribute(path, 'location', text('unknown'))
      .softLink(`${path}/device`, `/general/devices/${device}`);
  }
  const ids = table.map(({ id }) => id);
  const columns = new TableDraft(draft, electrodesPath, 'DynamicTable', 'The electrodes of the recording', ids);
  ['x', 'y', 'z'].forEach((axis, a) => {
    if (!table.some(({ place }) => place !== undefined && place.length > a)) return;
    const values = Float64Array.from(table, ({ place }) => place?.[a] ?? Number.NaN);
    columns.column(axis, `${axis} of the electrode`, numbers(values));
  });
  columns
    .column('location', 'Brain area of the electrode', texts(table.map(({ label }) => label ?? 'unknown')))
    .column('group', 'Group of the electrode', references(table.map((row) => `${ephys}/${groupOf(row)}`)))
    .column('group_name', 'Name of the group of the electrode', texts(table.map(groupOf)))
    .finish();
}

function deviceName(metadata: Record<string, unknown>): string {
  const { device_names: names } = metadata;
  return objectName((Array.isArray(names) ? textOf(names[0]) : undefined) ?? 'device');
}
