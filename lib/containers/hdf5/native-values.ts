/** What native code gives of HDF5, as JavaScript takes it. */
import type { NativeColumn, NativeEntries } from '../../addon/contract.js';
import type { Hdf5AttributeValue } from '../../addon/hdf5-contract.js';
import { OptionError } from '../../core/errors.js';

const kindNames = ['group', 'dataset', 'type', 'soft-link', 'external-link', 'user-link'] as const;
export type Hdf5Kind = (typeof kindNames)[number];

/** A child of a group. Links are named as what they are, not followed; `target` is the path a soft link holds. */
export interface Hdf5Entry {
  name: string;
  kind: Hdf5Kind;
  target?: string;
  /** Place among its siblings in the order in which they were made, where the file keeps it. */
  made?: number;
}

export function entries({ names, kinds, made, targets }: NativeEntries): Hdf5Entry[] {
  return names.map((name, i) => {
    const kind = kindNames[kinds[i]];
    const order = made[i] < 0 ? {} : { made: made[i] };
    return kind === 'soft-link' ? { name, kind, target: targets[i], ...order } : { name, kind, ...order };
  });
}

export function strings(column: NativeColumn): string[] {
  return Array.isArray(column.values) ? column.values : [];
}

export function corner(value: readonly number[] | null, option: string): readonly number[] | null {
  if (value === null) return null;
  if (!Array.isArray(value) || value.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    throw new OptionError(option, 'an array of integers of at least 0', value);
  }
  return value;
}

export function attributeValue({ values, shape, boolean }: NativeColumn): Hdf5AttributeValue {
  if (values === null || shape.length > 0) return values;
  const only = values[0];
  if (typeof only === 'bigint') {
    const number = Number(only);
    return Number.isSafeInteger(number) ? number : only;
  }
  return boolean ? only !== 0 : only;
}
