/** numcodecs' filters of numbers, undone as numcodecs does it: in its types, with its rounding. */

import type { NumericArray } from '../../core/arrays.js';
import { UnsupportedError } from '../../core/errors.js';
import { arrayTypeOf, type NpyType, typeFromDescr } from '../npy/dtype.js';
import { decodeElements } from '../npy/elements.js';
import type { Literal } from '../npy/literal.js';
import { BadChunk } from './bad-chunk.js';
import { unshuffleBytes } from './shuffle.js';
import type { Configuration, Step } from './step.js';

type Values = (stored: NumericArray, out: NumericArray) => void;

/** The filter of this name; undefined where there is none. @throws UnsupportedError for a configuration that is not read */
export function filterStep(name: string, configuration: Configuration, where: string): Step | undefined {
  const type = (key: string, or: unknown) => numberType(configuration[key] ?? or, `${where}: ${name}.${key}`);
  switch (name) {
    case 'shuffle':
      return shuffle(Number(configuration.elementsize ?? 4), where);
    case 'delta': {
      const dtype = type('dtype', undefined);
      return converting(name, dtype, type('astype', configuration.dtype), sums);
    }
    case 'fixedscaleoffset': {
      const dtype = type('dtype', undefined);
      const [scale, offset] = [Number(configuration.scale), Number(configuration.offset)];
      if (!Number.isFinite(scale) || scale === 0 || !Number.isFinite(offset)) {
        throw new UnsupportedError(
          'zarr codec',
          `${where}: fixedscaleoffset without a scale and an offset is not read`,
        );
      }
      return converting(name, dtype, type('astype', configuration.dtype), rescale(scale, offset, dtype, where));
    }
    case 'astype':
      return converting(name, type('decode_dtype', undefined), type('encode_dtype', undefined), cast);
    case 'quantize':
      return converting(name, type('dtype', undefined), type('astype', configuration.dtype), cast);
    case 'bitround':
      return { name, stored: (size) => size, decode: (stored) => stored };
    default:
      return undefined;
  }
}

function numberType(descr: unknown, where: string): NpyType {
  const type = typeFromDescr(descr as Literal);
  if (typeof type === 'string' || type.kind !== 'number' || !arrayTypeOf(type)) {
    throw new UnsupportedError(
      'zarr codec',
      `${where} must name a type of whole or real numbers that is read, found ${JSON.stringify(descr)}`,
    );
  }
  return type;
}

function shuffle(size: number, where: string): Step {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new UnsupportedError('zarr codec', `${where}: shuffle needs an elementsize of at least 1`);
  }
  return {
    name: 'shuffle',
    stored: (bytes) => bytes,
    decode(stored) {
      const out = new Uint8Array(stored.length);
      unshuffleBytes(stored, out, size);
      return out;
    },
  };
}

/** A filter from elements of `coded` to elements of `plain`, one for one. */
function converting(name: string, plain: NpyType, coded: NpyType, values: Values): Step {
  const made = arrayTypeOf(plain);
  return {
    name,
    stored: (size) => (size === null ? null : (size / plain.size) * coded.size),
    decode(stored) {
      const count = stored.length / coded.size;
      if (!made || !Number.isInteger(count))
        throw new BadChunk(`whole elements of ${coded.descr} were expected for ${name}`);
      const out = new made(count);
      values(decodeElements(stored, coded, count), out);
      const bytes = Buffer.from(out.buffer, out.byteOffset, out.byteLength);
      if (plain.bigEndian && plain.size > 1) swap(bytes, plain.size);
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
  };
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}

/** numpy's cumsum in the type of the result: it wraps as that does. */
const sums: Values = (stored, out) => {
  if (out.BYTES_PER_ELEMENT === 8 && stored.BYTES_PER_ELEMENT === 8 && isWide(out) && isWide(stored)) {
    sumHalves(halvesOf(stored), halvesOf(out));
    return;
  }
  const [from, to] = alike(stored, out);
  if (to instanceof BigInt64Array || to instanceof BigUint64Array) {
    for (let i = 0, sum = 0n; i < to.length; i++) to[i] = sum = BigInt.asIntN(64, sum + BigInt(from[i]));
    return;
  }
  const single = to instanceof Float32Array;
  for (let i = 0, sum = 0; i < to.length; i++) {
    const step = Number(from[i]);
    to[i] = sum + (single ? Math.fround(step) : step);
    sum = to[i];
  }
};

const isWide = (array: NumericArray) => array instanceof BigInt64Array || array instanceof BigUint64Array;
const halvesOf = (array: NumericArray) => new Uint32Array(array.buffer, array.byteOffset, 2 * array.length);

/** Sums of 64 bits by their halves, low ones first: without a BigInt for each. */
function sumHalves(from: Uint32Array, to: Uint32Array): void {
  for (let i = 0, low = 0, high = 0; i < to.length; i += 2) {
    const sum = low + from[i];
    low = sum >>> 0;
    high = (high + from[i + 1] + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    to[i] = low;
    to[i + 1] = high;
  }
}

const cast: Values = (stored, out) => {
  const [from, to] = alike(stored, out);
  (to as Float64Array).set(from as Float64Array);
};

/** `stored` in whole numbers of 64 bits where `out` is, as numbers where it is not. */
function alike(stored: NumericArray, out: NumericArray): [NumericArray, NumericArray] {
  if (isWide(stored) === isWide(out)) return [stored, out];
  if (!isWide(out)) return [wide(stored as BigInt64Array, out), out];
  return [BigInt64Array.from(stored as Float64Array, (value) => BigInt(Math.trunc(value))), out];
}

/** 64-bit integers for a narrower type: real numbers for real ones, the low bits for whole ones. */
function wide(stored: BigInt64Array | BigUint64Array, out: NumericArray): NumericArray {
  if (out instanceof Float64Array || out instanceof Float32Array)
    return Float64Array.from(stored as BigInt64Array, Number);
  return Float64Array.from(stored as BigInt64Array, (value) => Number(BigInt.asIntN(32, value)));
}

/** coded / scale + offset in float64, or in float32 where that is what is stored; whole results lose their fraction, as in numpy. */
function rescale(scale: number, offset: number, plain: NpyType, where: string): Values {
  if (plain.letter !== 'f' && plain.size === 8) {
    throw new UnsupportedError('zarr codec', `${where}: fixedscaleoffset of 64-bit integers is not read`);
  }
  return (stored, out) => {
    const to = out as Float64Array;
    if (stored instanceof Float32Array) {
      const [by, from] = [Math.fround(scale), Math.fround(offset)];
      for (let i = 0; i < to.length; i++) to[i] = Math.fround(Math.fround(stored[i] / by) + from);
    } else {
      for (let i = 0; i < to.length; i++) to[i] = Number(stored[i]) / scale + offset;
    }
  };
}
