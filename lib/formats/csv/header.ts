/** The first line of a CSV: what separates its cells, and the names in it. */
import type * as Csv from 'csv-parse/sync';
import { headOf } from '../../io/part-file.js';

/** A row of two numbers takes some 20 bytes; one of a megabyte is no row of spike times. */
const maxRowBytes = 2 ** 20;
/** How every CSV is read, whatever separates its cells. */
export const dialect = { bom: true, trim: true, skip_empty_lines: true, max_record_size: maxRowBytes };

const delimiters = [',', ';', '\t'];

export interface CsvHeader {
  delimiter: string;
  /** No names where the file is empty. */
  columns: string[];
}

/**
 * The header by the delimiter under which it has columns of times and units, as `fits` says; without one by that which gives most
 * columns. One delimiter for the whole file: the others are part of names ("x;y") there.
 */
export async function readHeader(path: string, fits: (columns: string[]) => boolean): Promise<CsvHeader> {
  const { head } = await headOf(path, maxRowBytes);
  return headerOf(head.toString('utf8'), fits);
}

/** @param text the file's first bytes: at least its first line */
export async function headerOf(text: string, fits: (columns: string[]) => boolean): Promise<CsvHeader> {
  const csv = await import('csv-parse/sync');
  const found = delimiters.map((delimiter) => ({ delimiter, columns: columnsBy(delimiter, text, csv) }));
  const most = found.reduce((best, each) => (each.columns.length > best.columns.length ? each : best));
  return found.find(({ columns }) => fits(columns)) ?? most;
}

function columnsBy(delimiter: string, text: string, { parse, CsvError }: typeof Csv): string[] {
  try {
    const [columns = []] = parse(text, { ...dialect, delimiter, to: 1, relax_column_count: true }) as string[][];
    return columns;
  } catch (error) {
    // an open quote and the like: the reading of the whole says it
    if (error instanceof CsvError) return [];
    throw error;
  }
}
