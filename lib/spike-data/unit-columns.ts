/** The attributes of units as the columns of a table: one type a column, null where a unit has no value. */
import { isNumericArray } from '../core/arrays.js';
import type { OnWarning } from '../core/findings.js';
import { warn } from '../core/report.js';
import { toJson } from './json.js';
import type { SpikeData } from './spike-data.js';
import { spikeColumns } from './spike-rows.js';

export type ColumnKind = 'int32' | 'int64' | 'float64' | 'bool' | 'text' | 'numbers' | 'json';
type ColumnValue = number | bigint | boolean | string | readonly number[] | null;

export interface UnitColumn {
  readonly name: string;
  /** 'numbers': a list of float64. 'json': what no other kind holds, as JSON text. */
  readonly kind: ColumnKind;
  readonly values: readonly ColumnValue[];
}

/** Columns that every table of units begins with; attributes of these names are renamed. */
const ownNames = ['unit', 'unit_id', 'spikes'];

/**
 * `unit` (0 … N - 1), `unit_id`, `spikes` (how many the unit has), then one column an attribute, in the order in which the units
 * first name them, but for those that the table of spikes has (`spikeColumns`).
 */
export function unitColumns(sd: SpikeData, onWarning?: OnWarning): UnitColumn[] {
  const attributes = attributesOf(sd);
  const names = new Set(attributes.flatMap((unit) => Object.keys(unit)));
  for (const name of ['unit_id', ...spikeColumns(sd)]) names.delete(name);
  const taken = new Set([...ownNames, ...names]);
  const columns = [...names].map((name) => {
    const values = attributes.map((unit) => unit[name]);
    return column(ownNames.includes(name) ? renamed(name, taken, onWarning) : name, values);
  });
  const unit = Array.from({ length: sd.N }, (_, u) => u);
  const spikes = sd.train.map((times) => times.length);
  return [column('unit', unit), unitIds(sd), column('spikes', spikes), ...columns];
}

/** Each unit's `unit_id`; where no unit has one, its number. */
export function unitIds(sd: SpikeData): UnitColumn {
  const given = attributesOf(sd).map((unit) => unit.unit_id ?? null);
  const any = given.some((id) => id !== null);
  return column('unit_id', any ? given : Array.from({ length: sd.N }, (_, u) => u));
}

/** What belongs to the table as a whole, as JSON: kept in the schema under the key `spikelab`. */
export function tableMetadata(sd: SpikeData): string {
  const { N, length, startTime } = sd;
  return JSON.stringify({ N, length_ms: length, start_time_ms: startTime, metadata: withoutTrains(sd).metadata });
}

/** `toJson` of everything but the trains, which may be gigabytes. */
function withoutTrains(sd: SpikeData) {
  const { N, length, startTime, neuronAttributes, metadata, report } = sd;
  return toJson({ N, length, startTime, neuronAttributes, metadata, report, rawData: null, train: [] });
}

function attributesOf(sd: SpikeData): readonly Record<string, unknown>[] {
  return sd.neuronAttributes ?? Array.from({ length: sd.N }, () => ({}));
}

function renamed(name: string, taken: Set<string>, onWarning?: OnWarning): string {
  let other = `${name}_attribute`;
  while (taken.has(other)) other += '_';
  taken.add(other);
  const message = `The attribute ${name} is written as ${other}: the table has a column ${name} of its own`;
  warn({ code: 'attribute-renamed', severity: 'warning', message }, onWarning);
  return other;
}

function column(name: string, given: readonly unknown[]): UnitColumn {
  const values = given.map((value) => value ?? null);
  const kind = kindOf(values.filter((value) => value !== null));
  return { name, kind, values: values.map((value) => (value === null ? null : converted(value, kind))) };
}

function kindOf(values: readonly unknown[]): ColumnKind {
  const all = (test: (value: unknown) => boolean) => values.every(test);
  // of no values at all: any kind would do
  if (values.length === 0) return 'text';
  if (all((value) => typeof value === 'boolean')) return 'bool';
  if (all(isInt32)) return 'int32';
  if (all(isInt64)) return 'int64';
  if (all((value) => typeof value === 'number')) return 'float64';
  if (all((value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'))
    return 'text';
  if (all(isNumbers)) return 'numbers';
  return 'json';
}

const isInt32 = (value: unknown) => typeof value === 'number' && Object.is(value, value | 0);

const isInt64 = (value: unknown) =>
  (Number.isSafeInteger(value) && !Object.is(value, -0)) ||
  (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);

const isNumbers = (value: unknown) =>
  Array.isArray(value) ? value.every((item) => typeof item === 'number') : isNumericArray(value) && !isBigInts(value);

const isBigInts = (value: unknown) => value instanceof BigInt64Array || value instanceof BigUint64Array;

function converted(value: NonNullable<unknown>, kind: ColumnKind): ColumnValue {
  switch (kind) {
    case 'int64':
      return BigInt(value as number | bigint);
    case 'text':
      return String(value);
    case 'numbers':
      return Array.from(value as ArrayLike<number>);
    case 'json':
      return jsonText(value);
    default:
      return value as ColumnValue;
  }
}

/** As `JSON.stringify(sd)` writes the value. */
function jsonText(value: NonNullable<unknown>): string {
  const holder = { N: 0, length: 0, startTime: 0, neuronAttributes: null, report: null, rawData: null, train: [] };
  return JSON.stringify(toJson({ ...holder, metadata: { value } }).metadata.value) ?? 'null';
}
