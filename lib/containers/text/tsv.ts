/** Tables of text: tab- or comma-separated, quoted as in CSV. Cells stay texts; what they mean is the caller's affair. */
import { FormatError } from '../errors.js';

export interface TextTable {
  columns: readonly string[];
  /** One text a column; rows that stop early are filled with ''. */
  rows: readonly (readonly string[])[];
  delimiter: '\t' | ',';
}

const maxLineLength = 1_000_000;
const maxColumns = 10_000;

/**
 * Parses a table whose first line names its columns. The delimiter is the tab where the first line holds one, else the
 * comma. A byte-order mark, CRLF and blank lines are passed over.
 *
 * @throws FormatError for text that is no table: NUL bytes, a quote that never closes, more cells than columns
 */
export function parseTable(bytes: Uint8Array, path: string): TextTable {
  if (bytes.includes(0)) throw new FormatError(`A table of text was expected, found binary data in ${path}`, { path });
  const text = new TextDecoder('utf-8').decode(bytes);
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = header.includes('\t') ? '\t' : ',';
  const lines = new LineReader(text, delimiter, path);
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
  return { columns, rows, delimiter };
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
