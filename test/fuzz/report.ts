/** What a run found, for people: a line or two a failure, a table, and a last line of totals. */
import Table from 'cli-table3';
import type { FormatTotals, Found } from './run.js';

export function describeFound({ target, number, failure, before }: Found, folder: string): string {
  const lines = [
    `FAILED ${target}, case ${number}: ${failure.kind}: ${failure.message.slice(0, 1500)}`,
    ...(before.length ? [`  not alone, but after the ${before.length} loads before it`] : []),
    `  input: ${folder}`,
    `  again: npm run fuzz -- --again ${folder}`,
  ];
  return lines.join('\n');
}

/** How many cases failed. */
export const failedOf = (totals: ReadonlyMap<string, FormatTotals>): number =>
  [...totals.values()].reduce((sum, { failed }) => sum + failed, 0);

export function summary(totals: ReadonlyMap<string, FormatTotals>): string {
  const classes = [...new Set([...totals.values()].flatMap(({ errors }) => [...errors.keys()]))].sort();
  const head = ['format', 'mutations', 'loads', ...classes.map((name) => name.replace('Error', '')), 'slow', 'failed'];
  const table = new Table({
    ...{ head, style: { head: [], border: [], compact: true } },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  for (const [format, { cases, loaded, failed, slow, errors }] of [...totals].sort()) {
    table.push([format, cases, loaded, ...classes.map((name) => errors.get(name) ?? 0), slow, failed]);
  }
  const cases = [...totals.values()].reduce((sum, each) => sum + each.cases, 0);
  const failed = failedOf(totals);
  return `${table.toString()}\n${cases - failed} passed, ${failed} failed`;
}
