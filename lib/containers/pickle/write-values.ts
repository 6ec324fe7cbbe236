/** JavaScript values as Python pickles them: typed arrays become numpy arrays, objects and Maps dicts, arrays lists. */
import { isNdArray, isNumericArray, type NdArray, type NumericArray } from '../../core/arrays.js';
import { OptionError } from '../../core/errors.js';
import type { OpcodeWriter } from './write-opcodes.js';

/** Lists in lists and dicts in dicts, each of which takes a frame of the stack; a value that holds itself would never end. */
const maxDepth = 100;

/** numpy's names of the element types. */
const dtypeNames = new Map<unknown, string>([
  [Float64Array, 'f8'],
  [Float32Array, 'f4'],
  [Int8Array, 'i1'],
  [Uint8Array, 'u1'],
  [Int16Array, 'i2'],
  [Uint16Array, 'u2'],
  [Int32Array, 'i4'],
  [Uint32Array, 'u4'],
  [BigInt64Array, 'i8'],
  [BigUint64Array, 'u8'],
]);

/**
 * Writes one value. Yields whenever there may be bytes to take away.
 *
 * @throws OptionError naming the place of what has no form in Python: functions, symbols, values that hold themselves
 */
export function* writeValue(writer: OpcodeWriter, value: unknown, place: string, depth = 0): Generator<void> {
  if (writeScalar(writer, value)) return;
  if (typeof value !== 'object' || value === null) throw new OptionError(place, 'a value that Python has too', value);
  if (depth >= maxDepth) throw new OptionError(place, `nested at most ${maxDepth} deep (and not inside itself)`, value);
  if (isNumericArray(value)) yield* writeArray(writer, value, [value.length]);
  else if (isNdArray(value)) yield* writeNdArray(writer, value, place);
  else if (value instanceof Date) writer.text(value.toISOString());
  else if (Array.isArray(value) || value instanceof Set) yield* writeList(writer, [...value], place, depth);
  else if (value instanceof Map) yield* writeDict(writer, [...value], place, depth);
  else yield* writeDict(writer, Object.entries(value), place, depth);
}

function writeScalar(writer: OpcodeWriter, value: unknown): boolean {
  if (value === null || value === undefined) writer.op('N');
  else if (typeof value === 'boolean') writer.bytes(value ? 0x88 : 0x89);
  else if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'bigint') writer.long(value);
  else if (typeof value !== 'number') return false;
  else if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.int(value);
  else writer.float(value);
  return true;
}

function* writeList(writer: OpcodeWriter, items: readonly unknown[], place: string, depth: number): Generator<void> {
  writer.op('](');
  for (let i = 0; i < items.length; i++) yield* writeValue(writer, items[i], `${place}[${i}]`, depth + 1);
  writer.op('e');
}

function* writeDict(
  writer: OpcodeWriter,
  entries: readonly (readonly [unknown, unknown])[],
  place: string,
  depth: number,
): Generator<void> {
  writer.op('}(');
  for (const [key, value] of entries) {
    const at = `${place}.${String(key)}`;
    if (value === undefined) continue;
    if (!writeScalar(writer, key)) throw new OptionError(at, 'under a key that is text or a number', key);
    yield* writeValue(writer, value, at, depth + 1);
  }
  writer.op('u');
}

function* writeNdArray(writer: OpcodeWriter, array: NdArray, place: string): Generator<void> {
  const shape = Array.from(array.shape, Number);
  const size = shape.reduce((product, n) => product * n, 1);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const inOrder = !array.stride || shape.every((n, axis) => n <= 1 || array.stride?.[axis] === strides[axis]);
  if (!inOrder || size > array.data.length) {
    throw new OptionError(place, 'an array in C order that is as long as its shape', array.data);
  }
  yield* writeArray(writer, array.data.subarray(0, size), shape);
}

/** _reconstruct(ndarray, (0,), b'b') and its state (1, shape, dtype, False, bytes): what numpy 1 and numpy 2 both read. */
export function* writeArray(writer: OpcodeWriter, data: NumericArray, shape: readonly number[]): Generator<void> {
  writer.global('numpy.core.multiarray', '_reconstruct');
  writer.global('numpy', 'ndarray');
  writer.int(0);
  writer.bytes(0x85);
  writer.once("b'b'", () => writer.payload(Uint8Array.of(98)));
  writer.bytes(0x87);
  writer.op('R(');
  writer.int(1);
  writer.op('(');
  for (const n of shape) writer.int(n);
  writer.op('t');
  writeDtype(writer, data);
  writer.bytes(0x89);
  writer.payload(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  writer.op('tb');
  yield;
}

function writeDtype(writer: OpcodeWriter, data: NumericArray): void {
  // a Buffer is a Uint8Array of another name
  const name = dtypeNames.get(data.constructor) ?? 'u1';
  writer.once(`dtype ${name}`, () => {
    writer.global('numpy', 'dtype');
    writer.text(name);
    writer.bytes(0x89, 0x88, 0x87);
    writer.op('R(');
    writer.int(3);
    writer.text(name.endsWith('1') ? '|' : '<');
    writer.op('NNN');
    writer.int(-1);
    writer.int(-1);
    writer.int(0);
    writer.op('tb');
  });
}
