/** Reads the Python literal in an .npy header: a dictionary of strings, numbers, booleans, tuples and lists, nothing else. */

export type Literal = string | number | boolean | Literal[] | Map<string, Literal>;

/** A tuple, told apart from a list: an .npy shape must be one. */
export class Tuple extends Array<Literal> {}

/** What the text holds instead of a literal, and where. */
export class LiteralError extends Error {}

/** Brackets in brackets, each of which takes a frame of the stack: structured types nest two or three. */
const maxDepth = 20;

/** @throws LiteralError for anything that is not one whole literal: expressions, calls, names, trailing text. */
export function parseLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralReader {
  #at = 0;
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Literal {
    if (depth > maxDepth) throw new LiteralError(`more than ${maxDepth} nested brackets`);
    this.#skipSpace();
    const c = this.#text[this.#at];
    if (c === '{') return this.#dictionary(depth);
    if (c === '(') return this.#sequence(')', depth);
    if (c === '[') return this.#sequence(']', depth);
    if (c === "'" || c === '"') return this.#string(c);
    return this.#word();
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
  }

  #dictionary(depth: number): Map<string, Literal> {
    const out = new Map<string, Literal>();
    this.#at++;
    while (!this.#take('}')) {
      this.#skipSpace();
      const quote = this.#text[this.#at];
      if (quote !== "'" && quote !== '"') throw this.#unexpected('a quoted key');
      const key = this.#string(quote);
      if (out.has(key)) throw new LiteralError(`the key '${key}' twice`);
      if (!this.#take(':')) throw this.#unexpected('":"');
      out.set(key, this.value(depth + 1));
      if (!this.#take(',') && !this.#peek('}')) throw this.#unexpected('"," or "}"');
    }
    return out;
  }

  #sequence(close: string, depth: number): Literal[] {
    const out: Literal[] = close === ')' ? new Tuple() : [];
    let comma = false;
    this.#at++;
    while (!this.#take(close)) {
      out.push(this.value(depth + 1));
      comma = this.#take(',');
      if (!comma && !this.#peek(close)) throw this.#unexpected(`"," or "${close}"`);
    }
    // (5) is the number 5 in Python, not a tuple
    if (close === ')' && out.length === 1 && !comma) throw new LiteralError('a number in brackets, which is no tuple');
    return out;
  }

  #string(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) throw new LiteralError('a string without its closing quote');
    const out = this.#text.slice(this.#at + 1, end);
    if (out.includes('\\')) throw new LiteralError('an escape in a string');
    this.#at = end + 1;
    return out;
  }

  #word(): number | boolean {
    const found = /^(?:True|False|-?\d{1,20}(?=L?(?![\w.])))/.exec(this.#text.slice(this.#at, this.#at + 24))?.[0];
    if (found === undefined) throw this.#unexpected('a string, a number, True, False, a tuple or a list');
    this.#at += found.length;
    if (this.#text[this.#at] === 'L') this.#at++; // Python 2 wrote long integers like this
    return found === 'True' ? true : found === 'False' ? false : Number(found);
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(c: string): boolean {
    this.#skipSpace();
    return this.#text[this.#at] === c;
  }

  #take(c: string): boolean {
    const there = this.#peek(c);
    if (there) this.#at++;
    return there;
  }

  #unexpected(expected: string): LiteralError {
    const found = this.#text.slice(this.#at, this.#at + 20) || 'the end';
    return new LiteralError(`${JSON.stringify(found)} at character ${this.#at} where ${expected} was expected`);
  }
}
