/**
 * Runs in a page's content (Encodings.md of parquet-format, RLE / bit-packing hybrid): hyparquet repeats a value as often as a run
 * announces, 2^31 times where four bytes say so. So runs are counted before.
 */

/** What a page header says of its content, and the schema of its column. */
export interface PageContent {
  /** Values with nulls. */
  values: number;
  /** 1: data page, 2: its second version, whose levels lie before the compressed part. */
  version: 1 | 2;
  encoding: number;
  /** Of version 2: bytes of the two kinds of levels, and values that are null. */
  repetitionBytes: number;
  definitionBytes: number;
  nulls: number;
}

export interface ColumnLevels {
  /** Most levels of repetition and definition: 0 where the column has none. */
  repetition: number;
  definition: number;
  isBoolean: boolean;
}

const [plainDictionary, rle, rleDictionary] = [2, 3, 8]; // of parquet.thrift's Encoding
const widthOf = (most: number) => 32 - Math.clz32(most);

/**
 * Checks the runs of a data page.
 *
 * @param levels the content of version 1 inflated, or the levels of version 2, which are never compressed
 * @param inflated of version 2 what lies behind the levels, inflated
 * @throws Error where a run announces more values than the page has, or the content is cut off
 */
export function checkRuns(page: PageContent, column: ColumnLevels, levels: Uint8Array, inflated = levels): void {
  const { version, values, encoding } = page;
  let [at, present] = [0, values];
  if (version === 2) {
    // hyparquet goes on at no place at all where the header has none of these
    if (!(page.nulls >= 0 && page.nulls <= values && page.repetitionBytes >= 0 && page.definitionBytes >= 0)) {
      throw new Error(
        `a page announces ${page.nulls} nulls of ${values}, levels of ${page.repetitionBytes} and ${page.definitionBytes} bytes`,
      );
    }
    if (column.repetition) walk(levels, 0, widthOf(column.repetition), values);
    if (column.definition) walk(levels, page.repetitionBytes, widthOf(column.definition), values);
    present -= page.nulls;
  } else {
    if (column.repetition) at = walkSized(levels, at, widthOf(column.repetition), values);
    if (column.definition) {
      present = 0;
      const count = (level: number, times: number) => {
        if (level === column.definition) present += times;
      };
      at = walkSized(levels, at, widthOf(column.definition), values, count);
    }
  }
  if (encoding === rle || (column.isBoolean && (encoding === plainDictionary || encoding === rleDictionary))) {
    walk(inflated, at + 4, 1, present);
  } else if (encoding === plainDictionary || encoding === rleDictionary) {
    if (at >= inflated.length) throw new Error('a page is cut off');
    walk(inflated, at + 1, inflated[at], inflated[at] ? present : 0);
  }
}

type Count = (value: number, times: number) => void;

/** Runs behind their length in bytes; where they end. */
function walkSized(bytes: Uint8Array, at: number, width: number, values: number, count?: Count): number {
  if (at + 4 > bytes.length) throw new Error('a page is cut off');
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
  walk(bytes, at + 4, width, values, count);
  return at + 4 + length;
}

function walk(bytes: Uint8Array, start: number, width: number, values: number, count?: Count): void {
  for (let [at, seen] = [start, 0]; seen < values; ) {
    const { value: header, end } = varint(bytes, at);
    const packed = header % 2 === 1;
    const times = packed ? ((header - 1) / 2) * 8 : header / 2;
    // the last group of eight may be partly filled
    if (times > values - seen + (packed ? 7 : 0)) {
      throw new Error(`a run announces ${times} values where ${values - seen} are left`);
    }
    const present = Math.min(times, values - seen);
    if (packed && end * 8 + present * width > bytes.length * 8) throw new Error('a page is cut off within a run');
    if (count && packed) for (let i = 0; i < present; i++) count(bitsAt(bytes, end * 8 + i * width, width), 1);
    if (count && !packed) count(bitsAt(bytes, end * 8, width), present);
    at = end + (packed ? (times / 8) * width : (width + 7) >> 3);
    seen += times;
  }
}

/** A number of `width` bits, the least first. */
function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value += ((bytes[(bit + i) >> 3] >> ((bit + i) & 7)) & 1) * 2 ** i;
  return value;
}

/** Up to 32 bits, seven in a byte. */
function varint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (start + i >= bytes.length) break;
    value += (bytes[start + i] & 127) * 2 ** (7 * i);
    if (bytes[start + i] < 128) return { value, end: start + i + 1 };
  }
  throw new Error('a page is cut off in the length of a run');
}
