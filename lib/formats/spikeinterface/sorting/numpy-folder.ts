/** NumpyFolderSorting (SpikeInterface 0.99 and later): spikes.npy with named fields beside numpysorting_info.json. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpyFields } from '../../../containers/npy/fields.js';
import { NpyFile, type NpyReadOptions } from '../../../containers/npy/file.js';
import { readJsonObject } from '../../../containers/text/json.js';
import { FormatError } from '../../../core/errors.js';
import { nullIfDamaged } from '../../../core/optional.js';
import { inSlices, manyElements } from '../../../core/slices.js';
import { memberPath } from '../../../io/members.js';
import { stat } from '../../../io/stat.js';
import {
  idsField,
  isProperty,
  positiveField,
  rowsOf,
  type StoredSorting,
  type StoredSortingOptions,
} from './stored-sorting.js';

export async function openNumpyFolder(folder: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const infoPath = await memberPath(folder, join(folder, 'numpysorting_info.json'), options);
  const info = await readJsonObject(infoPath, options.limits);
  const unitIds = idsField(info.unit_ids, 'unit_ids', infoPath);
  const segments = positiveField(info, 'num_segments', infoPath);
  const spikesPath = await memberPath(folder, join(folder, 'spikes.npy'), options);
  return {
    container: 'NumpyFolderSorting',
    unitIds,
    fsHz: positiveField(info, 'sampling_frequency', infoPath),
    segments,
    ...(await readFolderProperties(folder, options)),
    channels: null,
    async spikes(segment) {
      const { maxArrayBytes } = options.limits;
      const fields = ['sample_index', 'unit_index', 'segment_index'] as const;
      const columns = await readNpyFields(spikesPath, fields, { signal: options.signal, maxArrayBytes });
      options.onBytes?.((await stat(spikesPath)).size);
      return inSegment(columns, segment, segments, spikesPath, options.signal);
    },
  };
}

interface Columns {
  sample_index: Float64Array;
  unit_index: Float64Array;
  segment_index: Float64Array;
}

async function inSegment(columns: Columns, segment: number, segments: number, path: string, signal?: AbortSignal) {
  const { sample_index: samples, unit_index: rows, segment_index: of } = columns;
  let count = 0;
  await inSlices(
    of.length,
    manyElements,
    (start, end) => {
      for (let i = start; i < end; i++) {
        if (!(of[i] >= 0 && of[i] < segments)) {
          const message = `${path}: segment_index must lie in 0…${segments - 1}, found ${of[i]} in row ${i}`;
          throw new FormatError(message, { path, location: 'segment_index' });
        }
        if (of[i] !== segment) continue;
        samples[count] = samples[i];
        rows[count++] = rows[i];
      }
    },
    signal,
  );
  return { samples: samples.subarray(0, count), rows: rows.subarray(0, count) };
}

/** properties/<name>.npy of a sorting's folder: one value a unit. Object arrays are pickles and stay closed. */
export async function readFolderProperties(
  folder: string,
  options: StoredSortingOptions,
): Promise<Pick<StoredSorting, 'properties' | 'skipped'>> {
  const properties: Record<string, unknown[]> = Object.create(null);
  const skipped: string[] = [];
  const { limits, signal, onBytes } = options;
  const place = await memberPath(folder, join(folder, 'properties'), options);
  const names = (await readdir(place).catch(() => [])).filter((name) => name.endsWith('.npy')).sort();
  for (const name of names) {
    const file = await NpyFile.open(await memberPath(folder, join(place, name), options));
    try {
      const values = await readValues(file, { signal, maxArrayBytes: limits.maxArrayBytes });
      onBytes?.(file.size);
      if (values) properties[name.slice(0, -'.npy'.length)] = values;
      else skipped.push(name);
    } finally {
      await file.close();
    }
  }
  return { properties, skipped };
}

async function readValues(file: NpyFile, options: NpyReadOptions): Promise<unknown[] | null> {
  if (!isProperty(file.header.shape)) return null;
  const { kind } = file.header.type;
  if (kind === 'text' || kind === 'bytes')
    return file.header.shape.length === 1 ? file.readTexts(options).catch(nullIfDamaged) : null;
  if (kind !== 'number' && kind !== 'bool') return null;
  const { data, shape } = await file.readAll(options);
  const rows = rowsOf(data, shape);
  return kind === 'bool' && shape.length === 1 ? (rows?.map(Boolean) ?? null) : rows;
}
