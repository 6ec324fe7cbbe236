/** SortingAnalyzer, as a Zarr folder or a binary folder: the sorting, the channels, and where each unit's template peaks. */
import { join } from 'node:path';
import { type JsonObject, readJsonObject } from '../../../containers/text/json.js';
import type { ZarrFolder } from '../../../containers/zarr/folder.js';
import type { NdArray } from '../../../core/arrays.js';
import { memberPath } from '../../../io/members.js';
import { stat } from '../../../io/stat.js';
import { folderExtensions, zarrExtensions } from './extensions.js';
import { openNumpyFolder } from './numpy-folder.js';
import { contactPositions } from './probe.js';
import {
  idsField,
  type StoredChannels,
  type StoredSorting,
  type StoredSortingOptions,
  type UnitExtensions,
} from './stored-sorting.js';
import { openZarrSorting } from './zarr-sorting.js';

export async function openZarrAnalyzer(zarr: ZarrFolder): Promise<StoredSorting> {
  const sorting = await openZarrSorting(zarr, 'sorting');
  const info = (await zarr.has('recording_info')) ? await zarr.attributes('recording_info') : {};
  const extensions = await zarrExtensions(zarr, sorting.unitIds);
  const channels = channelsOf(info.recording_attributes, info.probegroup, extensions, sorting, zarr.path);
  return { ...withExtensions(sorting, extensions), container: 'SortingAnalyzer (Zarr)', channels };
}

export async function openFolderAnalyzer(folder: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const sorting = await openNumpyFolder(await memberPath(folder, join(folder, 'sorting'), options), options);
  const optional = async (name: string) => {
    const path = await memberPath(folder, join(folder, 'recording_info', name), options);
    return (await exists(path)) ? readJsonObject(path, options.limits) : null;
  };
  const extensions = await folderExtensions(folder, sorting.unitIds, options);
  const attributes = await optional('recording_attributes.json');
  const channels = channelsOf(attributes, await optional('probegroup.json'), extensions, sorting, folder);
  return { ...withExtensions(sorting, extensions), container: 'SortingAnalyzer (folder)', channels };
}

function withExtensions(sorting: StoredSorting, extensions: UnitExtensions): StoredSorting {
  return { ...sorting, extensions, skipped: [...sorting.skipped, ...extensions.skipped] };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function channelsOf(
  attributes: unknown,
  probeGroup: unknown,
  { average }: UnitExtensions,
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
function peakRows(average: NdArray, units: number, channels: number): number[] | null {
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
