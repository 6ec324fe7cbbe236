/** NpzSorting: one .npz with labels (unit ids, not rows) and sample indices a segment; alone or in a folder with properties. */
import { join } from 'node:path';
import { FormatError } from '../../errors.js';
import { NpzFile } from '../npz.js';
import { readFolderProperties } from './numpy-folder.js';
import { idsField, type StoredSorting, type StoredSortingOptions, type StoredSpikes } from './stored-sorting.js';

export async function openNpzFolder(folder: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const sorting = await openNpzSorting(join(folder, 'sorting_cached.npz'), options);
  return { ...sorting, ...(await readFolderProperties(join(folder, 'properties'), options)) };
}

export async function openNpzSorting(path: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const npz = await NpzFile.open(path, options);
  try {
    const segments = await one(npz, 'num_segment');
    if (!Number.isSafeInteger(segments) || segments < 1) {
      throw new FormatError(`${path}: num_segment must be a whole number of at least 1, found ${segments}`, { path });
    }
    const fsHz = await one(npz, 'sampling_frequency');
    if (!(fsHz > 0 && fsHz < Number.POSITIVE_INFINITY)) {
      throw new FormatError(`${path}: sampling_frequency must be a positive number, found ${fsHz}`, { path });
    }
    const unitIds = idsField(await labels(npz, 'unit_ids'), 'unit_ids', path);
    const spikes = (segment: number) => readSegment(path, segment, unitIds, options);
    return { container: 'NpzSorting', unitIds, fsHz, segments, spikes, properties: {}, skipped: [], channels: null };
  } finally {
    npz.close();
  }
}

async function one(npz: NpzFile, name: string): Promise<number> {
  const { data, shape } = await npz.numbers(name);
  if (data.length !== 1) {
    const message = `${npz.path}: ${name} must hold one number, found shape (${shape.join(', ')})`;
    throw new FormatError(message, { path: npz.path, location: name });
  }
  return Number(data[0]);
}

/** Ids as numbers or texts. The width of texts may differ from array to array: they are compared as text. */
async function labels(npz: NpzFile, name: string): Promise<(number | string)[]> {
  const { type } = await npz.header(name);
  if (type.kind === 'text' || type.kind === 'bytes') return npz.texts(name);
  return Array.from((await npz.numbers(name)).data as ArrayLike<number | bigint>, Number);
}

async function readSegment(
  path: string,
  segment: number,
  unitIds: readonly (number | string)[],
  options: StoredSortingOptions,
): Promise<StoredSpikes> {
  const npz = await NpzFile.open(path, options);
  try {
    const samples = (await npz.numbers(`spike_indexes_seg${segment}`)).data;
    const location = `spike_labels_seg${segment}`;
    const ids = await labels(npz, location);
    if (ids.length !== samples.length) {
      const message = `${path}: ${location} must be as long as the ${samples.length} spikes, found ${ids.length}`;
      throw new FormatError(message, { path, location });
    }
    const rowOf = new Map(unitIds.map((id, row) => [id, row]));
    const rows = Float64Array.from(ids, (id) => rowOf.get(id) ?? -1);
    const stray = rows.indexOf(-1);
    if (stray >= 0) {
      throw new FormatError(`${path}: ${location} names the unit ${ids[stray]}, which is not among unit_ids`, {
        path,
        location,
      });
    }
    return { samples, rows };
  } finally {
    npz.close();
  }
}
