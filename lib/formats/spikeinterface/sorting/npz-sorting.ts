/** NpzSorting: one .npz with labels (unit ids, not rows) and sample indices a segment; alone or in a folder with properties. */
import { join } from 'node:path';
import { decodeElements, decodeTexts, requireNumbers, toFloat64 } from '../../../containers/npy/elements.js';
import { type NpyHeader, type NpyPlace, npyHeader } from '../../../containers/npy/file.js';
import { NpzFile } from '../../../containers/zip/npz.js';
import { FormatError } from '../../../core/errors.js';
import { inSlices, manyElements } from '../../../core/slices.js';
import { memberPath } from '../../../io/members.js';
import { readFolderProperties } from './numpy-folder.js';
import { idsField, type StoredSorting, type StoredSortingOptions, type StoredSpikes } from './stored-sorting.js';

export async function openNpzFolder(folder: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const sorting = await openNpzSorting(await memberPath(folder, join(folder, 'sorting_cached.npz'), options), options);
  return { ...sorting, ...(await readFolderProperties(folder, options)) };
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
    const unitIds = idsField(await allLabels(npz, 'unit_ids'), 'unit_ids', path);
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

async function allLabels(npz: NpzFile, name: string): Promise<(number | string)[]> {
  const labels = await Labels.read(npz, name);
  return labels.piece(0, labels.count);
}

/** An array of ids, numbers or texts, piece by piece. The width of texts may differ from array to array. */
class Labels {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #header: NpyHeader;
  readonly #place: NpyPlace;

  private constructor(bytes: Uint8Array, header: NpyHeader, place: NpyPlace) {
    this.count = header.count;
    this.#bytes = bytes.subarray(header.dataOffset);
    this.#header = header;
    this.#place = place;
  }

  static async read(npz: NpzFile, name: string): Promise<Labels> {
    const bytes = await npz.bytes(name);
    const place = { path: npz.path, location: `${name}.npy` };
    const header = npyHeader(bytes, place);
    if (header.type.kind !== 'text' && header.type.kind !== 'bytes') requireNumbers(header.type, place);
    return new Labels(bytes, header, place);
  }

  piece(start: number, end: number): (number | string)[] {
    const { type } = this.#header;
    const [bytes, count] = [this.#bytes.subarray(start * type.size, end * type.size), end - start];
    if (type.kind === 'text' || type.kind === 'bytes') {
      return decodeTexts(bytes, { ...this.#header, count, shape: [count] }, this.#place);
    }
    return Array.from(toFloat64(decodeElements(bytes, type, count), this.#place));
  }
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
    const ids = await Labels.read(npz, location);
    if (ids.count !== samples.length) {
      const message = `${path}: ${location} must be as long as the ${samples.length} spikes, found ${ids.count}`;
      throw new FormatError(message, { path, location });
    }
    return { samples, rows: await rowsOfLabels(ids, unitIds, options.signal, { path, location }) };
  } finally {
    npz.close();
  }
}

async function rowsOfLabels(
  ids: Labels,
  unitIds: readonly (number | string)[],
  signal: AbortSignal | undefined,
  place: { path: string; location: string },
): Promise<Int32Array> {
  const rowOf = new Map(unitIds.map((id, row) => [id, row]));
  const rows = new Int32Array(ids.count);
  await inSlices(
    ids.count,
    manyElements,
    (start, end) => {
      ids.piece(start, end).forEach((id, i) => {
        const row = rowOf.get(id);
        if (row === undefined) {
          const message = `${place.path}: ${place.location} names the unit ${id}, which is not among unit_ids`;
          throw new FormatError(message, place);
        }
        rows[start + i] = row;
      });
    },
    signal,
  );
  return rows;
}
