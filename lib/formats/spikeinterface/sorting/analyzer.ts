/** SortingAnalyzer, as a Zarr folder or a binary folder: the sorting, the channels, and where each unit's template peaks. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NdArray } from '../../arrays.js';
import { type JsonObject, readJsonObject } from '../json.js';
import { readNpy } from '../npy.js';
import type { ZarrFolder } from '../zarr.js';
import { openNumpyFolder } from './numpy-folder.js';
import { contactPositions } from './probe.js';
import { idsField, type StoredChannels, type StoredSorting, type StoredSortingOptions } from './stored-sorting.js';
import { openZarrSorting } from './zarr-sorting.js';

const templates = 'extensions/templates';

export async function openZarrAnalyzer(zarr: ZarrFolder): Promise<StoredSorting> {
  const sorting = await openZarrSorting(zarr, 'sorting');
  const info = (await zarr.has('recording_info')) ? await zarr.attributes('recording_info') : {};
  const average = (await zarr.has(`${templates}/average`)) ? await zarr.readNumbers(`${templates}/average`) : null;
  const channels = channelsOf(info.recording_attributes, info.probegroup, average, sorting, zarr.path);
  return { ...sorting, container: 'SortingAnalyzer (Zarr)', channels };
}

export async function openFolderAnalyzer(folder: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const sorting = await openNumpyFolder(join(folder, 'sorting'), options);
  const optional = async (name: string) => {
    const path = join(folder, 'recording_info', name);
    return (await exists(path)) ? readJsonObject(path, options.limits) : null;
  };
  const averagePath = join(folder, templates, 'average.npy');
  const average = (await exists(averagePath)) ? await readNpy(averagePath, { signal: options.signal }) : null;
  const attributes = await optional('recording_attributes.json');
  const channels = channelsOf(attributes, await optional('probegroup.json'), average, sorting, folder);
  return { ...sorting, container: 'SortingAnalyzer (folder)', channels };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function channelsOf(
  attributes: unknown,
  probeGroup: unknown,
  average: NdArray | null,
  sorting: StoredSorting,
  path: string,
): StoredChannels | null {
  if (typeof attributes !== 'object' || attributes === null) return null;
  const { channel_ids, num_samples, properties } = attributes as JsonObject;
  const ids = idsField(channel_ids, 'channel_ids', path);
  const ofChannels = (properties ?? {}) as JsonObject;
  const located = isMatrix(ofChannels.location, ids.length)
    ? ofChannels.location
    : contactPositions(probeGroup, ids.length);
  const electrodes = ofChannels.electrode;
  return {
    ids,
    locations: located,
    electrodes: Array.isArray(electrodes) && electrodes.length === ids.length ? electrodes : null,
    peakRows: average && peakRows(average, sorting.unitIds.length, ids.length),
    samples: Array.isArray(num_samples) ? num_samples.map(Number) : null,
  };
}

const isMatrix = (value: unknown, rows: number): value is number[][] =>
  Array.isArray(value) &&
  value.length === rows &&
  value.every((row) => Array.isArray(row) && row.every(Number.isFinite));

/** Channel of the largest peak-to-peak amplitude of (units, samples, channels) templates; null where the shape is another. */
export function peakRows(average: NdArray, units: number, channels: number): number[] | null {
  const [u, samples, c] = average.shape;
  if (average.shape.length !== 3 || u !== units || c !== channels || !samples) return null;
  const data = average.data as Float64Array;
  return Array.from({ length: units }, (_, unit) => {
    let best = 0;
    let largest = -1;
    for (let channel = 0; channel < channels; channel++) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < samples; s++) {
        const value = data[(unit * samples + s) * channels + channel];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (high - low > largest) {
        largest = high - low;
        best = channel;
      }
    }
    return best;
  });
}
