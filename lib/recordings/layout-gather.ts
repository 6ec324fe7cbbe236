/** Samples out of the bytes of a window, each to its channel's row. */

import type { NpyType } from '../containers/npy/dtype.js';
import { littleEndian } from '../containers/npy/elements.js';
import type { NumericArray } from '../core/arrays.js';
import { placeOf, type ReadableStream, spanOf, type Window } from './layout-windows.js';

/** @param at where the window's first sample comes in each row */
export type Gather = (stream: ReadableStream, window: Window, bytes: Uint8Array, at: number) => void;

/** Frames that stay in the processor's first cache while all their channels are picked: so many, or of so many bytes. */
const tile = { samples: 32, bytes: 2 ** 14 };
/** From so many values on, a copy of the system's is sooner than a loop. */
const longCopy = 1024;

/** Some samples of each channel: where they lie in the window, in units, and where they come in the result, in samples. */
interface Patch {
  /** Of each channel, beyond `place`. */
  offsets: Int32Array;
  place: number;
  step: number;
  /** Where the row of each channel begins. */
  rows: number[];
  /** In its row. */
  to: number;
  count: number;
}

type Copy = (patch: Patch) => void;

/** `out` has rows of `length` samples; they come in as they are stored, but for int24, which comes in as int32. */
export function gatherOf(out: NumericArray, length: number, type: NpyType): Gather {
  return (stream, { channels, first, end }, bytes, at) => {
    const { low } = spanOf(channels, type.size);
    const unit = unitOf(stream, channels, low, type);
    const offsets = Int32Array.from(channels, ({ offset }) => (offset - low) / unit);
    const rows = channels.map(({ row }) => whole(row * length));
    const copy = copierOf(out, bytes, type, unit);
    const begins = placeOf(stream, first);
    const tileSamples = Math.max(tile.samples, Math.floor(tile.bytes / stream.step));
    for (let s = first, count = 0; s < end; s += count) {
      const left = stream.recordSamples - (s % stream.recordSamples);
      count = Math.min(end - s, left, stream.step === type.size ? left : tileSamples) | 0;
      // windows are smaller than 2^31 bytes
      const place = ((placeOf(stream, s) - begins) / unit) | 0;
      copy({ offsets, place, step: (stream.step / unit) | 0, rows, to: whole(at + s - first), count });
    }
  };
}

/** As the engine's whole number, where it is one: loops over such indices take half the time. */
const whole = (index: number) => (index < 2 ** 31 ? index | 0 : index);

/** Bytes that are copied at a time: whole samples where all of them lie at multiples of their size, else single bytes. */
function unitOf({ step, recordBytes }: ReadableStream, channels: Window['channels'], low: number, { size }: NpyType) {
  const fit =
    size !== 3 &&
    step % size === 0 &&
    recordBytes % size === 0 &&
    channels.every(({ offset }) => (offset - low) % size === 0);
  return fit ? size : 1;
}

function copierOf(out: NumericArray, bytes: Uint8Array, { size, bigEndian }: NpyType, unit: number): Copy {
  if (size === 3) return int24Copier(out as Int32Array, bytes, bigEndian);
  if (unit === 8) return wideCopier(out, bytes, bigEndian);
  // as whole numbers: in another byte order a float may be a NaN, of which a copy can differ
  if (unit === size) return unitCopier(unitsOf(out, unit), unitsOf(bytes, unit));
  return byteCopier(unitsOf(out, 1) as Uint8Array, bytes, size);
}

/** Samples of eight bytes: float64 in this machine's order is copied sooner than two halves. */
function wideCopier(out: NumericArray, bytes: Uint8Array, bigEndian: boolean): Copy {
  if (out instanceof Float64Array && bigEndian !== littleEndian) {
    return unitCopier(out, new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 8)));
  }
  return pairCopier(unitsOf(out, 4) as Uint32Array, unitsOf(bytes, 4) as Uint32Array);
}

type Units = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function unitsOf({ buffer, byteOffset, byteLength }: NumericArray, unit: number): Units {
  if (unit === 2) return new Uint16Array(buffer, byteOffset, Math.floor(byteLength / 2));
  if (unit === 4) return new Uint32Array(buffer, byteOffset, Math.floor(byteLength / 4));
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function unitCopier(out: Units, found: Units): Copy {
  return (patch) => copyUnits(out, found, patch);
}

function copyUnits(out: Units, found: Units, { offsets, place, step, rows, to, count }: Patch): void {
  for (let c = 0; c < rows.length; c++) {
    let from = place + offsets[c];
    let target = rows[c] + to;
    if (step === 1 && count >= longCopy) {
      out.set(found.subarray(from, from + count), target);
      continue;
    }
    for (const end = target + count; target < end; target++, from += step) out[target] = found[from];
  }
}

/** Samples of eight bytes. */
function pairCopier(out: Uint32Array, found: Uint32Array): Copy {
  return ({ offsets, place, step, rows, to, count }) => {
    for (let c = 0; c < rows.length; c++) {
      let from = 2 * (place + offsets[c]);
      let target = 2 * (rows[c] + to);
      if (step === 1) out.set(found.subarray(from, from + 2 * count), target);
      else {
        for (let i = 0; i < count; i++, from += 2 * step) {
          out[target++] = found[from];
          out[target++] = found[from + 1];
        }
      }
    }
  };
}

/** Samples that lie anywhere. */
function byteCopier(out: Uint8Array, found: Uint8Array, size: number): Copy {
  return ({ offsets, place, step, rows, to, count }) => {
    for (let c = 0; c < rows.length; c++) {
      let from = place + offsets[c];
      let target = size * (rows[c] + to);
      for (let i = 0; i < count; i++, from += step) {
        for (let b = 0; b < size; b++) out[target++] = found[from + b];
      }
    }
  };
}

function int24Copier(out: Int32Array, found: Uint8Array, bigEndian: boolean): Copy {
  const [low, high] = bigEndian ? [2, 0] : [0, 2];
  return ({ offsets, place, step, rows, to, count }) => {
    for (let c = 0; c < rows.length; c++) {
      let from = place + offsets[c];
      let target = rows[c] + to;
      // the highest byte's sign goes into the eight bits above it
      for (let i = 0; i < count; i++, from += step) {
        out[target++] = ((found[from + high] << 24) >> 8) | (found[from + 1] << 8) | found[from + low];
      }
    }
  };
}
