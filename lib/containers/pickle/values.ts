/**
 * What the values of a pickle become. None, bool, float and str are JavaScript's own, ints beyond 2^53 are bigints, lists are
 * arrays; the rest are the inert classes below. Nothing here hashes a pickled value other than a string: a file cannot choose
 * keys that collide.
 */
import type { Payload } from './payload.js';

export class Tuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/**
 * A float like 3.0, which JavaScript cannot tell from the int 3. Only tuples keep it, because reconstructors take counts
 * from tuples and Python refuses floats there; everything else holds the number.
 */
export class WholeFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** The value as every container but a tuple holds it. */
export function unwrapped(value: unknown): unknown {
  return value instanceof WholeFloat ? value.value : value;
}

/** A dict as the pairs that were set, in order; where a str key was set twice the later value counts. */
export class Dict {
  readonly keys: unknown[] = [];
  readonly values: unknown[] = [];
  #index: Map<string, number> | null = null;

  set(key: unknown, value: unknown): void {
    this.#index = null;
    this.keys.push(unwrapped(key));
    this.values.push(unwrapped(value));
  }

  addAll(other: Dict): void {
    for (let i = 0; i < other.keys.length; i++) this.set(other.keys[i], other.values[i]);
  }

  has(name: string): boolean {
    return this.#positions().has(name);
  }

  get(name: string): unknown {
    const at = this.#positions().get(name);
    return at === undefined ? undefined : this.values[at];
  }

  /** The str keys, each once. */
  names(): string[] {
    return [...this.#positions().keys()];
  }

  #positions(): Map<string, number> {
    if (!this.#index) {
      this.#index = new Map();
      for (let i = 0; i < this.keys.length; i++) {
        const key = this.keys[i];
        if (typeof key === 'string') this.#index.set(key, i);
      }
    }
    return this.#index;
  }
}

/** A set or frozenset: its items in the file's order, which Python has made unique. */
export class PickledSet {
  readonly items: unknown[];
  constructor(items: unknown[] = []) {
    this.items = items;
  }
}

/** A str of Python 2: bytes that are text where they are ASCII, as CPython's unpickler takes them. */
export class Python2Str {
  readonly payload: Payload;
  constructor(payload: Payload) {
    this.payload = payload;
  }

  /** The text, or null where the bytes are not ASCII. */
  get text(): string | null {
    const bytes = this.payload.bytes;
    if (!bytes || bytes.some((byte) => byte > 0x7f)) return null;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}

/** A str too long to be decoded while scanning. */
export class LongText {
  readonly payload: Payload;
  value: string | null = null;
  /** Its bytes were asked for instead: it was how an old protocol carries them. */
  encoded = false;
  constructor(payload: Payload) {
    this.payload = payload;
  }
}

/** datetime.datetime, date and time as ISO 8601 text. */
export class PickledDate {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** datetime.timedelta and numpy.timedelta64, in ms. */
export class PickledDuration {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

export class Complex {
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }
}

/** What an allow-listed name can do. Reconstructors make data and nothing else. */
export interface GlobalTraits {
  /** What calling it gives, for REDUCE. */
  call?: (args: readonly unknown[], context: ReduceContext, global: Global) => unknown;
  /** What an instance of the class is before BUILD, for NEWOBJ and copyreg._reconstructor. */
  create?: (global: Global, args: readonly unknown[]) => unknown;
  /** What BUILD gives its instances is no attributes, and not needed. */
  ignoresState?: boolean;
}

/** What reconstructors need of the machine that calls them. */
export interface ReduceContext {
  fail(message: string): never;
  unsupported(feature: string, message: string): never;
  /** Pays for what a call makes out of few bytes of the file: copies of a collection, decoded text. */
  charge(objects?: number): void;
  /** The bytes of a small payload, read now. */
  readNow(payload: Payload): Uint8Array;
}

/** A name on the allow-list: a token, never the thing itself. */
export class Global {
  readonly module: string;
  readonly name: string;
  readonly traits: GlobalTraits;
  constructor(module: string, name: string, traits: GlobalTraits) {
    this.module = module;
    this.name = name;
    this.traits = traits;
  }

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An instance of an allow-listed class, or the call of an allow-listed function, as data. */
export class Instance {
  readonly of: Global;
  readonly args: readonly unknown[];
  /** What BUILD gave: the instance's attributes. */
  readonly state = new Dict();
  built = false;
  /** Contents of subclasses of dict. */
  readonly entries: Dict | null;

  constructor(of: Global, args: readonly unknown[], base: 'object' | 'dict' = 'object') {
    this.of = of;
    this.args = args;
    this.entries = base === 'dict' ? new Dict() : null;
  }
}

/** A str given as either kind of text; undefined for anything else. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Python2Str) return value.text ?? undefined;
  return value instanceof LongText ? (value.value ?? undefined) : undefined;
}

/** A value as the key of a dict or an item of a set; undefined where Python could not hash it. */
export function keyFrom(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Dict || value instanceof PickledSet) return undefined;
  return value instanceof Python2Str ? (value.text ?? value) : unwrapped(value);
}

/** What a value is, in Python's words, for error messages. */
export function kindOf(value: unknown): string {
  // an argument that was not given
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof WholeFloat) return `the float ${value.value}.0`;
  if (typeof value === 'string' || value instanceof LongText || value instanceof Python2Str) return 'a str';
  if (typeof value === 'boolean') return 'a bool';
  if (typeof value === 'bigint') return 'an int';
  if (typeof value === 'number') return Number.isInteger(value) ? `the number ${value}` : `the float ${value}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`;
  if (value instanceof Dict) return `a dict of ${value.keys.length}`;
  if (value instanceof Instance) return `a ${value.of}`;
  if (value instanceof Global) return `the name ${value}`;
  return `a ${(value as object)?.constructor?.name ?? typeof value}`;
}

/** Names by module. */
export type GlobalTable = Readonly<Record<string, Readonly<Record<string, GlobalTraits>>>>;
