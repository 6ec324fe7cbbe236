/** Elements that no chunk holds have the array's fill value. */
import type { NumericArray } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import type { MetaPlace } from './metadata.js';
import type { ZarrType } from './type.js';

const words: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };

/** Fills a new array; null stands for zeros and empty texts, as zarr-python's own arrays begin. */
export function fillArray(out: ZarrValues, type: ZarrType, fill: unknown, place: MetaPlace): void {
  if (Array.isArray(out)) out.fill(textFill(fill, type));
  else if (fill === null || fill === undefined || fill === 0 || fill === false || fill === '') return;
  else if (out instanceof BigInt64Array || out instanceof BigUint64Array) out.fill(wholeFill(fill, out, place));
  else out.fill(numberFill(fill, place));
}

/** Texts of fixed width are stored as they are (U), or in base64 (S). */
function textFill(fill: unknown, type: ZarrType): string {
  if (typeof fill !== 'string') return '';
  return type.npy?.kind === 'bytes' ? Buffer.from(fill, 'base64').toString('utf8').replaceAll('\0', '') : fill;
}

function numberFill(fill: unknown, place: MetaPlace): number {
  if (typeof fill === 'number' || typeof fill === 'boolean') return Number(fill);
  if (typeof fill === 'string' && Object.hasOwn(words, fill)) return words[fill];
  throw bad(fill, place);
}

function wholeFill(fill: unknown, out: BigInt64Array | BigUint64Array, place: MetaPlace): bigint {
  if (typeof fill !== 'number' || !Number.isInteger(fill)) throw bad(fill, place);
  // the largest values of 64 bits are the only ones beyond 2^53 that survive JSON
  const most = out instanceof BigInt64Array ? 2n ** 63n : 2n ** 64n;
  const value = BigInt(fill);
  if (value === most) return most - 1n;
  if (Math.abs(fill) > Number.MAX_SAFE_INTEGER && value !== -most) throw bad(fill, place);
  return value;
}

function bad(fill: unknown, { path, location }: MetaPlace): FormatError {
  const message = `${path}: ${location} cannot be read as Zarr: a fill_value of its type was expected, found ${JSON.stringify(fill)}`;
  return new FormatError(message, { path, location });
}

export type ZarrValues = NumericArray | string[];
