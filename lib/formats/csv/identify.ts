/** Tables of text: one row a spike, where a header says so. */
import { call, command, type Draft, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { headerOf } from './header.js';
import { isTable, timeColumns, unitColumns } from './load.js';

export async function identifyCsv(look: Look): Promise<Draft | null> {
  if (look.isFolder || !/\.(csv|tsv|txt)$/i.test(look.name)) return null;
  const { columns: header } = await headerOf(look.head.toString('utf8'), (columns) => isTable(columns));
  const time = timeColumns.find((name) => header.includes(name));
  const unit = unitColumns.find((name) => header.includes(name));
  const plain = time === undefined || unit === undefined;
  if (header.length < 2 || (plain && /\.txt$/i.test(look.name))) return null;
  const details = { columns: header.slice(0, 20).join(', ') };
  if (time === undefined || unit === undefined) {
    const advice = `A table of spikes needs a column of times (${timeColumns.join(', ')}) and one of units (${unitColumns.join(', ')}); other names go into timeColumn and unitColumn`;
    return { format: 'csv', what: 'table', readable: false, weak: true, details, advice };
  }
  const example = time === 'sample' ? { fsHz: 30_000 } : time === 'time' ? { timeUnit: 's' } : {};
  const parts: Part[] = [{ name: look.name, options: {} }];
  const said = Object.keys(example)[0];
  return {
    format: 'csv',
    what: 'sorting',
    readable: true,
    details,
    parts,
    code: [call('loadSpikeDataFromCsv', look.path, example)],
    shell: [command('info', look.path, { from: 'csv', ...example })],
    advice: said ? `The file does not say ${said}: the one in the lines is an example, put yours` : null,
  };
}
