/** Unit attributes as columns of a Units table. */
import { booleans, type Hdf5Values, numbers, texts } from '../../format/hdf5-writer.js';
import { warn } from '../../report.js';
import type { SpikeData } from '../../spike-data.js';
import { endsOfLists, type TableDraft } from './draft.js';

/** Written elsewhere: as ids, or as what the electrodes table says. */
const placed = new Set([
  ...['unit_id', 'electrode', 'electrodes', 'electrode_row', 'electrode_rows'],
  ...['location', 'location_label', 'group_name', 'x', 'y', 'z'],
]);
/** Columns that the schema defines with types of its own, which attributes of that name do not have. */
const defined = new Set(['id', 'spike_times', 'electrode_group', 'waveform_mean', 'waveform_sd', 'waveforms']);

export function writeUnitColumns(table: TableDraft, sd: SpikeData): void {
  const units = sd.neuronAttributes ?? [];
  const names = new Set(units.flatMap((unit) => Object.keys(unit)).filter((name) => !placed.has(name)));
  const left: string[] = [];
  for (const name of names) {
    const values = units.map((unit) => unit[name] as unknown);
    if (!writable(name, table) || !writeColumn(table, name, values)) left.push(name);
  }
  if (left.length === 0) return;
  const message = `unit attributes that are no columns of numbers, texts or booleans were not written: ${left.join(', ')}`;
  warn({ code: 'attributes-not-written', severity: 'warning', message, count: left.length });
}

function writable(name: string, table: TableDraft): boolean {
  return !defined.has(name) && !table.has(name) && !/_index$|^\.{0,2}$|[/\0]/.test(name);
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
