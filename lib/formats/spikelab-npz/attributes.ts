/** What SpikeLab's sorter knew of each unit. */

import { type Dict, kindOf } from '../../containers/pickle/pickle.js';
import type { PlainConverter } from '../../containers/pickle/plain.js';
import { FormatError } from '../../core/errors.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';

/** Kept as they are, where the file has them. */
const carried = ['template', 'amplitudes', 'std_norms', 'peak_sign', 'max_channel_id'];

export function unitAttributes(unit: Dict, u: number, converter: PlainConverter, path: string): NeuronAttributes {
  const attributes: NeuronAttributes = { unit_id: wholeNumber(unit, 'unit_id', u, path) };
  const [x, y] = [unit.get('x_max'), unit.get('y_max')];
  if (typeof x === 'number' && typeof y === 'number') attributes.location = [x, y];
  const electrode = unit.has('electrode') ? unit.get('electrode') : unit.get('max_channel_id');
  if (typeof electrode === 'number' || typeof electrode === 'string') attributes.electrode = electrode;
  for (const key of carried) {
    if (unit.has(key)) attributes[key] = converter.convert(unit.get(key), `units[${u}].${key}`);
  }
  return attributes;
}

function wholeNumber(unit: Dict, key: string, u: number, path: string): number {
  const value = unit.get(key);
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const location = `units[${u}].${key}`;
  const found = value === undefined ? 'none' : kindOf(value);
  throw new FormatError(`${path}: ${location} must be a whole number, found ${found}`, { path, location });
}
