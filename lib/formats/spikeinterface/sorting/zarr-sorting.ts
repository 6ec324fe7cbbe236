/** ZarrSorting: a Zarr group with unit_ids, spikes/{sample_index, unit_index, segment_slices} and properties. */

import type { ZarrFolder } from '../../../containers/zarr/folder.js';
import { FormatError } from '../../../core/errors.js';
import { nullIfDamaged } from '../../../core/optional.js';
import { idsField, isProperty, positiveField, rowsOf, type StoredSorting } from './stored-sorting.js';

/** Opens the sorting at `group` (the root where empty) of an open Zarr folder. */
export async function openZarrSorting(zarr: ZarrFolder, group = ''): Promise<StoredSorting> {
  const at = (location: string) => (group ? `${group}/${location}` : location);
  const attributes = await zarr.attributes(group);
  const path = zarr.path;
  const slices = await zarr.readNumbers(at('spikes/segment_slices'));
  if (slices.shape.length !== 2 || slices.shape[1] !== 2) {
    throw new FormatError(`${path}: ${at('spikes/segment_slices')} must have two columns`, {
      path,
      location: at('spikes'),
    });
  }
  return {
    container: 'ZarrSorting',
    unitIds: idsField(await readIds(zarr, at('unit_ids')), at('unit_ids'), path),
    fsHz: positiveField(attributes, 'sampling_frequency', path),
    segments: slices.shape[0],
    ...(await readZarrProperties(zarr, at('properties'))),
    channels: null,
    async spikes(segment) {
      const rows = [Number(slices.data[2 * segment]), Number(slices.data[2 * segment + 1])] as const;
      const { shape } = await zarr.describe(at('spikes/sample_index'));
      if (!(rows.every(Number.isSafeInteger) && rows[0] >= 0 && rows[0] <= rows[1] && rows[1] <= shape[0])) {
        const message = `${path}: segment ${segment} must be whole rows of the ${shape[0]} spikes, found [${rows.join(', ')})`;
        throw new FormatError(message, { path, location: at('spikes/segment_slices') });
      }
      if (rows[0] === rows[1]) return { samples: new Float64Array(), rows: new Float64Array() };
      const samples = await zarr.readNumbers(at('spikes/sample_index'), rows);
      return { samples: samples.data, rows: (await zarr.readNumbers(at('spikes/unit_index'), rows)).data };
    },
  };
}

async function readIds(zarr: ZarrFolder, location: string): Promise<(number | string)[]> {
  const { dtype } = await zarr.describe(location);
  if (isText(dtype)) return zarr.readTexts(location);
  return Array.from((await zarr.readNumbers(location)).data as ArrayLike<number | bigint>, Number);
}

const isText = (dtype: string) => /^v2:[US]|string/.test(dtype);

/** One value a unit of each array in a group. */
export async function readZarrProperties(
  zarr: ZarrFolder,
  group: string,
): Promise<Pick<StoredSorting, 'properties' | 'skipped'>> {
  const properties: Record<string, unknown[]> = Object.create(null);
  const skipped: string[] = [];
  for (const name of await zarr.children(group)) {
    const location = `${group}/${name}`;
    const { dtype, shape: stored } = await zarr.describe(location);
    if (!isProperty(stored)) skipped.push(name);
    else if (isText(dtype)) {
      const texts = await zarr.readTexts(location).catch(nullIfDamaged);
      if (texts) properties[name] = texts;
      else skipped.push(name);
    } else if (/^(u?int|float)\d+$|^bool$/.test(dtype)) {
      const { data, shape } = await zarr.readNumbers(location);
      const rows = rowsOf(data, shape);
      if (rows) properties[name] = dtype === 'bool' && shape.length === 1 ? rows.map(Boolean) : rows;
      else skipped.push(name);
    } else skipped.push(name);
  }
  return { properties, skipped };
}
