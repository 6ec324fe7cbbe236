/** The header of an .npy file: NEP 1, versions 1.0, 2.0 and 3.0. */
import { FormatError } from '../../core/errors.js';
import { type NpyType, typeFromDescr } from './dtype.js';
import { type Literal, LiteralError, parseLiteral, Tuple } from './literal.js';

export interface NpyHeader {
  type: NpyType;
  shape: readonly number[];
  /** First index fastest. */
  fortranOrder: boolean;
  /** Elements. */
  count: number;
  /** Where the data start. */
  dataOffset: number;
}

/** Where an array lies, for messages: a file, and the entry where the file is an archive. */
export interface NpyPlace {
  path: string;
  location?: string;
}

/** Bytes that hold any header this reader accepts: preamble and 10 000 bytes, numpy's own limit. */
export const maxHeaderBytes = 10_012;
/** numpy's own bound, until 2.0 made it 64. */
const maxDimensions = 32;

export function npyError(place: NpyPlace, what: string): FormatError {
  const where = place.location ? `${place.location} in ${place.path}` : place.path;
  return new FormatError(`${what}, in ${where}`, place);
}

/**
 * Parses the header at the start of `bytes` and checks that what it promises fits into a file of `fileSize` bytes.
 *
 * @throws FormatError for anything that numpy did not write, and for more elements than the file has bytes for
 */
export function parseNpyHeader(bytes: Uint8Array, fileSize: number, place: NpyPlace): NpyHeader {
  const { text, dataOffset } = headerText(bytes, fileSize, place);
  const fields = headerFields(text, place);
  const type = typeFromDescr(fields.descr);
  if (typeof type === 'string') throw npyError(place, `The header's descr names no element type: ${type}`);
  const count = checkShape(fields.shape, place);
  const available = fileSize - dataOffset;
  if (type.kind !== 'object' && !(count * type.size <= available)) {
    const promised = `${count} elements of ${type.size} bytes`;
    throw npyError(place, `The header promises ${promised}, the file holds ${available} bytes of data`);
  }
  // without bytes of their own, elements would be free to promise in any number
  if (type.size === 0 && count > available) throw npyError(place, `The header promises ${count} empty elements`);
  return { type, shape: fields.shape, fortranOrder: fields.fortranOrder, count, dataOffset };
}

function headerText(bytes: Uint8Array, fileSize: number, place: NpyPlace): { text: string; dataOffset: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw npyError(place, 'An .npy array must start with the bytes \\x93NUMPY and a header; these were not found');
  }
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0) {
    throw npyError(place, `Versions 1.0, 2.0 and 3.0 of .npy can be read, found ${major}.${minor}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw npyError(place, 'The file ends inside its header');
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes - 12)
    throw npyError(place, `A header of at most 10000 bytes was expected, found ${length}`);
  if (start + length > Math.min(bytes.length, fileSize)) throw npyError(place, 'The file ends inside its header');
  const header = Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
  return { text: header.toString(major === 3 ? 'utf8' : 'latin1'), dataOffset: start + length };
}

function headerFields(
  text: string,
  place: NpyPlace,
): { descr: Literal; fortranOrder: boolean; shape: readonly number[] } {
  let value: Literal;
  try {
    value = parseLiteral(text);
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    throw npyError(place, `The header must be a Python dictionary of plain values, found ${error.message}`);
  }
  const keys = value instanceof Map ? [...value.keys()].sort().join(', ') : '';
  if (!(value instanceof Map) || keys !== 'descr, fortran_order, shape') {
    const found = value instanceof Map ? `keys ${keys.slice(0, 100) || 'none'}` : 'another value';
    throw npyError(place, `The header must have the keys descr, fortran_order and shape, found ${found}`);
  }
  const fortranOrder = value.get('fortran_order');
  const shape = value.get('shape');
  if (typeof fortranOrder !== 'boolean') throw npyError(place, "The header's fortran_order must be True or False");
  if (!(shape instanceof Tuple) || !shape.every((n) => typeof n === 'number')) {
    throw npyError(place, "The header's shape must be a tuple of sizes");
  }
  return { descr: value.get('descr') as Literal, fortranOrder, shape: Array.from(shape as ArrayLike<number>) };
}

function checkShape(shape: readonly number[], place: NpyPlace): number {
  if (shape.length > maxDimensions) {
    throw npyError(place, `At most ${maxDimensions} dimensions were expected, found ${shape.length}`);
  }
  const bad = shape.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (bad !== undefined) throw npyError(place, `Sizes in the header's shape must be whole numbers, found ${bad}`);
  return shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, 1);
}
