/** Unit attributes as columns of a Units table. */

import type { Hdf5Values } from '../../addon/hdf5-contract.js';
import { booleans, numbers, texts } from '../../containers/hdf5/draft.js';
import type { OnWarning } from '../../core/findings.js';
import { warn } from '../../core/report.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { endsOfLists, type TableDraft } from './write-draft.js';
import { type ElectrodePlan, numberList, placeOf } from './write-electrodes.js';

/** Ids, and rows of the table that a file had. */
const identities = ['unit_id', 'electrode', 'electrode_row', 'electrode_rows'];
/** What the electrodes table says, of units that have an electrode there. */
const places = ['electrodes', 'location', 'brain_location', 'location_label', 'group_name', 'x', 'y', 'z'];
/**
 * Names that a table of NWB has for something else: columns that the schema defines with types of their own, and what objects
 * of HDMF are asked for by name, so that a column called `name` could not be read as one.
 */
const reserved = new Set([
  ...['unit_id', 'electrode', 'electrodes', 'electrode_row', 'electrode_rows', 'location'],
  ...['id', 'spike_times', 'electrode_group', 'waveform_mean', 'waveform_sd', 'waveforms'],
  ...['waveform_rate', 'waveform_unit', 'resolution'],
  ...['name', 'description', 'columns', 'colnames', 'parent', 'children', 'fields', 'object_id', 'container_source'],
  ...['namespace', 'neurodata_type', 'data_type', 'modified', 'rows'],
]);

export function writeUnitColumns(
  table: TableDraft,
  sd: SpikeData,
  electrodes: ElectrodePlan | null,
  onWarning?: OnWarning,
): void {
  const units = sd.neuronAttributes ?? [];
  const names = new Set(units.flatMap((unit) => Object.keys(unit)));
  for (const name of identities) names.delete(name);
  for (const name of places) if (saidByTable(name, units, electrodes)) names.delete(name);
  // the group of the electrode, which the electrodes table says
  if (units.every((unit) => unit.electrode_group === unit.group_name)) names.delete('electrode_group');
  const left: string[] = [];
  const renamed: string[] = [];
  for (const name of names) {
    const column = columnName(name, (other) => table.has(other) || names.has(other));
    const values = units.map((unit) => unit[name] as unknown);
    if (!writeColumn(table, column, values)) left.push(name);
    else if (column !== name) renamed.push(`${name} as ${column}`);
  }
  if (renamed.length > 0) {
    const message = `unit attributes with names that NWB has for something else were renamed: ${renamed.join(', ')}`;
    warn({ code: 'attributes-renamed', severity: 'warning', message, count: renamed.length }, onWarning);
  }
  if (left.length === 0) return;
  const message = `unit attributes that are no columns of numbers, texts or booleans were not written: ${left.join(', ')}`;
  warn({ code: 'attributes-not-written', severity: 'warning', message, count: left.length }, onWarning);
}

/** Whether the electrodes table says this attribute of every unit that has it. */
function saidByTable(name: string, units: readonly NeuronAttributes[], electrodes: ElectrodePlan | null): boolean {
  return units.every((unit, u) => {
    const value = unit[name] as unknown;
    if (value === undefined || value === null) return true;
    // a location without an electrode, beside others, has a finding of its own
    if (name === 'location' && electrodes && numberList(value)) return true;
    const row = electrodes?.rows[u][0];
    if (row === undefined) return false;
    const axis = ['x', 'y', 'z'].indexOf(name);
    if (axis >= 0) return Object.is(placeOf(unit)?.[axis], value);
    // lists of several electrodes that could not be written have a finding of their own
    if (name === 'brain_location') return numberList(value) !== undefined;
    return name === 'electrodes' ? typeof value === 'object' : typeof value === 'string' && name !== 'location';
  });
}

/** The attribute's own name, or one that can be a column and is not taken. */
function columnName(name: string, taken: (name: string) => boolean): string {
  const clean = name.replace(/[/\0]/g, '-').replace(/_index$/, '_index_');
  if (clean === name && !reserved.has(name) && !/^\.{0,2}$/.test(name)) return name;
  const base = reserved.has(clean) || /^\.{0,2}$/.test(clean) ? `unit_${clean || 'attribute'}` : clean;
  let [free, number] = [base, 2];
  while (taken(free) || reserved.has(free)) free = `${base}_${number++}`;
  return free;
}

function writeColumn(table: TableDraft, name: string, values: readonly unknown[]): boolean {
  if (name === 'obs_intervals') return writeIntervals(table, values);
  const flat = scalars(values);
  if (flat) {
    table.column(name, name, flat);
    return true;
  }
  const lists = values.map((value) => value ?? []);
  if (!lists.every(isList)) return false;
  const all = scalars(lists.flatMap((list) => Array.from(list)));
  if (!all) return false;
  table.column(name, name, all, { ends: endsOfLists(lists) });
  return true;
}

/** One type for all; missing numbers are NaN, missing texts empty. */
function scalars(values: readonly unknown[]): Hdf5Values | null {
  const present = values.filter((value) => value !== undefined && value !== null);
  if (present.every((value) => typeof value === 'boolean') && present.length === values.length && present.length > 0) {
    return booleans(values as boolean[]);
  }
  if (present.every((value) => typeof value === 'number')) {
    const whole = present.length === values.length && present.every((value) => Number.isSafeInteger(value));
    if (whole && present.length > 0) return numbers(BigInt64Array.from(values as number[], BigInt));
    return numbers(Float64Array.from(values, (value) => (value as number | undefined) ?? Number.NaN));
  }
  if (!present.every((value) => typeof value === 'string' && !value.includes('\0'))) return null;
  return texts(values.map((value) => (value as string | undefined) ?? ''));
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** [[start, end], …] in ms as (n, 2) seconds. */
function writeIntervals(table: TableDraft, values: readonly unknown[]): boolean {
  const lists = values.map((value) => value ?? []);
  const pairs = lists.every(isList) ? lists.flatMap((list) => Array.from(list)) : [null];
  const valid = pairs.every((pair) => isList(pair) && pair.length === 2 && Array.from(pair).every(Number.isFinite));
  if (!valid) return false;
  const seconds = Float64Array.from(pairs.flatMap((pair) => Array.from(pair as number[], (ms) => ms / 1000)));
  const ends = endsOfLists(lists as ArrayLike<unknown>[]);
  table.column('obs_intervals', 'When each unit was observed, in seconds', numbers(seconds, [pairs.length, 2]), {
    ends,
  });
  return true;
}
