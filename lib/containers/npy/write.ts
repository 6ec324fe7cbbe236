/** Writes .npy version 1.0, as numpy.save does. */
import { type FileHandle, open } from 'node:fs/promises';
import type { NumericArray } from '../../core/arrays.js';

const descrs = new Map<unknown, string>([
  [Float64Array, '<f8'],
  [Float32Array, '<f4'],
  [Int8Array, '|i1'],
  [Uint8Array, '|u1'],
  [Int16Array, '<i2'],
  [Uint16Array, '<u2'],
  [Int32Array, '<i4'],
  [Uint32Array, '<u4'],
  [BigInt64Array, '<i8'],
  [BigUint64Array, '<u8'],
]);

/** The header for C-ordered data of this type and shape, padded so that the data start at a multiple of 64 bytes. */
export function encodeNpyHeader(data: NumericArray, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const fields = `{'descr': '${descrs.get(data.constructor)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const text = fields.padEnd(Math.ceil((fields.length + 11) / 64) * 64 - 11);
  const out = Buffer.alloc(10 + text.length + 1);
  out.write('\x93NUMPY\x01\x00', 'latin1');
  out.writeUInt16LE(text.length + 1, 8);
  out.write(`${text}\n`, 10, 'latin1');
  return out;
}

/** 64 MB written at a time, a thirtieth of a second at 2 GB/s: then an abort is seen. */
const pieceBytes = 2 ** 26;

/** Writes the array at the start of an open, empty file. */
export async function writeNpy(
  file: FileHandle,
  data: NumericArray,
  shape: readonly number[] = [data.length],
): Promise<void> {
  await file.writeFile(encodeNpyHeader(data, shape));
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(pieceBytes, bytes.length - done));
    done += bytesWritten;
  }
}

/** Writes the array as the file at `path`, in place of what is there. */
export async function saveNpy(path: string, data: NumericArray, shape?: readonly number[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeNpy(file, data, shape);
  } finally {
    await file.close();
  }
}
