/** ZarrSorting: a Zarr group with unit_ids, spikes/{sample_index, unit_index, segment_slices} and properties. */
import { FormatError } from '../../errors.js';
import type { ZarrFolder } from '../zarr.js';
import { idsField, positiveField, rowsOf, type StoredSorting } from './stored-sorting.js';

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
    ...(await readProperties(zarr, at('properties'))),
    channels: null,
    async spikes(segment) {
      const rows = [Number(slices.data[2 * segment]), Number(slices.data[2 * segment + 1])] as const;
      const { shape } = await zarr.describe(at('spikes/sample_index'));
      if (!(rows[0] >= 0 && rows[0] <= rows[1] && rows[1] <= shape[0])) {
        const message = `${path}: segment ${segment} must lie in the ${shape[0]} spikes, found [${rows.join(', ')})`;
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

async function readProperties(zarr: ZarrFolder, group: string): Promise<Pick<StoredSorting, 'properties' | 'skipped'>> {
  const properties: Record<string, unknown[]> = Object.create(null);
  const skipped: string[] = [];
  for (const name of await zarr.children(group)) {
    const location = `${group}/${name}`;
    const { dtype } = await zarr.describe(location);
    if (isText(dtype)) properties[name] = await zarr.readTexts(location);
    else if (/^(u?int|float)\d+$|^bool$/.test(dtype)) {
      const { data, shape } = await zarr.readNumbers(location);
      const rows = rowsOf(data, shape);
      if (rows) properties[name] = dtype === 'bool' && shape.length === 1 ? rows.map(Boolean) : rows;
      else skipped.push(name);
    } else skipped.push(name);
  }
  return { properties, skipped };
}
