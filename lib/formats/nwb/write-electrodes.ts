/** The electrodes table of an NWB file, with the groups and the device that it refers to. */

import type { Hdf5Values } from '../../addon/hdf5-contract.js';
import { numbers, references, text, texts } from '../../containers/hdf5/draft.js';
import type { OnWarning } from '../../core/findings.js';
import { warn } from '../../core/report.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { type NwbDraft, TableDraft } from './write-draft.js';
import { type Electrode, ElectrodeRows } from './write-electrode-rows.js';
import { objectName, textOf } from './write-session.js';

const ephys = '/general/extracellular_ephys';
export const electrodesPath = `${ephys}/electrodes`;

/**
 * NWB refers to electrodes by row, Python's SpikeLab by id. Up to this many rows the table has one for every id from 0, so
 * that row and id are the same and both read the file rightly; rows of ids that nobody uses say nothing.
 */
const denseRows = 1 << 17;

export interface ElectrodePlan {
  table: Electrode[];
  /** Rows of each unit's electrodes; none for a unit without. */
  rows: number[][];
  /** Of each unit's electrode, where the table's ids are not what the units call them. */
  names: Hdf5Values | null;
  groups: string[];
}

/** Null where no unit has an electrode or a place. */
export function planElectrodes(sd: SpikeData, onWarning?: OnWarning): ElectrodePlan | null {
  const units = sd.neuronAttributes ?? [];
  const places = units.map(placeOf);
  const named = units.map(({ electrode }) => electrode ?? undefined);
  if (!named.some((id) => id !== undefined) && !places.some(Boolean)) return null;
  const whole = named.every((id) => id === undefined || Number.isSafeInteger(id));
  const ids = numberIds(named, places);
  notePlacesLeft(ids, places, onWarning);
  const known = new ElectrodeRows();
  const first = units.map((unit, u) => {
    const id = ids[u];
    if (id === undefined) return undefined;
    const { location_label: label, group_name: group, brain_location: brain } = unit;
    return known.add({ id, place: places[u], brain: numberList(brain), label: textOf(label), group: textOf(group) });
  });
  const others = furtherElectrodes(units, whole && known.renumbered === 0, onWarning);
  const rows = first.map((electrode, u) => (electrode ? [electrode, ...others[u].map((id) => known.add({ id }))] : []));
  // numbers that are given to texts here have nothing to do with those of the file that the units came from
  if (whole) for (const electrode of fromMetadata(sd.metadata)) known.addUnused(electrode);
  const { renumbered } = known;
  if (whole && renumbered > 0) {
    const message = `${renumbered} electrodes have the number of another one at another place: the table of electrodes numbers them anew, and the units keep their numbers in the column electrode`;
    warn({ code: 'electrodes-renumbered', severity: 'warning', message, count: renumbered }, onWarning);
  }
  const table = layOut(known.all);
  const rowOf = new Map(table.map((electrode, row) => [electrode.id, row]));
  return {
    table,
    rows: rows.map((electrodes) => electrodes.map(({ id }) => rowOf.get(id) as number)),
    names: whole && renumbered === 0 ? null : namesOf(named, whole, onWarning),
    groups: Array.from(new Set(table.map(groupOf))),
  };
}

/** What `electrodes` lists behind the unit's `electrode`, where numbers tell which electrodes are meant. */
function furtherElectrodes(units: readonly NeuronAttributes[], told: boolean, onWarning?: OnWarning): number[][] {
  const lists = units.map(({ electrode, electrodes }) => {
    const list = numberList(electrodes);
    return list && list[0] === electrode ? Array.from(list).slice(1) : [];
  });
  const left = units.filter(({ electrodes }, u) => {
    const count = (electrodes as { length?: unknown } | null | undefined)?.length ?? 0;
    return !(count === 0 || count === 1 || (told && lists[u].length > 0 && lists[u].every(Number.isSafeInteger)));
  }).length;
  if (left === 0) return lists;
  const message = `${left} units keep the first of their electrodes only: their other electrodes are not told apart by numbers`;
  warn({ code: 'electrodes-not-written', severity: 'warning', message, count: left }, onWarning);
  return units.map(() => []);
}

/** A place is that of an electrode in NWB: a unit without one, beside units that have one, keeps none. */
function notePlacesLeft(ids: readonly unknown[], places: readonly unknown[], onWarning?: OnWarning): void {
  const left = places.filter((place, u) => place !== undefined && ids[u] === undefined).length;
  if (left === 0) return;
  const message = `the location of ${left} units was not written: they have no electrode, as others do, and NWB places electrodes`;
  warn({ code: 'locations-not-written', severity: 'warning', message, count: left }, onWarning);
}

/** What units call their electrodes: numbers while they are, else texts; nothing for a unit without one. */
function namesOf(named: readonly unknown[], whole: boolean, onWarning?: OnWarning): Hdf5Values {
  if (whole) {
    return named.includes(undefined)
      ? numbers(Float64Array.from(named, (id) => (id as number | undefined) ?? Number.NaN))
      : numbers(BigInt64Array.from(named as number[], BigInt));
  }
  const others = named.filter((id) => id !== undefined && typeof id !== 'string').length;
  if (others > 0) {
    const message = `electrodes are texts and others: ${others} that are no texts were written as texts`;
    warn({ code: 'electrodes-as-text', severity: 'warning', message, count: others }, onWarning);
  }
  return texts(named.map((id) => String(id ?? '')));
}

/** Whole numbers as they are; texts numbered as they come; by unit where only places are known. */
function numberIds(named: readonly unknown[], places: readonly unknown[]): (number | undefined)[] {
  if (!named.some((id) => id !== undefined)) return places.map((place, u) => (place ? u : undefined));
  if (named.every((id) => id === undefined || Number.isSafeInteger(id))) return named as (number | undefined)[];
  const numbered = new Map<string, number>();
  return named.map((id) => {
    if (id === undefined) return undefined;
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

export function numberList(value: unknown): ArrayLike<number> | undefined {
  const list = (value as { data?: unknown } | null | undefined)?.data ?? value;
  if (!Array.isArray(list) && !ArrayBuffer.isView(list)) return undefined;
  const items = list as unknown as ArrayLike<unknown>;
  const numbered = items.length > 0 && Array.from(items).every((item) => typeof item === 'number');
  return numbered ? (items as ArrayLike<number>) : undefined;
}

/** `location`, else what x, y and z say; NaN stands for an axis between others that is not said. */
export function placeOf(unit: NeuronAttributes): ArrayLike<number> | undefined {
  return numberList(unit.location) ?? axesOf([unit.x, unit.y, unit.z]);
}

function axesOf(axes: readonly unknown[]): number[] | undefined {
  const count = axes.findLastIndex((axis) => typeof axis === 'number') + 1;
  return count ? axes.slice(0, count).map((axis) => (typeof axis === 'number' ? axis : Number.NaN)) : undefined;
}

/** The electrodes of the file that the units were loaded from. */
function fromMetadata(metadata: Record<string, unknown>): Electrode[] {
  const { electrodes_by_channel: channels } = metadata;
  if (typeof channels !== 'object' || channels === null) return [];
  return Object.entries(channels as Record<string, Record<string, unknown>>)
    .map(([key, entry]) => {
      const { id, x, y, z, rel_x, rel_y, rel_z, location, group_name: group } = entry ?? {};
      const finite = (axes: number[] | undefined) => (axes?.some(Number.isFinite) ? axes : undefined);
      const [onProbe, brain] = [finite(axesOf([rel_x, rel_y, rel_z])), finite(axesOf([x, y, z]))];
      return {
        id: Number(id ?? key),
        place: onProbe ?? brain,
        brain: onProbe && brain,
        label: textOf(location),
        group: textOf(group),
      };
    })
    .filter(({ id }) => Number.isSafeInteger(id));
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
  const places = table.map(({ place }) => place);
  // x, y, z are what every reader looks for; where places in the brain are known too, those on the probe have columns of their own
  const both = table.some(({ brain }) => brain !== undefined);
  writeAxes(columns, ['x', 'y', 'z'], both ? table.map(({ brain }) => brain) : places);
  if (both) writeAxes(columns, ['rel_x', 'rel_y', 'rel_z'], places);
  columns
    .column('location', 'Brain area of the electrode', texts(table.map(({ label }) => label ?? 'unknown')))
    .column('group', 'Group of the electrode', references(table.map((row) => `${ephys}/${groupOf(row)}`)))
    .column('group_name', 'Name of the group of the electrode', texts(table.map(groupOf)))
    .finish();
}

function writeAxes(
  columns: TableDraft,
  axes: readonly string[],
  places: readonly (ArrayLike<number> | undefined)[],
): void {
  axes.forEach((axis, a) => {
    if (!places.some((place) => place !== undefined && place.length > a)) return;
    const values = Float64Array.from(places, (place) => place?.[a] ?? Number.NaN);
    columns.column(axis, `${axis} of the electrode`, numbers(values));
  });
}

function deviceName(metadata: Record<string, unknown>): string {
  const { device_names: names } = metadata;
  return objectName((Array.isArray(names) ? textOf(names[0]) : undefined) ?? 'device');
}
