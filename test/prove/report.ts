/** What a run found, for people: tables, and a last line of totals. */
import Table from 'cli-table3';
import type { Totals } from './run.js';

const plain = { style: { head: [], border: [], compact: true }, colAligns: ['left' as const, 'right' as const] };

export function summary(totals: Totals, peakBytes: number, leftOut: readonly string[]): string {
  const cases = new Table({
    ...plain,
    head: ['property', 'cases', 'failed', 's'],
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const [name, { cases: count, failed, ms }] of totals.cases)
    cases.push([name, count, failed, (ms / 1000).toFixed(1)]);
  const tables = [...totals.counts].sort().map(([kind, formats]) => {
    const table = new Table({ ...plain, head: [kind, 'count'] });
    for (const [format, count] of [...formats].sort()) table.push([format, count]);
    return table.toString();
  });
  const skipped = [...totals.skipped].map(([what, count]) => `skipped ${count} times: ${what}`);
  return [
    ...[cases.toString(), ...tables, ...skipped],
    `${leftOut.length} properties skipped; at most ${Math.round(peakBytes / 2 ** 20)} MB in the child`,
    `${totals.passed} passed, ${totals.failed} failed`,
  ].join('\n');
}
