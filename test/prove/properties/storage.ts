/** How a dataset may be stored: chunks, filters, shapes, types. */
import type { Random } from '../random.js';

export type StorageSpec = { chunk: number; filters: string[]; level: number; column: string; unlimited: boolean };

export function drawStorage(random: Random): StorageSpec {
  return {
    chunk: random.chance(0.5) ? 0 : random.size(100_000),
    filters: random.some(['shuffle', 'fletcher32', random.pick(['gzip', 'gzip', 'lzf', 'scaleoffset'])], 0.4),
    level: random.int(0, 9),
    column: random.pick(['(N,)', '(N,)', '(N, 1)', '(1, N)']),
    unlimited: random.chance(0.2),
  };
}

export const timeDtypes = [
  '<f8',
  '<f8',
  '>f8',
  '<f4',
  '>f4',
  '<i8',
  '>i8',
  '<u8',
  '<i4',
  '>i4',
  '<u4',
  '>u4',
  '<u2',
  '>i2',
];
export const indexDtypes = ['<i8', '<u8', '>i8', '<i4', '>u4', '<u2', '>i2', 'u1', '<f8'];
