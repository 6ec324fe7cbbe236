/** Channel rows out of the column `ch` (older: `channel`) of a cluster table. */
import type { ReportBuilder } from '../../core/report.js';
import { type ChannelTables, locationOf } from './channel-tables.js';
import { type ClusterTable, numberOf } from './cluster-tables.js';

export const channelColumns = ['ch', 'channel'];

/**
 * Phy writes the channel's number in the raw data, channel_map[row], unless it was told to show rows. Which of the two a
 * table has shows in all its rows together: numbers that channel_map lacks are rows, and `depth` is the y of the row.
 */
export function rowsFromTable(
  tables: readonly ClusterTable[],
  channels: ChannelTables,
  wanted: readonly number[],
  report: ReportBuilder,
): Map<number, number> {
  const numbers = new Map<number, number>();
  for (const cluster of wanted) {
    const number = numberOf(tables, cluster, channelColumns);
    if (number !== undefined && Number.isInteger(number) && number >= 0) numbers.set(cluster, number);
  }
  const rowCount = channels.map?.length ?? channels.positions?.rows ?? 0;
  const mapped = new Map([...(channels.map ?? [])].map((channel, row) => [channel, row]));
  const asChannel = (n: number) => (channels.map ? mapped.get(n) : undefined);
  const asRow = (n: number) => (n < rowCount ? n : undefined);
  const rowOf = holdsRows(numbers, asChannel, asRow, tables, channels) ? asRow : asChannel;
  if (rowOf === asRow && channels.map && numbers.size) {
    report.info(
      'table-lists-rows',
      'The column ch was read as rows of channel_map, which its values and depths fit better',
    );
  }
  const rows = new Map<number, number>();
  for (const [cluster, number] of numbers) {
    const row = rowOf(number);
    if (row !== undefined) rows.set(cluster, row);
  }
  if (rows.size < numbers.size) {
    const lost = numbers.size - rows.size;
    report.warning(
      'table-channel-unknown',
      `The column ch names channels for ${lost} clusters that channel_map lacks`,
      lost,
    );
  }
  return rows;
}

type RowOf = (n: number) => number | undefined;

function holdsRows(
  numbers: ReadonlyMap<number, number>,
  asChannel: RowOf,
  asRow: RowOf,
  tables: readonly ClusterTable[],
  channels: ChannelTables,
): boolean {
  const score = (rowOf: RowOf) => {
    let [known, deep] = [0, 0];
    for (const [cluster, n] of numbers) {
      const row = rowOf(n);
      if (row === undefined) continue;
      known++;
      const depth = numberOf(tables, cluster, ['depth']);
      const y = locationOf(row, channels)?.[1];
      if (depth !== undefined && y !== undefined && Math.abs(depth - y) < 1e-3) deep++;
    }
    return { known, deep };
  };
  const [channel, row] = [score(asChannel), score(asRow)];
  return row.deep !== channel.deep ? row.deep > channel.deep : row.known > channel.known;
}
