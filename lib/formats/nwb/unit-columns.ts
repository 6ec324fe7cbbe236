/** Everything else that a Units table says about its units. */

import type { NumericArray } from '../../core/arrays.js';
import { sizeOf } from '../../core/arrays.js';
import { readOptional } from '../../core/optional.js';
import type { SourceContext } from '../../io/context.js';
import type { Column, DynamicTable } from './dynamic-table.js';
import { lastPart } from './electrodes.js';
import { exactNumber } from './exact-number.js';

/** What a column says about each unit; by row. */
export type ValueAt = (row: number) => unknown;

/** Read only when asked for, whatever their size. */
const alwaysWide = /^waveform/;
/** Read always: what SpikeData carries along with the spikes. */
const alwaysRead = new Set(['spike_amplitudes']);
/** Values a unit up to which a column comes without being asked for. */
const fewPerUnit = 64;

/**
 * The columns besides ids, spike times and electrodes: numbers, texts and booleans, and those with few values a unit;
 * others where `asked` names them. A finding says which ones were left.
 */
export async function readUnitColumns(
  table: DynamicTable,
  columns: readonly Column[],
  units: number,
  asked: readonly string[],
  context: SourceContext,
): Promise<Map<string, ValueAt>> {
  const out = new Map<string, ValueAt>();
  const left: string[] = [];
  for (const column of columns) {
    const wanted = asked.includes(column.name) || alwaysRead.has(column.name);
    if (!wanted && (alwaysWide.test(column.name) || valuesOf(column) > fewPerUnit * Math.max(units, 1))) {
      left.push(column.name);
      continue;
    }
    const { report } = context;
    const read = async () => ({ values: await readColumn(table, column, units, context) });
    const found = await readOptional(report, column.path, read);
    if (found?.values) out.set(column.name, found.values);
    else if (found) {
      const message = `${column.path} (${column.dtype}, shape ${column.shape}) is not a column of ${units} units`;
      report.info('column-not-read', message);
    }
  }
  if (left.length) {
    const message = `wide columns were left out: ${left.join(', ')}; the option columns reads them`;
    context.report.info('columns-left-out', message, left.length);
  }
  return out;
}

function valuesOf(column: Column): number {
  return column.shape ? sizeOf(column.shape) : 0;
}

async function readColumn(
  table: DynamicTable,
  column: Column,
  units: number,
  context: SourceContext,
): Promise<ValueAt | undefined> {
  const { shape, index } = column;
  if (!shape?.length) return undefined;
  const part = await readParts(table, column);
  if (!part) return undefined;
  if (!index) return shape[0] === units ? (row) => part(row, row + 1, true) : undefined;
  if (index.index) return readTwiceRagged(table, column, index, part, units, context);
  const offsets = await table.offsets(column, context, { units });
  return offsets.length === units + 1 ? (row) => part(offsets[row], offsets[row + 1], false) : undefined;
}

/** Rows [start, end) of a column as one value; `one`: as the value of a single row. */
type PartOf = (start: number, end: number, one: boolean) => unknown;

async function readParts(table: DynamicTable, column: Column): Promise<PartOf | undefined> {
  const { source } = table;
  if (column.kind === 'text' || column.kind === 'reference') {
    if (column.kind === 'reference' && source.format === 'zarr') return undefined;
    const texts = column.kind === 'text' ? await source.texts(column.path) : await referredNames(table, column);
    return column.shape?.length === 1 ? (start, end, one) => (one ? texts[start] : texts.slice(start, end)) : undefined;
  }
  if (column.kind !== 'number' && column.kind !== 'bool') return undefined;
  const { data, shape } = await source.numbers(column.path);
  const inner = shape.slice(1);
  const width = sizeOf(inner);
  const cast: (value: number | bigint) => unknown = column.kind === 'bool' ? Boolean : exactNumber;
  return (start, end, one) => {
    const values = data.subarray(start * width, end * width);
    if (one && inner.length === 0) return cast(values[0]);
    if (one ? inner.length === 1 : inner.length === 0)
      return Array.from(values as ArrayLike<number | bigint>, (value) => cast(value));
    return { data: values.slice() as NumericArray, shape: one ? inner : [end - start, ...inner] };
  };
}

async function referredNames(table: DynamicTable, column: Column): Promise<string[]> {
  return (await table.source.references(column.path)).map(lastPart);
}

/** Waveforms: a list a unit, of one part a spike. */
async function readTwiceRagged(
  table: DynamicTable,
  column: Column,
  index: Column,
  part: PartOf,
  units: number,
  context: SourceContext,
): Promise<ValueAt | undefined> {
  const events = index.shape?.[0] ?? 0;
  const inner = await table.offsets(column, context, { units: events });
  const outer = await table.offsets(index, context, { units });
  if (outer.length !== units + 1 || inner.length !== events + 1) return undefined;
  return (row) =>
    Array.from({ length: outer[row + 1] - outer[row] }, (_, i) => {
      const event = outer[row] + i;
      return part(inner[event], inner[event + 1], false);
    });
}
