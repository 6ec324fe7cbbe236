/**
 * MATLAB's files of version 5 (saved by -v6 and -v7): variables as numbers, texts, cells and structs. Source: MathWorks' "MAT-File
 * Format". Objects, function handles and sparse arrays are passed over; nothing is ever run.
 */
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { FormatError, LimitError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';

/** Numbers in column-major order (booleans are numbers), a text (rows joined), cells or structs; null for what is passed over. */
export type MatValue =
  | { kind: 'numbers'; shape: number[]; data: Float64Array }
  | { kind: 'text'; shape: number[]; text: string }
  | { kind: 'cells'; shape: number[]; cells: MatValue[] }
  | { kind: 'structs'; shape: number[]; fields: Map<string, MatValue[]> }
  | null;

const headerBytes = 128;
/** Types of elements. */
const mi = { matrix: 14, compressed: 15, utf8: 16, utf16: 17, utf32: 18 } as const;
/** Classes of arrays. */
const mx = { cell: 1, structure: 2, char: 4, double: 6, last: 15 } as const;
const complexFlag = 0x08;
const mostFields = 10_000;

export const isMat5Start = (start: string) => start.startsWith('MATLAB 5.0 MAT-file');

const inflated = promisify(inflate);

/** Type of element → how its numbers are read. */
const readers: Readonly<
  Record<number, { size: number; read: (view: DataView, at: number, little: boolean) => number }>
> = {
  1: { size: 1, read: (view, at) => view.getInt8(at) },
  2: { size: 1, read: (view, at) => view.getUint8(at) },
  3: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  4: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  5: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  6: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  7: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  9: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  12: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  16: { size: 1, read: (view, at) => view.getUint8(at) },
  17: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  18: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
};

/** Those of the file's variables that are wanted, by their names. @throws FormatError, LimitError by maxArrayBytes and maxDepth */
export async function readMat5(
  bytes: Buffer,
  path: string,
  wanted: readonly string[],
  limits: Limits,
): Promise<Map<string, MatValue>> {
  if (!isMat5Start(bytes.toString('latin1', 0, 32)) || bytes.length < headerBytes) {
    const found = JSON.stringify(bytes.toString('latin1', 0, 20));
    throw new FormatError(`${path} must begin with "MATLAB 5.0 MAT-file", found ${found}`, { path });
  }
  const mark = bytes.toString('latin1', 126, 128);
  if (mark !== 'IM' && mark !== 'MI') {
    throw new FormatError(`${path} must say its byte order by IM or MI, found ${JSON.stringify(mark)}`, { path });
  }
  const reader = new Mat5(path, mark === 'IM', limits);
  const found = new Map<string, MatValue>();
  for (const element of reader.elements(bytes, headerBytes)) {
    const { type, data } = element.type === mi.compressed ? await reader.unpacked(element.data) : element;
    if (type !== mi.matrix) continue;
    const { name, value } = reader.array(data, 0, (each) => wanted.includes(each));
    if (wanted.includes(name)) found.set(name, value);
  }
  return found;
}

interface Element {
  type: number;
  data: Buffer;
}

class Mat5 {
  readonly #path: string;
  readonly #little: boolean;
  readonly #limits: Limits;
  /** Bytes of numbers that may still be made. */
  #left: number;

  constructor(path: string, little: boolean, limits: Limits) {
    this.#path = path;
    this.#little = little;
    this.#limits = limits;
    this.#left = limits.maxArrayBytes;
  }

  /** Elements one after the other, each padded to 8 bytes unless it is compressed. */
  *elements(bytes: Buffer, start: number): Generator<Element> {
    for (let at = start; at + 8 <= bytes.length; ) {
      const word = this.#u32(bytes, at);
      // up to 4 bytes stand in the second word, and their number in the upper half of the first
      if (word >>> 16) {
        const size = word >>> 16;
        if (size > 4) throw this.#broken(at, `a small element of ${size} bytes`);
        yield { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + size) };
        at += 8;
        continue;
      }
      const size = this.#u32(bytes, at + 4);
      if (size > bytes.length - at - 8) throw this.#broken(at, `an element of ${size} bytes`);
      yield { type: word, data: bytes.subarray(at + 8, at + 8 + size) };
      at += 8 + (word === mi.compressed ? size : Math.ceil(size / 8) * 8);
    }
  }

  async unpacked(data: Buffer): Promise<Element> {
    const most = Math.max(1, Math.min(this.#left, 2 ** 31));
    const bytes = await inflated(data, { maxOutputLength: most }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw this.#tooLarge(most + 1);
      const message = `${this.#path} holds a compressed variable that does not unpack (${cause.message})`;
      throw new FormatError(message, { path: this.#path }, { cause });
    });
    return this.elements(bytes, 0).next().value ?? { type: 0, data: Buffer.alloc(0) };
  }

  /** An array with its name; what is not wanted at the top is not decoded. */
  array(bytes: Buffer, depth: number, isWanted?: (name: string) => boolean): { name: string; value: MatValue } {
    if (bytes.length === 0) return { name: '', value: { kind: 'numbers', shape: [0, 0], data: new Float64Array(0) } };
    if (depth > this.#limits.maxDepth) throw new LimitError('maxDepth', this.#limits.maxDepth, depth, this.#path);
    const parts = this.elements(bytes, 0);
    const next = (what: string): Element => {
      const { value } = parts.next();
      if (value) return value;
      throw new FormatError(`${this.#path} must have ${what} in each array, found its end`, { path: this.#path });
    };
    const flags = this.#u32(next('flags').data, 0);
    const [kind, isComplex] = [flags & 0xff, (flags >>> 8) & complexFlag];
    if (kind === 0 || kind > mx.last || kind === 3 || kind === 5) return { name: '', value: null };
    const shape = Array.from(this.#numbers(next('dimensions')));
    const name = next('a name').data.toString('latin1');
    if (isWanted && !isWanted(name)) return { name, value: null };
    const count = shape.reduce((product, n) => product * n, 1);
    if (!(count >= 0) || shape.some((n) => n < 0)) throw this.#broken(0, `dimensions ${shape.join(' × ')}`);
    if (kind === mx.cell) {
      return { name, value: { kind: 'cells', shape, cells: this.#values(count, next, depth) } };
    }
    if (kind === mx.structure)
      return { name, value: { kind: 'structs', shape, fields: this.#fields(count, next, depth) } };
    const element = next('data');
    if (kind === mx.char) return { name, value: { kind: 'text', shape, text: this.#text(element) } };
    if (kind < mx.double || isComplex) return { name, value: null };
    const data = this.#numbers(element);
    if (data.length !== count) throw this.#broken(0, `${data.length} numbers for ${shape.join(' × ')}`);
    return { name, value: { kind: 'numbers', shape, data } };
  }

  #values(count: number, next: (what: string) => Element, depth: number): MatValue[] {
    const values: MatValue[] = [];
    for (let i = 0; i < count; i++) {
      const { type, data } = next(`${count} values`);
      values.push(type === mi.matrix ? this.array(data, depth + 1).value : null);
    }
    return values;
  }

  #fields(count: number, next: (what: string) => Element, depth: number): Map<string, MatValue[]> {
    const [length] = this.#numbers(next('a length of field names'));
    const { data: names } = next('field names');
    const fields = length > 0 ? Math.floor(names.length / length) : 0;
    if (fields > mostFields) throw this.#broken(0, `${fields} fields`);
    const list = Array.from({ length: fields }, (_, f) => {
      return names.toString('latin1', f * length, (f + 1) * length).replace(/\0.*$/s, '');
    });
    const out = new Map<string, MatValue[]>(list.map((name) => [name, []]));
    for (let i = 0; i < count; i++) {
      for (const name of list) out.get(name)?.push(...this.#values(1, next, depth));
    }
    return out;
  }

  /** Numbers are stored in the smallest type that holds them, whatever their class. */
  #numbers({ type, data }: Element): Float64Array {
    const reader = readers[type];
    if (!reader) throw this.#broken(0, `numbers of type ${type}`);
    const count = Math.floor(data.length / reader.size);
    this.#left -= count * 8;
    if (this.#left < 0) throw this.#tooLarge(this.#limits.maxArrayBytes - this.#left);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = reader.read(view, i * reader.size, this.#little);
    return out;
  }

  #text(element: Element): string {
    if (element.type === mi.utf8) return element.data.toString('utf8');
    return Array.from(this.#numbers(element), (code) =>
      code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD',
    ).join('');
  }

  #u32(bytes: Buffer, at: number): number {
    if (at + 4 > bytes.length) throw this.#broken(at, 'its end');
    return this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #broken(at: number, found: string): FormatError {
    const message = `${this.#path} must be a MAT-file of version 5 throughout, found ${found} where an element was expected`;
    return new FormatError(message, { path: this.#path, location: `byte ${at}` });
  }

  #tooLarge(found: number): LimitError {
    return new LimitError('maxArrayBytes', this.#limits.maxArrayBytes, found, this.#path);
  }
}
