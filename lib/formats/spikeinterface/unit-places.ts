/** Where a unit is: its electrode and its place, out of the properties of a sorting. */
import { isNdArray, isNumericArray } from '../../core/arrays.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';
import { rowsOf } from './sorting/stored-sorting.js';

/** Names under which sortings keep the electrode and the place of a unit: the first that a unit has counts. */
const electrodeProperties = ['channel', 'ch', 'peak_channel', 'electrode'];
const locationProperties = ['location', 'unit_location', 'position'];

/** The properties of an object that say where units are. SpikeInterface raises for names that a sorting does not have. */
export async function propertiesOf(sorting: {
  getProperty?(name: string): unknown;
}): Promise<Record<string, unknown[]>> {
  const properties: Record<string, unknown[]> = {};
  for (const name of [...electrodeProperties, ...locationProperties]) {
    let property: unknown;
    try {
      property = await sorting.getProperty?.(name);
    } catch {
      continue;
    }
    const values = perUnit(property);
    if (values) properties[name] = values;
  }
  return properties;
}

/** A property's values, one a unit: arrays of numbers, texts or rows. */
function perUnit(property: unknown): unknown[] | null {
  if (isNdArray(property)) return rowsOf(property.data as ArrayLike<number>, Array.from(property.shape));
  if (isNumericArray(property)) return Array.from(property as ArrayLike<number | bigint>, Number);
  return Array.isArray(property) ? property : null;
}

export function placement(
  row: number,
  properties: Record<string, unknown[]>,
): Pick<NeuronAttributes, 'electrode' | 'location'> {
  const first = <T>(names: readonly string[], read: (value: unknown) => T | undefined) =>
    names.map((name) => read(properties[name]?.[row])).find((value) => value !== undefined);
  const electrode = first(electrodeProperties, electrodeOf);
  const location = first(locationProperties, placeOf);
  return { ...(electrode === undefined ? {} : { electrode }), ...(location ? { location } : {}) };
}

/** NaN and empty texts are how properties say that a unit has none. */
function electrodeOf(value: unknown): number | string | undefined {
  if (typeof value === 'bigint') return Number(value);
  return (typeof value === 'number' && Number.isFinite(value)) || (typeof value === 'string' && value)
    ? value
    : undefined;
}

function placeOf(value: unknown): number[] | undefined {
  const place =
    typeof value === 'number'
      ? [value]
      : Array.isArray(value) || isNumericArray(value)
        ? Array.from(value as number[], Number)
        : [];
  return place.length && place.every(Number.isFinite) ? place : undefined;
}
