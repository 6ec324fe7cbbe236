/** Columns of a structured .npy array (SpikeInterface's spikes.npy), found by name whatever their order and width. */

import { LimitError } from '../../core/errors.js';
import { defaultLimits } from '../../core/limits.js';
import { Slices } from '../../core/slices.js';
import { type NpyField, typeName } from './dtype.js';
import { NpyFile, type NpyReadOptions } from './file.js';
import { type NpyHeader, type NpyPlace, npyError } from './header.js';

/** Read at a time. */
const pieceBytes = 2 ** 19;
/** Rows between two looks at the clock: below a millisecond of work, before the engine has compiled it too. */
const rowsAtOnce = 2 ** 10;

/**
 * The named columns as float64, exact for integers up to 2^53.
 *
 * @throws FormatError where the array is not structured, lacks a field, or a field holds no single number
 */
export async function readNpyFields<Name extends string>(
  path: string,
  names: readonly Name[],
  options: NpyReadOptions = {},
): Promise<Record<Name, Float64Array>> {
  const file = await NpyFile.open(path);
  try {
    const { count, type } = file.header;
    const readers = names.map((name) => fieldReader(file.header, name, file.place));
    const allowed = options.maxArrayBytes ?? defaultLimits.maxArrayBytes;
    const found = count * 8 * names.length;
    if (found > allowed) throw new LimitError('maxArrayBytes', allowed, found, path);
    const columns = names.map(() => new Float64Array(count));
    const rows = Math.max(1, Math.floor(pieceBytes / Math.max(1, type.size)));
    const slices = new Slices(options.signal);
    for (let start = 0; start < count; start += rows) {
      const end = Math.min(count, start + rows);
      const bytes = await file.readBytes(start * type.size, end * type.size, options.signal);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let from = start; from < end; from += rowsAtOnce) {
        const to = Math.min(end, from + rowsAtOnce);
        readers.forEach((read, c) => {
          for (let row = from, at = (from - start) * type.size; row < to; row++, at += type.size)
            columns[c][row] = read(view, at);
        });
        if (slices.due) await slices.turn();
      }
    }
    return Object.fromEntries(names.map((name, c) => [name, columns[c]])) as Record<Name, Float64Array>;
  } finally {
    await file.close();
  }
}

type Reader = (view: DataView, rowOffset: number) => number;

function fieldReader(header: NpyHeader, name: string, place: NpyPlace): Reader {
  const { type } = header;
  if (type.kind !== 'struct') throw npyError(place, `A structured array was expected, found ${typeName(type)}`);
  const field = type.fields.find((f) => f.name === name);
  if (!field)
    throw npyError(place, `A field '${name}' was expected, found ${type.fields.map((f) => f.name).join(', ')}`);
  const read = numberReader(field);
  if (!read) throw npyError(place, `The field '${name}' must hold one number a row, found ${typeName(field.type)}`);
  return (view, at) => {
    const value = read(view, at + field.offset);
    if (value > 2 ** 53 || value < -(2 ** 53))
      throw npyError(place, `The field '${name}' holds ${value}, beyond ±2^53`);
    return value;
  };
}

function numberReader({ type }: NpyField): Reader | undefined {
  const little = !type.bigEndian;
  if (type.inner.length) return undefined;
  switch (`${type.letter}${type.size}`) {
    case 'b1':
    case 'u1':
      return (view, at) => view.getUint8(at);
    case 'i1':
      return (view, at) => view.getInt8(at);
    case 'i2':
      return (view, at) => view.getInt16(at, little);
    case 'u2':
      return (view, at) => view.getUint16(at, little);
    case 'i4':
      return (view, at) => view.getInt32(at, little);
    case 'u4':
      return (view, at) => view.getUint32(at, little);
    // two halves: a BigInt for each of millions of rows would cost more than the reading
    case 'i8':
      return (view, at) =>
        view.getInt32(little ? at + 4 : at, little) * 2 ** 32 + view.getUint32(little ? at : at + 4, little);
    case 'u8':
      return (view, at) =>
        view.getUint32(little ? at + 4 : at, little) * 2 ** 32 + view.getUint32(little ? at : at + 4, little);
    case 'f4':
      return (view, at) => view.getFloat32(at, little);
    case 'f8':
      return (view, at) => view.getFloat64(at, little);
    default:
      return undefined;
  }
}
