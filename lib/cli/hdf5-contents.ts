/** The datasets of an HDF5 file, to find out what --dataset and other paths are. */
import { type Hdf5File, openHdf5 } from '../containers/hdf5/file.js';
import { SpikeLabError } from '../core/errors.js';
import { tableText } from './table.js';

export interface DatasetLine {
  path: string;
  shape: number[] | null;
  type: string;
  /** Names of its filters: compression, shuffle, checksums. */
  filters: string[];
}

/** Files of other software can hold hundreds of thousands; no one reads so many lines. */
const mostDatasets = 2000;

export interface Contents {
  datasets: DatasetLine[];
  /** Datasets that are not listed. */
  more: number;
}

export async function hdf5Contents(path: string, signal: AbortSignal): Promise<Contents> {
  const file = await openHdf5(path, { signal });
  try {
    const entries = (await file.walk()).filter((entry) => entry.kind === 'dataset');
    const datasets: DatasetLine[] = [];
    for (const { name } of entries.slice(0, mostDatasets)) datasets.push(await describe(file, name));
    return { datasets, more: entries.length - datasets.length };
  } finally {
    file.close();
  }
}

async function describe(file: Hdf5File, path: string): Promise<DatasetLine> {
  try {
    const { shape, dtype, filters } = await file.describeDataset(path);
    return { path, shape, type: dtype.name, filters: filters.map((filter) => filter.name) };
  } catch (error) {
    // one that may not be read does not hide the others
    if (error instanceof SpikeLabError && error.code === 'ERR_UNSUPPORTED') {
      return { path, shape: null, type: 'not readable', filters: [] };
    }
    throw error;
  }
}

export function contentsTable({ datasets, more }: Contents): string {
  const rows = datasets.map(({ path, shape, type, filters }) => [path, shapeText(shape), type, filters.join(', ')]);
  const table = tableText({ head: ['dataset', 'shape', 'type', 'stored with'], rows, words: [0, 1, 2, 3] });
  return `${table}\n${more ? `and ${more.toLocaleString('en-US')} more\n` : ''}`;
}

function shapeText(shape: number[] | null): string {
  if (shape === null) return '–';
  return shape.length ? shape.map((n) => n.toLocaleString('en-US')).join(' × ') : 'one value';
}
