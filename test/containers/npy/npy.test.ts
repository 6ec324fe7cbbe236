import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readNpyFields } from '../../../lib/containers/npy/fields.js';
import { NpyFile, npyPickle, parseNpy, parseNpyTexts, readNpy, toFloat64 } from '../../../lib/containers/npy/file.js';
import { writeNpy } from '../../../lib/containers/npy/write.js';
import { FormatError, LimitError, NotFoundError, UnsupportedError } from '../../../lib/core/errors.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/npy/', import.meta.url));
const file = (name: string) => join(fixtures, `${name}.npy`);
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
  string,
  { shape: number[]; dtype: string; values: (number | string)[]; texts?: string[] }
>;
const scratch = mkdtempSync(join(tmpdir(), 'npy-test-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const plain = (data: ArrayLike<number | bigint>) => Array.from(data);
const wanted = (name: string) => expected[name].values.map((v) => (typeof v === 'string' ? BigInt(v) : v));
const asWanted = (data: ArrayLike<number | bigint>, name: string) =>
  plain(data).map((v, i) => (typeof expected[name].values[i] === 'string' ? BigInt(v) : v));

/** An .npy file of our own making, header and all. */
function craft(header: string, body: Uint8Array = new Uint8Array(), version = [1, 0]): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const start = version[0] === 1 ? Buffer.alloc(10) : Buffer.alloc(12);
  start.write('\x93NUMPY', 'latin1');
  start.set(version, 6);
  if (version[0] === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, text, body]);
}
const place = { path: 'made.npy' };
const headerOf = (descr: string, shape: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

describe('arrays of numbers', () => {
  const numeric = Object.keys(expected).filter((name) => expected[name].values);
  it.each(numeric)('%s is read as numpy wrote it, from a file and from bytes', async (name) => {
    for (const array of [await readNpy(file(name)), parseNpy(readFileSync(file(name)), place)]) {
      expect(array.shape).toEqual(expected[name].shape);
      expect(array.dtype).toBe(expected[name].dtype);
      expect(asWanted(array.data, name)).toEqual(wanted(name));
    }
  });

  it('reads from bytes that lie at any offset, and leaves them as they are', () => {
    const source = readFileSync(file('i8_big'));
    const shifted = new Uint8Array(source.length + 3);
    shifted.set(source, 3);
    const before = shifted.slice();
    const { data } = parseNpy(shifted.subarray(3), place);
    expect(asWanted(data, 'i8_big')).toEqual(wanted('i8_big'));
    expect(shifted).toEqual(before);
  });

  it('keeps the special values of float16', async () => {
    const { data } = await readNpy(file('half_specials'));
    expect(plain(data)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it('gives float64 of 64-bit integers exactly, or refuses', () => {
    expect(plain(toFloat64(BigInt64Array.from([-(2n ** 53n), -1n, 0n, 2n ** 53n]), place))).toEqual([
      -(2 ** 53),
      -1,
      0,
      2 ** 53,
    ]);
    expect(plain(toFloat64(BigUint64Array.from([2n ** 40n + 1n]), place))).toEqual([2 ** 40 + 1]);
    expect(() => toFloat64(BigInt64Array.from([2n ** 53n + 2n]), place)).toThrow(/2\^53.*9007199254740994 at index 0/);
    expect(() => toFloat64(BigUint64Array.from([2n ** 64n - 1n]), place)).toThrow(FormatError);
  });

  it('reads rows by position', async () => {
    const npy = await NpyFile.open(file('column'));
    expect(plain(await npy.readRows(1, 3))).toEqual([1n, 2n]);
    await npy.close();
  });
});

describe('arrays of other things', () => {
  it.each(['text_little', 'text_big', 'bytes'])('%s is read as texts', async (name) => {
    expect(parseNpyTexts(readFileSync(file(name)), place)).toEqual(expected[name].texts);
    const npy = await NpyFile.open(file(name));
    expect(await npy.readTexts()).toEqual(expected[name].texts);
    await npy.close();
  });

  it('reads columns of structured arrays by name, at any offset and width', async () => {
    const names = ['segment_index', 'sample_index', 'unit_index'] as const;
    const columns = await readNpyFields(file('structured'), names);
    for (const name of names) expect(plain(columns[name])).toEqual((expected.structured as never)[name]);
  });

  it('says which fields there are where one is missing', async () => {
    await expect(readNpyFields(file('structured'), ['sample'])).rejects.toThrow(/'sample'.*quality, .*sample_index/);
    await expect(readNpyFields(file('column'), ['sample'])).rejects.toThrow(
      /structured array was expected, found uint64/,
    );
  });

  it('refuses them where numbers are needed, and says what they are', async () => {
    await expect(readNpy(file('complex'))).rejects.toThrow(/complex128.*complex\.npy/);
    await expect(readNpy(file('datetime'))).rejects.toThrow(/<M8\[ns\]/);
    await expect(readNpy(file('structured'))).rejects.toThrow(/structured type .*sample_index <i8/);
    await expect(readNpy(file('object'))).rejects.toThrow(/pickle/);
    await expect(readNpy(file('text_little'))).rejects.toThrow(FormatError);
    await expect(readNpy(file('long_double'))).rejects.toThrow(UnsupportedError);
  });

  it('hands out the bytes of a pickle without looking into them', () => {
    const { header, pickle } = npyPickle(readFileSync(file('object')), place);
    expect(header.shape).toEqual([1]);
    expect(pickle[0]).toBe(0x80);
    expect(() => npyPickle(readFileSync(file('column')), place)).toThrow(/Python objects was expected, found uint64/);
  });
});

describe('headers that no honest file has', () => {
  const cases: [what: string, bytes: Uint8Array][] = [
    ['more elements than bytes', craft(headerOf("'<f8'", '(3,)'), new Uint8Array(16))],
    ['a shape beyond every file', craft(headerOf("'<f8'", '(99999999999999999999,)'))],
    ['a product beyond every file', craft(headerOf("'<f8'", '(4294967296, 4294967296, 4294967296)'))],
    ['a negative size', craft(headerOf("'<f8'", '(-1,)'))],
    ['a size that is a call', craft(headerOf("'<f8'", '(__import__("os").system("id"),)'))],
    ['a size that is a product', craft(headerOf("'<f8'", '(2*3,)'), new Uint8Array(48))],
    ['a list for a shape', craft(headerOf("'<f8'", '[1]'), new Uint8Array(8))],
    ['a number in brackets for a shape', craft(headerOf("'<f8'", '(1)'), new Uint8Array(8))],
    [
      'a key twice',
      craft("{'shape': (1,), 'shape': (2,), 'descr': '<f8', 'fortran_order': False}", new Uint8Array(16)),
    ],
    ['an extra key', craft("{'shape': (1,), 'x': 1, 'descr': '<f8', 'fortran_order': False}", new Uint8Array(8))],
    ['text after the dictionary', craft(`${headerOf("'<f8'", '(1,)').trim()} + {}`, new Uint8Array(8))],
    ['brackets without end', craft('('.repeat(5000))],
    ['an unknown type', craft(headerOf("'<i3'", '(1,)'), new Uint8Array(8))],
    ['empty elements without number', craft(headerOf("'|S0'", '(1000000000000,)'))],
    ['a long header', craft(headerOf("'<f8'", '(1,)').padEnd(20_000), new Uint8Array(8))],
    ['33 dimensions', craft(headerOf("'|u1'", `(${'1, '.repeat(33)})`), new Uint8Array(1))],
    ['version 9', craft(headerOf("'<f8'", '(1,)'), new Uint8Array(8), [9, 0])],
    ['a header that goes on after the file', craft('', new Uint8Array(), [2, 0]).map((b, i) => (i === 8 ? 200 : b))],
    ['no header', new Uint8Array([0x93, 0x4e])],
  ];
  it.each(cases)('%s is a FormatError', async (_, bytes) => {
    expect(() => parseNpy(bytes, place)).toThrow(FormatError);
    const path = join(scratch, 'hostile.npy');
    writeFileSync(path, bytes);
    await expect(readNpy(path)).rejects.toThrow(FormatError);
  });

  it('accepts what old Pythons wrote', () => {
    const header = `{"descr": "<i2", 'fortran_order': False, 'shape': (2L,)}\n`;
    expect(plain(parseNpy(craft(header, new Uint8Array([1, 0, 2, 0])), place).data)).toEqual([1, 2]);
  });
});

describe('files', () => {
  it('refuses what is no regular file, or beyond the limit', async () => {
    await expect(readNpy(fixtures)).rejects.toThrow(FormatError);
    await expect(readNpy(join(fixtures, 'missing.npy'))).rejects.toThrow(NotFoundError);
    await expect(readNpy(file('f8_little'), { maxArrayBytes: 47 })).rejects.toThrow(LimitError);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readNpy(file('f8_little'), { signal })).rejects.toThrow('enough');
  });

  it('writes byte for byte what numpy writes', async () => {
    const int64 = readFileSync(file('i8_little'));
    const path = join(scratch, 'written.npy');
    const handle = await open(path, 'w');
    await writeNpy(handle, parseNpy(int64, place).data);
    await handle.close();
    expect(readFileSync(path)).toEqual(int64);
    const handle2 = await open(path, 'w');
    await writeNpy(handle2, BigUint64Array.from([0n, 1n, 2n, 3n, 4n]), [5, 1]);
    await handle2.close();
    expect(readFileSync(path)).toEqual(readFileSync(file('column')));
  });
});
