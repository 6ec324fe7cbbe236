/**
 * Headers of parquet pages, and the footer (parquet.thrift, in Thrift's compact protocol): hyparquet makes arrays of as many
 * values as they announce, so the counts are compared before.
 */

import type { PageContent } from './runs.js';

/** What this reader needs of a page. */
export interface PageHeader extends PageContent {
  type: number;
  inflatedBytes: number;
  storedBytes: number;
  isCompressed: boolean;
  /** Where the page's data begin. */
  end: number;
}

const dictionaryPage = 2;
// fields of a page header: one of them is there
const [dataHeader, dictionaryHeader, secondDataHeader] = [5, 7, 8];
/** Structures in structures of a page header, each of which takes a frame of the stack: the format nests three. */
const maxNesting = 16;
// kinds of Thrift's compact protocol
const [stop, isTrue, isFalse, byte, i16, i32, i64, double, binary, list, set, struct] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12,
];

/**
 * Checks the pages of one column chunk, and calls `use` for each page of data, with its bytes as they are stored.
 *
 * @throws Error where their values are not `values`, or a dictionary has more entries than that
 */
export function checkPages(
  bytes: Uint8Array,
  values: number,
  use: (page: PageHeader, stored: Uint8Array) => void = () => {},
): void {
  let found = 0;
  for (let at = 0; at < bytes.length && found < values; ) {
    const page = readHeader(bytes, at);
    if (!(page.values >= 0 && page.values <= values))
      throw new Error(`a page announces ${page.values} of ${values} values`);
    if (page.type !== dictionaryPage) found += page.values;
    if (!(page.storedBytes >= 0 && page.end + page.storedBytes <= bytes.length))
      throw new Error('a page ends outside of its column');
    at = page.end + page.storedBytes;
    if (page.type !== dictionaryPage) use(page, bytes.subarray(page.end, at));
  }
  if (found !== values) throw new Error(`pages hold ${found} values where the footer says ${values}`);
}

/**
 * Walks the metadata at the end of a table: lists in it must have the bytes of what they count, where a decoder would make them first.
 *
 * @throws Error where they have not
 */
export function checkFooter(bytes: Uint8Array): void {
  new Reader(bytes, 0).skip(struct, 0);
}

function readHeader(bytes: Uint8Array, start: number): PageHeader {
  const reader = new Reader(bytes, start);
  const page: PageHeader = {
    ...{ type: -1, inflatedBytes: -1, storedBytes: -1, isCompressed: true, end: 0 },
    ...{ version: 1, values: 0, nulls: -1, encoding: -1, definitionBytes: -1, repetitionBytes: -1 },
  };
  reader.fields((id, kind) => {
    if (id === 1 && kind === i32) page.type = reader.integer();
    else if (id === 2 && kind === i32) page.inflatedBytes = reader.integer();
    else if (id === 3 && kind === i32) page.storedBytes = reader.integer();
    else if ((id === dataHeader || id === dictionaryHeader || id === secondDataHeader) && kind === struct) {
      const second = id === secondDataHeader;
      if (second) page.version = 2;
      reader.fields((inner, of) => {
        if (of === i32 && inner === 1) page.values = reader.integer();
        else if (of === i32 && inner === (second ? 4 : 2)) page.encoding = reader.integer();
        else if (of === i32 && second && inner === 2) page.nulls = reader.integer();
        else if (of === i32 && second && inner === 5) page.definitionBytes = reader.integer();
        else if (of === i32 && second && inner === 6) page.repetitionBytes = reader.integer();
        else if (of === isFalse && second && inner === 7) page.isCompressed = false;
        else reader.skip(of, 1);
      });
    } else reader.skip(kind, 1);
  });
  page.end = reader.at;
  return page;
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Calls `use` for each field of a struct; it must pass the field's value. */
  fields(use: (id: number, kind: number) => void): void {
    for (let id = 0; ; ) {
      const head = this.#next();
      const kind = head & 15;
      if (kind === stop) return;
      id = head >> 4 ? id + (head >> 4) : this.integer();
      use(id, kind);
    }
  }

  /** A zigzag number of 32 bits. */
  integer(): number {
    const value = this.#varint();
    return (value >>> 1) ^ -(value & 1);
  }

  skip(kind: number, depth: number): void {
    if (depth > maxNesting) throw new Error('a header is nested too deep');
    if (kind === isTrue || kind === isFalse) return;
    if (kind === byte) this.at++;
    else if (kind === i16 || kind === i32 || kind === i64) this.#varint();
    else if (kind === double) this.at += 8;
    else if (kind === binary) this.#pass(this.#varint());
    else if (kind === list || kind === set) this.#skipList(depth);
    else if (kind === struct) this.fields((_, of) => this.skip(of, depth + 1));
    else throw new Error(`a header has a field of the unknown kind ${kind}`);
    if (this.at > this.#bytes.length) throw new Error('a header is cut off');
  }

  #pass(bytes: number): void {
    this.at += bytes;
  }

  #skipList(depth: number): void {
    const head = this.#next();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    const kind = head & 15;
    for (let i = 0; i < count; i++) {
      if (kind === isTrue || kind === isFalse) this.#next();
      else this.skip(kind, depth + 1);
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const part = this.#next();
      if (shift < 32) value |= (part & 127) << shift;
      if (part < 128) return value >>> 0;
    }
  }

  #next(): number {
    if (this.at >= this.#bytes.length) throw new Error('a header is cut off');
    return this.#bytes[this.at++];
  }
}
