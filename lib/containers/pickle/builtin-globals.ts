/** Python's own containers and types: what calling each with a pickle's arguments makes. */
import { decodeDate, decodeDatetime, decodeTime, decodeTimedelta } from './datetime.js';
import { Payload } from './payload.js';
import {
  asText,
  Complex,
  Dict,
  Global,
  type GlobalTable,
  type GlobalTraits,
  Instance,
  keyFrom,
  kindOf,
  LongText,
  PickledSet,
  type ReduceContext,
  Tuple,
  unwrapped,
} from './values.js';

const inert: GlobalTraits = {};
const latin1Names = new Set(['latin1', 'latin-1', 'latin_1', 'iso-8859-1', 'iso8859-1', '8859']);

/** The items of any pickled collection. */
function itemsOf(value: unknown, context: ReduceContext): unknown[] {
  if (value === undefined) return [];
  const items = value instanceof Tuple || value instanceof PickledSet ? value.items : value;
  if (!Array.isArray(items)) return context.fail(`A collection was expected, found ${kindOf(value)}`);
  // one list can be copied again and again for a few bytes each time
  context.charge(1 + items.length / 8);
  return items.map(unwrapped);
}

/** bytes(), bytes(b'…'), bytearray('…', 'latin-1'): numbers, which would allocate, are refused. */
function makeBytes(args: readonly unknown[], context: ReduceContext): Payload {
  const [value] = args;
  if (args.length === 0) return Payload.of(new Uint8Array());
  if (args.length === 2) return encodeLatin1(args, context);
  if (args.length === 1 && value instanceof Payload) return value;
  if (args.length === 1 && Array.isArray(value) && value.every((b) => Number.isInteger(b) && b >= 0 && b < 256)) {
    return Payload.of(Uint8Array.from(value));
  }
  return context.fail(`Bytes were expected, found ${kindOf(value)}`);
}

/** _codecs.encode(text, 'latin1'): how protocols 0 to 2 carry bytes. No other codec is known here. */
function encodeLatin1(args: readonly unknown[], context: ReduceContext): Payload {
  const codec = asText(args[1]);
  if (args.length !== 2 || codec === undefined || !latin1Names.has(codec.toLowerCase())) {
    context.fail(
      `Text in latin1 was expected, found the codec ${codec === undefined ? 'none' : JSON.stringify(codec)}`,
    );
  }
  if (args[0] instanceof LongText) {
    args[0].encoded = true;
    return args[0].payload;
  }
  const text = asText(args[0]);
  if (text === undefined) return context.fail(`Text to encode was expected, found ${kindOf(args[0])}`);
  context.charge(1 + text.length / 96);
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) context.fail('Text in latin1 was expected, found other characters');
  }
  // small Buffers share a pool; the bytes of an array must be free to stay alone
  return Payload.of(Uint8Array.from(bytes));
}

function makeDict(args: readonly unknown[], context: ReduceContext): Dict {
  const dict = new Dict();
  const [source] = args;
  if (source instanceof Dict) {
    context.charge(1 + source.keys.length / 4);
    dict.addAll(source);
  } else {
    for (const pair of itemsOf(source, context)) {
      const [item, value = null] = itemsOf(pair, context);
      const key = keyFrom(item);
      if (key === undefined) context.fail(`A hashable key was expected, found ${kindOf(item)}`);
      dict.set(key, value);
    }
  }
  return dict;
}

function makeComplex(args: readonly unknown[], context: ReduceContext): Complex {
  const [re, im] = args.map(unwrapped);
  if (typeof re !== 'number' || typeof im !== 'number')
    return context.fail('The two parts of a complex number were expected');
  return new Complex(re, im);
}

/** copyreg._reconstructor(cls, base, state): how protocols 0 and 1 make instances. */
function reconstruct(args: readonly unknown[], context: ReduceContext): unknown {
  const [cls, base, state] = args;
  if (args.length !== 3 || !(cls instanceof Global) || !(base instanceof Global) || !cls.traits.create) {
    return context.fail('A class and its base were expected by copyreg._reconstructor');
  }
  const made = cls.traits.create(cls, []);
  if (made instanceof Instance && made.entries && state instanceof Dict) {
    context.charge(1 + state.keys.length / 4);
    made.entries.addAll(state);
  } else if (state !== null || base.name !== 'object') {
    context.fail(`The contents of a ${cls} were expected, found ${kindOf(state)}`);
  }
  return made;
}

const builtins: Record<string, GlobalTraits> = {
  object: inert,
  dict: { call: makeDict, create: () => new Dict() },
  list: { call: (args, context) => itemsOf(args[0], context), create: () => [] },
  tuple: { call: (args, context) => new Tuple(itemsOf(args[0], context)) },
  set: { call: (args, context) => new PickledSet(itemsOf(args[0], context)), create: () => new PickledSet() },
  frozenset: { call: (args, context) => new PickledSet(itemsOf(args[0], context)) },
  bytes: { call: makeBytes },
  bytearray: { call: makeBytes },
  complex: { call: makeComplex },
  // types that may stand as values: the default of a defaultdict, a column's type
  ...Object.fromEntries(['int', 'long', 'float', 'bool', 'str', 'unicode'].map((name) => [name, inert])),
};

const copyreg = { _reconstructor: { call: reconstruct } };

export const builtinGlobals: GlobalTable = {
  builtins,
  __builtin__: builtins,
  copyreg,
  copy_reg: copyreg,
  _codecs: { encode: { call: encodeLatin1 } },
  collections: {
    OrderedDict: { call: makeDict, create: () => new Dict() },
    Counter: { call: makeDict, create: () => new Dict() },
    // its first argument is the class of missing values, which data do not need
    defaultdict: { call: (args, context) => makeDict(args.slice(1), context), create: () => new Dict() },
    deque: { call: (args, context) => itemsOf(args[0], context), create: () => [] },
  },
  datetime: {
    datetime: { call: decodeDatetime },
    date: { call: decodeDate },
    time: { call: decodeTime },
    timedelta: { call: decodeTimedelta },
    timezone: { call: (args) => args[0] },
  },
};
