/** The electrodes of an ElectricalSeries: rows of the file's table of electrodes. */
import type { TableSource } from '../../containers/tables/tables.js';
import type { RecordContext } from '../../recordings/recording-format.js';
import { locations } from '../../recordings/trace-recording.js';
import { locationOf, readElectrodes } from './electrodes.js';

/** Row numbers (not ids) of the table, one a channel. */
export async function electrodeRows(source: TableSource, series: string): Promise<number[] | undefined> {
  const path = `${series}/electrodes`;
  if (!(await source.has(path))) return undefined;
  return Array.from(await source.floats(path));
}

/** Ids and places of rows, by the rule that the loader has too. */
export async function electrodeTable(
  source: TableSource,
  series: string,
  rows: readonly number[] | undefined,
  context: RecordContext,
) {
  if (!rows?.length) return {};
  const { table } = await source.attributes(`${series}/electrodes`);
  const electrodes = await readElectrodes(source, context, table);
  if (!electrodes || !rows.every((row) => Number.isInteger(row) && row >= 0 && row < electrodes.ids.length)) return {};
  const channelIds = rows.map((row) => electrodes.ids[row]);
  const places = rows.map((row) => locationOf(electrodes, row));
  const dimensions = places.find((place) => place !== undefined)?.length;
  if (dimensions === undefined) return { channelIds };
  const nowhere = Array.from({ length: dimensions }, () => Number.NaN);
  return { channelIds, channelLocations: locations(places.map((place) => place ?? nowhere)) };
}
