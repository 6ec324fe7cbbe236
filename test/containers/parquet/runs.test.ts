/** Pages written by hand after Encodings.md of parquet-format, whose example of bit-packing (0 to 7 in 3 bits) is here. */
import { describe, expect, it } from 'vitest';
import { checkRuns, type PageContent } from '../../../lib/containers/parquet/runs.js';

const dictionary = 8;
const zeroToSeven = [0b10001000, 0b11000110, 0b11111010];
const flat = { repetition: 0, definition: 0, isBoolean: false };
const nullable = { ...flat, definition: 1 };

const page = (values: number, more: Partial<PageContent> = {}): PageContent => ({
  ...{ values, version: 1, encoding: dictionary, repetitionBytes: 0, definitionBytes: 0, nulls: 0 },
  ...more,
});
const check = (header: PageContent, column: typeof flat, bytes: number[], inflated = bytes) =>
  checkRuns(header, column, Uint8Array.from(bytes), Uint8Array.from(inflated));
const run = (times: number, value: number) => [times << 1, value];

describe('runs', () => {
  it.each([
    ['eight values of 3 bits', page(8), flat, [3, 3, ...zeroToSeven]],
    ['a last group that is partly filled', page(5), flat, [3, 3, ...zeroToSeven]],
    ['a value repeated', page(60), flat, [3, ...run(60, 5)]],
    ['runs one after another', page(70), flat, [3, ...run(40, 5), ...run(22, 1), 3, ...zeroToSeven]],
    ['a dictionary of one entry, without bits', page(60), flat, [0]],
    // levels 1, 1, 0 and, repeated, 0: two values are there
    ['levels in bits: two of four values are no null', page(4), nullable, [2, 0, 0, 0, 3, 0b11, 3, ...run(2, 5)]],
    ['levels repeated: none of three is there', page(3), nullable, [2, 0, 0, 0, ...run(3, 0), 3]],
    ['values that are flags', page(9, { encoding: 3 }), { ...flat, isBoolean: true }, [2, 0, 0, 0, ...run(9, 1)]],
    ['plain values, which have no runs', page(9, { encoding: 0 }), flat, [255, 255, 255, 255]],
    ['no values', page(0), flat, [3]],
  ])('count %s', (_, header, column, bytes) => {
    check(header, column, bytes);
  });

  it('lie behind the levels in the second version', () => {
    const header = page(4, { version: 2, definitionBytes: 2, nulls: 2 });
    check(header, nullable, [3, 0b11], [3, ...run(2, 5)]);
    expect(() => check(header, nullable, [3, 0b11], [3, ...run(3, 5)])).toThrow(/announces 3 values where 2 are left/);
    expect(() => check(header, nullable, run(9, 1), [3, ...run(2, 5)])).toThrow(/announces 9 values where 4 are left/);
  });

  it.each([
    ['nulls', { nulls: -1 }],
    ['fewer values than nulls', { nulls: 5 }],
    ['the bytes of its first levels', { nulls: 2, repetitionBytes: -1 }],
    ['the bytes of its second levels', { nulls: 2, definitionBytes: -1 }],
  ])('a page of the second version whose header does not say %s is refused', (_, more) => {
    const header = page(4, { version: 2, definitionBytes: 2, ...more });
    expect(() => check(header, nullable, [3, 0b11], [3, ...run(2, 5)])).toThrow(/a page announces -?\d+ nulls of 4/);
  });

  it.each([
    ['2^31 - 1 times a value', page(60), flat, [3, 254, 255, 255, 255, 15, 5]],
    ['2^34 values of 3 bits', page(60), flat, [3, 255, 255, 255, 255, 15, 5]],
    ['one value too many', page(60), flat, [3, ...run(40, 5), ...run(21, 5)]],
    ['a group too many', page(8), flat, [3, 5, ...zeroToSeven, ...zeroToSeven]],
    ['more values than are no null', page(4), nullable, [2, 0, 0, 0, 3, 0b11, 3, ...run(3, 5)]],
    ['more levels than values', page(4), nullable, [2, 0, 0, 0, ...run(5, 1), 3, ...run(4, 5)]],
  ])('that announce %s are refused', (_, header, column, bytes) => {
    expect(() => check(header, column, bytes)).toThrow(/a run announces \d+ values where \d+ are left/);
  });

  it.each([
    ['before the bits of its values', page(1), flat, []],
    ['in the length of its levels', page(1), nullable, [2, 0, 0]],
    ['before its values are all there', page(60), flat, [3, ...run(40, 5)]],
    ['in the length of a run', page(60), flat, [3, 128, 128]],
    ['within the bits of a run', page(8), flat, [3, 3, ...zeroToSeven.slice(0, 2)]],
    ['by a length that does not end', page(60), flat, [3, 128, 128, 128, 128, 128, 1]],
  ])('a page that is cut off %s is refused', (_, header, column, bytes) => {
    expect(() => check(header, column, bytes)).toThrow(/cut off/);
  });
});
