/** The electrodes of an ElectricalSeries: rows of the file's table of electrodes. */
import type { Hdf5File } from '../format/hdf5.js';
import { locations } from './trace-recording.js';

const table = '/general/extracellular_ephys/electrodes';
/** Places on the probe go before anatomical ones. */
const coordinates = [
  ['rel_x', 'rel_y', 'rel_z'],
  ['rel_x', 'rel_y'],
  ['x', 'y', 'z'],
  ['x', 'y'],
];

/** Row numbers (not ids) of the table, one a channel. */
export async function electrodeRows(file: Hdf5File, series: string): Promise<number[] | undefined> {
  const path = `${series}/electrodes`;
  if (!(await file.has(path))) return undefined;
  return Array.from((await file.read(path, { as: 'float64' })).data);
}

export async function electrodeTable(file: Hdf5File, rows: readonly number[] | undefined) {
  if (!rows?.length || !(await file.has(table))) return {};
  const column = async (name: string) => {
    const path = `${table}/${name}`;
    if (!(await file.has(path))) return undefined;
    const { dtype } = await file.describeDataset(path);
    if (dtype.class !== 'float' && dtype.class !== 'integer') return undefined;
    const values = (await file.read(path, { as: 'float64' })).data;
    return rows.every((row) => row >= 0 && row < values.length) ? rows.map((row) => values[row]) : undefined;
  };
  const channelIds = await column('id');
  for (const names of coordinates) {
    const columns = await Promise.all(names.map(column));
    if (!columns.every((values) => values?.every(Number.isFinite))) continue;
    return {
      channelIds,
      channelLocations: locations(rows.map((_, i) => columns.map((values) => values?.[i] ?? Number.NaN))),
    };
  }
  return { channelIds };
}
