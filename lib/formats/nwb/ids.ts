/** The ids of the units of an NWB file, and which rows an asked id means. */

import { OptionError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import type { SourceContext } from '../../io/context.js';
import { type Column, checkRows, type DynamicTable } from './dynamic-table.js';
import { readIdColumn } from './electrodes.js';

export type UnitId = number | string;

export interface UnitIds {
  /** Of every row: the column `unit_id` where the table has one, else `id`. */
  shown: UnitId[];
  /** The column `id`, which the schema wants to be numbers of their own: 0, 1, … where the table has none. */
  stored: UnitId[];
}

/**
 * What a column `unit_id` holds says more than `id`, which many writers just count up: it is what our own export writes where
 * ids are texts or repeat. `needed`: units are chosen by their ids, so ids that cannot be read are an error.
 */
export async function readIds(
  table: DynamicTable,
  units: number,
  needed: boolean,
  context: SourceContext,
): Promise<UnitIds> {
  const read = async (name: string) => {
    const column = idColumn(table, name, units, context);
    if (!column) return undefined;
    const now = () => readIdColumn(table.source, column);
    return needed ? now() : readOptional(context.report, column.path, now);
  };
  const stored = (await read('id')) ?? Array.from({ length: units }, (_, row) => row);
  const named = (await read('unit_id')) ?? stored;
  return { shown: named.map((id, row) => (id === '' || Number.isNaN(id) ? stored[row] : id)), stored };
}

/** @throws FormatError for a column that is not one id a unit */
function idColumn(table: DynamicTable, name: string, units: number, context: SourceContext): Column | undefined {
  const column = table.columns.get(name);
  // a ragged one names no unit
  if (!column || column.index) return undefined;
  if (column.shape?.length !== 1 || column.shape[0] !== units) {
    throw table.error(column.path, `one id for each of ${units} units was expected, found shape (${column.shape})`);
  }
  checkRows(column, context);
  if (column.kind !== 'text' && column.kind !== 'number')
    throw table.error(column.path, `numbers or texts were expected as ids, found ${column.dtype}`);
  return column;
}

/** Rows of the asked ids, in the order that they are asked in: all rows of one that repeats. */
export function rowsOfIds(ids: UnitIds, wanted: readonly UnitId[], { report }: SourceContext): number[] {
  const [shown, stored] = [rowsBy(ids.shown), rowsBy(ids.stored)];
  let repeated = 0;
  const rows = wanted.map((id) => {
    const found = shown.get(String(id)) ?? stored.get(String(id));
    if (!found) {
      const named = ids.shown.slice(0, 20).join(', ') + (ids.shown.length > 20 ? ', …' : '');
      throw new OptionError('unitIds', `made of the file's unit ids (${named})`, id);
    }
    if (found.length > 1) repeated++;
    return found;
  });
  if (repeated > 0) {
    const message = `${repeated} of the asked unit ids occur several times in the file: all their units are loaded`;
    report.warning('repeated-unit-ids', message, repeated);
  }
  return rows.flat();
}

function rowsBy(ids: readonly UnitId[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  ids.forEach((id, row) => {
    const before = rows.get(String(id));
    if (before) before.push(row);
    else rows.set(String(id), [row]);
  });
  return rows;
}
