/** A parser of JSON that works in slices, without recursion, and reads the NaN and Infinity of Python's json as null. */

import { LimitError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import { Slices } from '../../core/slices.js';

/** A million values take about 100 MB of heap. */
const maxValues = 1_000_000;
/** Reading the clock takes as long as a value or two. */
const valuesBetweenTurns = 1024;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spacePattern = /[ \t\n\r]*/y;
const wordValues: [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', null],
  ['Infinity', null],
  ['-Infinity', null],
];

export class JsonSyntaxError extends Error {}

/** An array or an object that is still open. */
interface Open {
  values: unknown[] | Record<string, unknown>;
  key: string | null;
}

/** @throws JsonSyntaxError, LimitError for nesting beyond limits.maxDepth and for more than a million values */
export async function parseInSlices(
  text: string,
  path: string,
  limits: Limits,
  signal?: AbortSignal,
): Promise<unknown> {
  const parser = new Parser(text, path, limits);
  const slices = new Slices(signal);
  while (!parser.step()) await slices.turn();
  return parser.result;
}

class Parser {
  readonly #text: string;
  readonly #path: string;
  readonly #limits: Limits;
  readonly #open: Open[] = [];
  #at = 0;
  #values = 0;
  #ended = false;
  result: unknown;

  constructor(text: string, path: string, limits: Limits) {
    this.#text = text;
    this.#path = path;
    this.#limits = limits;
  }

  /** Some values; true when the text has ended. */
  step(): boolean {
    for (let i = 0; i < valuesBetweenTurns && !this.#ended; i++) this.#value();
    return this.#ended;
  }

  /** One value, or the beginning of one that holds others; then the ends of all that end here. */
  #value(): void {
    const inside = this.#open.at(-1);
    if (inside && !Array.isArray(inside.values)) inside.key = this.#key();
    if (++this.#values > maxValues) throw this.#fail(`at most ${maxValues} values are read, and there are more`);
    const character = this.#next();
    if (character === '[' || character === '{') {
      this.#at++;
      this.#enter(character === '[' ? [] : {});
      // an empty one ends at once
      if (this.#next() !== (character === '[' ? ']' : '}')) return;
      this.#at++;
      this.#add(this.#open.pop()?.values);
    } else this.#add(this.#scalar(character));
    while (this.#open.length > 0 && !this.#separator()) this.#add(this.#open.pop()?.values);
    if (this.#open.length === 0) this.#end();
  }

  #enter(values: Open['values']): void {
    const { maxDepth } = this.#limits;
    if (this.#open.length >= maxDepth) throw new LimitError('maxDepth', maxDepth, maxDepth + 1, this.#path);
    this.#open.push({ values, key: null });
  }

  #add(value: unknown): void {
    const inside = this.#open.at(-1);
    if (!inside) this.result = value;
    else if (Array.isArray(inside.values)) inside.values.push(value);
    else if (inside.key === '__proto__') {
      // as JSON.parse: a property, not the prototype
      Object.defineProperty(inside.values, inside.key, { value, enumerable: true, writable: true, configurable: true });
    } else inside.values[inside.key ?? ''] = value;
  }

  /** Behind a value: true at a comma, false at the end of what holds it, which is passed. */
  #separator(): boolean {
    const character = this.#next();
    this.#at++;
    if (character === ',') return true;
    if (character === (Array.isArray(this.#open.at(-1)?.values) ? ']' : '}')) return false;
    this.#at--;
    throw this.#fail('a comma or an end was expected');
  }

  #key(): string {
    if (this.#next() !== '"') throw this.#fail('a key in quotes was expected');
    const key = this.#string();
    if (this.#next() !== ':') throw this.#fail('a colon was expected');
    this.#at++;
    return key;
  }

  #scalar(character: string): unknown {
    if (character === '"') return this.#string();
    for (const [word, value] of wordValues) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    numberPattern.lastIndex = this.#at;
    const number = numberPattern.exec(this.#text)?.[0];
    if (number === undefined) throw this.#fail('a value was expected');
    this.#at += number.length;
    return Number(number);
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    for (; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === 92) end++;
      else if (code === 34) break;
    }
    if (end >= this.#text.length) throw this.#fail('a text ends nowhere');
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      this.#at = start;
      throw this.#fail('a text with a broken escape or a control character was found');
    }
  }

  /** The next character that is no space; '' at the end. */
  #next(): string {
    spacePattern.lastIndex = this.#at;
    spacePattern.test(this.#text);
    this.#at = spacePattern.lastIndex;
    return this.#text.charAt(this.#at);
  }

  #end(): void {
    if (this.#next() !== '') throw this.#fail('one value was expected, found more behind it');
    this.#ended = true;
  }

  #fail(what: string): JsonSyntaxError {
    return new JsonSyntaxError(`${what}, at character ${this.#at}`);
  }
}
