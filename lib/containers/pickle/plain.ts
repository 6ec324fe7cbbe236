/**
 * Pickled values as plain JavaScript: what metadata and attributes become. Dicts are null-prototype objects (Maps where keys
 * are no text or numbers), tuples and sets arrays, numpy arrays typed arrays or NdArrays, bytes Uint8Arrays, dates ISO 8601
 * text, timedeltas ms.
 */

import { FormatError, LimitError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import { NumpyArray } from './numpy-array.js';
import { plainArray } from './numpy-plain.js';
import { Payload } from './payload.js';
import type { PicklePlace } from './source.js';
import {
  Complex,
  Dict,
  Global,
  Instance,
  LongText,
  PickledDate,
  PickledDuration,
  PickledSet,
  Python2Str,
  Tuple,
  WholeFloat,
} from './values.js';

/** What a value may grow to when everything that is shared in it is written out, as JSON does. */
const maxExpandedNodes = 50_000_000;

interface Converted {
  plain: unknown;
  /** Values in it, shared ones counted each time. */
  nodes: number;
}

export class PlainConverter {
  readonly #limits: Limits;
  readonly #place: PicklePlace;
  readonly #done = new Map<object, Converted>();
  readonly #open = new Set<object>();

  constructor(limits: Limits, place: PicklePlace) {
    this.#limits = limits;
    this.#place = place;
  }

  /** @throws FormatError for values that hold themselves, LimitError for those nested deeper than limits.maxDepth */
  convert(value: unknown, what: string): unknown {
    return this.#convert(value, what, 0).plain;
  }

  #convert(value: unknown, what: string, depth: number): Converted {
    if (typeof value !== 'object' || value === null) return { plain: value, nodes: 1 };
    const known = this.#done.get(value);
    if (known) return known;
    const leaf = plainLeaf(value);
    if (leaf !== undefined) return this.#remember(value, { plain: leaf, nodes: 1 });
    if (this.#open.has(value)) throw this.#error(`${what} must not hold itself`);
    if (depth >= this.#limits.maxDepth) {
      throw new LimitError('maxDepth', this.#limits.maxDepth, depth + 1, `${what} in ${this.#place.path}`);
    }
    this.#open.add(value);
    const made = this.#convertContainer(value, what, depth + 1);
    this.#open.delete(value);
    if (made.nodes > maxExpandedNodes) {
      throw this.#error(
        `${what} must stand for at most ${maxExpandedNodes} values, it shares its way to ${made.nodes}`,
      );
    }
    return this.#remember(value, made);
  }

  #remember(value: object, converted: Converted): Converted {
    this.#done.set(value, converted);
    return converted;
  }

  #convertContainer(value: object, what: string, depth: number): Converted {
    if (Array.isArray(value)) return this.#items(value, what, depth);
    if (value instanceof Tuple || value instanceof PickledSet) return this.#items(value.items, what, depth);
    if (value instanceof Dict) return this.#pairs(value, what, depth);
    if (value instanceof NumpyArray) {
      if (value.data instanceof Payload || value.data === null)
        return { plain: plainArray(value, (message) => this.#fail(message)), nodes: 1 + value.count };
      const items = this.#items(value.data, what, depth);
      return { plain: value.shape.length === 0 ? (items.plain as unknown[])[0] : items.plain, nodes: items.nodes };
    }
    if (value instanceof Instance) {
      if (value.entries && !value.built) return this.#pairs(value.entries, what, depth);
      return this.#pairs(value.state, what, depth);
    }
    throw this.#error(`${what} holds a ${value.constructor?.name ?? 'value'} that has no plain form`);
  }

  #items(items: readonly unknown[], what: string, depth: number): Converted {
    let nodes = 1;
    const plain = items.map((item) => {
      const converted = this.#convert(item, what, depth);
      nodes += converted.nodes;
      return converted.plain;
    });
    return { plain, nodes };
  }

  #pairs(dict: Dict, what: string, depth: number): Converted {
    let nodes = 1;
    const values = dict.values.map((item) => {
      const converted = this.#convert(item, what, depth);
      nodes += 1 + converted.nodes;
      return converted.plain;
    });
    const names = dict.keys.map(propertyName);
    if (names.every((name) => name !== undefined)) {
      const plain: Record<string, unknown> = Object.create(null);
      names.forEach((name, i) => {
        plain[name as string] = values[i];
      });
      return { plain, nodes };
    }
    const plain = new Map(dict.keys.map((key, i) => [this.#convert(key, what, depth).plain, values[i]]));
    return { plain, nodes };
  }

  #fail(message: string): never {
    throw this.#error(message);
  }

  #error(message: string): FormatError {
    return new FormatError(`${message}, in ${this.#place.path}`, { path: this.#place.path });
  }
}

/** Keys that JavaScript's objects can have too. */
function propertyName(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  return key instanceof LongText ? (key.value ?? undefined) : undefined;
}

function plainLeaf(value: object): unknown {
  if (value instanceof PickledDate) return value.iso;
  if (value instanceof PickledDuration) return value.ms;
  if (value instanceof LongText) return value.value ?? '';
  if (value instanceof WholeFloat) return value.value;
  if (value instanceof Payload) return value.bytes ?? new Uint8Array();
  if (value instanceof Python2Str) return value.text ?? value.payload.bytes ?? new Uint8Array();
  if (value instanceof Global) return String(value);
  if (value instanceof Complex) return { re: value.re, im: value.im };
  return undefined;
}
