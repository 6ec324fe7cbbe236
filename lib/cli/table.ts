/** Tables for people: with borders where there is room, without where it is narrow, a line a value where it is very narrow. */
import Table from 'cli-table3';

export interface TableText {
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns of words; the others are numbers, which stand at the right. */
  words?: readonly number[];
}

/** `width`: of the terminal; as wide as it gets where there is none, so that files and pipes hold the whole table. */
export function tableText(
  { head, rows, words = [] }: TableText,
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const widths = head.map((name, c) => rows.reduce((most, row) => Math.max(most, row[c].length), name.length));
  const total = widths.reduce((sum, n) => sum + n, 0);
  if (total + 3 * head.length + 1 <= width) return bordered(head, rows, words);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => (words.includes(c) ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd();
  if (total + 2 * (head.length - 1) <= width) return [head, ...rows].map(line).join('\n');
  const named = Math.max(...head.map((name) => name.length));
  return rows.map((row) => row.map((cell, c) => `${head[c].padEnd(named)}  ${cell}`).join('\n')).join('\n\n');
}

function bordered(head: readonly string[], rows: TableText['rows'], words: readonly number[]): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, c) => (words.includes(c) ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
