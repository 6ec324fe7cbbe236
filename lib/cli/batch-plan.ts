/** The plan of a batch, for people. */
import type { BatchPlan } from '../batch/plan.js';
import { duration } from '../picture/scale.js';
import { tableText } from './table.js';

/** Items beyond these are summed only: --json has all. */
const mostRows = 40;

export function planText({ items, total }: BatchPlan): string {
  const count = (value: number) => (value ? value.toLocaleString('en-US') : '–');
  const rows = items
    .slice(0, mostRows)
    .map(({ id, channels, samples, spikes, seconds, memoryBytes, outputBytes, error }) =>
      error
        ? [id, error.message, '', '', '', '', '']
        : [
            id,
            count(channels),
            count(samples),
            count(spikes),
            duration(seconds * 1000, 2),
            bytesText(memoryBytes),
            bytesText(outputBytes),
          ],
    );
  const head = ['item', 'channels', 'samples', 'spikes', 'time', 'memory', 'output'];
  const width = process.stdout.columns ? process.stdout.columns : undefined;
  const more = items.length > mostRows ? `and ${items.length - mostRows} more\n` : '';
  const unreadable = total.unreadable ? `, ${total.unreadable} of them cannot be done` : '';
  return `${tableText({ head, rows, words: [0] }, width)}\n${more}${total.items} items${unreadable}: ${total.samples.toLocaleString('en-US')} samples, about ${duration(total.seconds * 1000, 2)} with ${total.jobs} at once, ${bytesText(total.memoryBytes)} of memory, ${bytesText(total.outputBytes)} of output\n`;
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
