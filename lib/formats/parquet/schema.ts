/** The Parquet types of the columns. */
import type { SchemaElement } from 'hyparquet';
import type { ColumnKind, UnitColumn } from '../../spike-data/unit-columns.js';

/** `more`: columns of numbers that each spike has. */
export function spikeSchema(ids: UnitColumn, more: readonly string[]): SchemaElement[] {
  return [
    { name: 'spikelab', num_children: 3 + more.length },
    { name: 'unit', type: 'INT32', repetition_type: 'REQUIRED' },
    ...elements(ids),
    ...['time_ms', ...more].map((name) => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' }) as const),
  ];
}

export function unitSchema(columns: readonly UnitColumn[]): SchemaElement[] {
  return [{ name: 'spikelab', num_children: columns.length }, ...columns.flatMap(elements)];
}

const types = {
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  float64: { type: 'DOUBLE' },
  bool: { type: 'BOOLEAN' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Record<Exclude<ColumnKind, 'numbers'>, Partial<SchemaElement>>;

/** A list has three levels in Parquet, so that null, an empty list and a null in a list stay apart. */
function elements({ name, kind }: UnitColumn): SchemaElement[] {
  if (kind !== 'numbers') return [{ name, repetition_type: 'OPTIONAL', ...types[kind] }];
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', type: 'DOUBLE' },
  ];
}
