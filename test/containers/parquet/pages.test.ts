/** Page headers written by hand after parquet.thrift and Thrift's compact protocol. */
import { describe, expect, it } from 'vitest';
import { checkFooter, checkPages } from '../../../lib/containers/parquet/pages.js';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const zigzag = (value: number): number[] => varint(value * 2);
// a field of kind i32 (5) or struct (12) is its distance from the one before and its kind, in one byte
const i32 = (distance: number, value: number) => [(distance << 4) | 5, ...zigzag(value)];
/** type, uncompressed and compressed size, then the header of the kind of page with num_values and an encoding. */
function page(type: 0 | 2 | 3, values: number, bytes: number): number[] {
  const inner = { 0: 5, 2: 7, 3: 8 }[type];
  const head = [...i32(1, type), ...i32(1, bytes), ...i32(1, bytes)];
  return [...head, ((inner - 3) << 4) | 12, ...i32(1, values), ...i32(1, 0), 0, 0, ...new Array<number>(bytes).fill(7)];
}
const check = (values: number, ...pages: number[][]) => checkPages(Uint8Array.from(pages.flat()), values);

describe('pages', () => {
  it('hold the values that the footer says', () => {
    check(300, page(0, 300, 40));
    check(300, page(2, 20, 10), page(0, 200, 40), page(3, 100, 5));
    check(0);
  });

  it('may have fields that are passed over: statistics, lists, flags', () => {
    // field 5: num_values, encoding, then field 5 of it, a struct of texts, a list of numbers and a flag; long ones come after them
    const statistics = [0x1c, 0x18, 3, 65, 66, 67, 0x19, 0x25, 2, 4, 0x11, 0x16, 200, 1, 0];
    const head = [
      ...i32(1, 0),
      ...i32(1, 4),
      ...i32(1, 4),
      0x2c,
      ...i32(1, 300),
      ...i32(1, 0),
      0x3c,
      ...statistics.slice(1),
      0,
      0,
    ];
    check(300, [...head, 7, 7, 7, 7]);
  });

  it.each([
    ['more values in a page', 300, [page(0, 2 ** 30, 40)]],
    ['fewer values in all', 300, [page(0, 299, 40)]],
    ['a dictionary of more entries than there are values', 300, [page(2, 2 ** 28, 10), page(0, 300, 40)]],
    ['a page that ends behind the column', 300, [page(0, 300, 40).slice(0, -1)]],
    ['a header that is cut off', 300, [page(0, 300, 40).slice(0, 6)]],
    ['a header of another kind', 300, [[0x1d, 5, 5]]],
  ])('%s is refused', (_, values, pages) => {
    expect(() => check(values, ...pages)).toThrow();
  });
});

describe('a footer', () => {
  // a struct with field 2, a list (9) of structs (12): fifteen and more have their number behind
  const footer = (count: number, structs: number) =>
    Uint8Array.from([0x29, 0xf0 | 12, ...varint(count), ...new Array<number>(structs).fill(0), 0]);

  it('may hold lists as long as they say', () => {
    checkFooter(footer(20, 20));
  });

  it.each([21, 300, 2 ** 31])('that says %d where its list has 20 is refused', (count) => {
    expect(() => checkFooter(footer(count, 19))).toThrow(/cut off/);
  });
});
