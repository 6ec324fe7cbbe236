/** Tables of text: split by tabs, commas, semicolons or bars, quoted as in CSV. Cells stay texts, as they were written. */
import { isUtf8 } from 'node:buffer';
import { FormatError } from '../../core/errors.js';

export interface TextTable {
  columns: readonly string[];
  /** One text a column; rows that stop early are filled with ''. */
  rows: readonly (readonly string[])[];
  delimiter: Delimiter;
  /** latin1: neither UTF-8 nor marked as UTF-16, so each byte was taken for one character, which is a guess. */
  encoding: Encoding;
}

type Encoding = 'utf-8' | 'utf-16' | 'latin1';

/** Where the header has a tab that is it; of the others the one that splits it most often. */
const delimiters = ['\t', ',', ';', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

/** Characters of a line, and cells of one: tables of clusters have some twenty cells; a file without line ends is no table. */
const maxLineLength = 1_000_000;
const maxColumns = 10_000;

/**
 * Parses a table whose first line names its columns: UTF-8, UTF-16 with a byte-order mark as Excel writes "Unicode text", or
 * else Latin-1.
 * CRLF, blank lines and Excel's first line `sep=;` are passed over.
 *
 * @throws FormatError for text that is no table: NUL bytes, a quote that never closes, more cells than columns
 */
export function parseTable(bytes: Uint8Array, path: string): TextTable {
  const { text, encoding } = decoded(bytes);
  if (text.includes('\0'))
    throw new FormatError(`A table of text was expected, found binary data in ${path}`, { path });
  const [hint, told] = /^\s*"?sep=([\t,;|])"?[\r\n]+/i.exec(text) ?? ['', undefined];
  const body = text.slice(hint.length);
  const delimiter = (told as Delimiter | undefined) ?? delimiterOf(body);
  const lines = new LineReader(body, delimiter, path);
  const columns = lines.next();
  if (!columns) throw new FormatError(`A table with a header was expected, found an empty file at ${path}`, { path });
  if (columns.length > maxColumns) {
    throw new FormatError(`A table of at most ${maxColumns} columns was expected, found ${columns.length} in ${path}`, {
      path,
    });
  }
  const rows: string[][] = [];
  for (let row = lines.next(); row; row = lines.next()) {
    if (row.slice(columns.length).some((cell) => cell.trim())) {
      const found = `${row.length} in row ${rows.length + 1}`;
      throw new FormatError(`At most ${columns.length} cells a row were expected, found ${found} of ${path}`, { path });
    }
    rows.push(columns.map((_, c) => row[c] ?? ''));
  }
  return { columns, rows, delimiter, encoding };
}

function decoded(bytes: Uint8Array): { text: string; encoding: Encoding } {
  const [first, second] = bytes;
  const wide = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  if (wide) return { text: new TextDecoder(wide).decode(bytes), encoding: 'utf-16' };
  if (isUtf8(bytes)) return { text: new TextDecoder().decode(bytes), encoding: 'utf-8' };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { text: buffer.toString('latin1'), encoding: 'latin1' };
}

/** Of the header, the first line that is not blank, without what is quoted in it. */
function delimiterOf(text: string): Delimiter {
  const start = Math.max(0, text.search(/[^\r\n]/));
  const end = text.slice(start).search(/[\r\n]|$/) + start;
  const header = text.slice(start, Math.min(end, start + maxLineLength)).replace(/"[^"]*"/g, '');
  if (header.includes('\t')) return '\t';
  const count = (delimiter: string) => header.split(delimiter).length;
  return delimiters.reduce((best, other) => (count(other) > count(best) ? other : best), ',' as Delimiter);
}

class LineReader {
  #at = 0;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #path: string;

  constructor(text: string, delimiter: string, path: string) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#path = path;
  }

  /** Cells of the next line that is not blank, or undefined at the end. */
  next(): string[] | undefined {
    while (this.#at < this.#text.length) {
      const row = this.#row();
      if (row.some((cell) => cell.trim() !== '')) return row;
    }
    return undefined;
  }

  #row(): string[] {
    const start = this.#at;
    const cells: string[] = [];
    do {
      cells.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#plain());
      if (this.#at - start > maxLineLength) {
        throw this.#error(`Lines of at most ${maxLineLength} characters were expected, found a longer one`);
      }
    } while (this.#text[this.#at++] === this.#delimiter);
    // the step over the line's end is taken; CRLF has two characters
    if (this.#text[this.#at - 1] === '\r' && this.#text[this.#at] === '\n') this.#at++;
    return cells;
  }

  #plain(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#atEndOfCell()) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #quoted(): string {
    let out = '';
    for (let from = this.#at + 1; ; ) {
      const end = this.#text.indexOf('"', from);
      if (end < 0) throw this.#error('A quote that opens a cell must close again');
      out += this.#text.slice(from, end);
      this.#at = end + 1;
      if (this.#text[this.#at] !== '"') break;
      out += '"';
      from = this.#at + 1;
    }
    return out + this.#plain();
  }

  #atEndOfCell(): boolean {
    const c = this.#text[this.#at];
    return c === this.#delimiter || c === '\n' || c === '\r';
  }

  #error(what: string): FormatError {
    return new FormatError(`${what}, in ${this.#path}`, { path: this.#path });
  }
}
