/** numpy.dtype as data. Source: numpy's descriptor.c, `arraydescr_reduce` and `arraydescr_setstate`. */
import { sizesOfKind } from '../npy/dtype.js';
import { asText, Dict, Global, kindOf, Python2Str, type ReduceContext, Tuple } from './values.js';

export type NumpyKind = 'b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' | 'O' | 'S' | 'U' | 'V';

export interface NumpyField {
  name: string;
  type: NumpyDtype;
  offset: number;
}

export class NumpyDtype {
  readonly kind: NumpyKind;
  /** Bytes of one element. */
  size: number;
  littleEndian = true;
  fields: readonly NumpyField[] | null = null;
  /** For V types: elements that are arrays themselves. */
  subarray: { base: NumpyDtype; shape: readonly number[] } | null = null;
  /** For M and m: what one count is, as numpy names it ('ms', 'D', 'generic'), and how many of it. */
  unit: { name: string; count: number } = { name: 'generic', count: 1 };

  constructor(kind: NumpyKind, size: number) {
    this.kind = kind;
    this.size = size;
  }

  /** numpy's short name: '<f8', '|S5'. */
  get name(): string {
    const order = this.size === 1 || 'SVOb'.includes(this.kind) ? '|' : this.littleEndian ? '<' : '>';
    return `${order}${this.kind}${this.kind === 'U' ? this.size / 4 : this.size}`;
  }
}

/** numpy.dtype('f8', False, True). */
export function makeDtype(args: readonly unknown[], context: ReduceContext): NumpyDtype {
  const descr = asText(args[0]);
  const plain = args.slice(1).every((flag) => typeof flag === 'boolean' || flag === 0 || flag === 1);
  const found = descr === undefined || args.length > 3 || !plain ? null : /^([biufcmMOSUV])(\d{1,10})$/.exec(descr);
  if (!found) {
    return context.fail(
      `A numpy dtype like 'f8' was expected, found ${descr ? `'${descr.slice(0, 40)}'` : kindOf(args[0])}`,
    );
  }
  const kind = found[1] as NumpyKind;
  const number = Number(found[2]);
  const sizes = sizesOfKind[kind];
  if (sizes && !sizes.includes(number)) context.fail(`A numpy dtype was expected, found '${descr}'`);
  return new NumpyDtype(kind, kind === 'U' ? number * 4 : number);
}

/** BUILD of a dtype: (version, byte order, subarray, names, fields, size, alignment, flags[, metadata]). */
export function setDtypeState(dtype: NumpyDtype, state: unknown, context: ReduceContext): void {
  const items = state instanceof Tuple ? state.items : [];
  const version = items[0];
  if (items.length < 8 || items.length > 9 || !(version === 3 || version === 4)) {
    context.fail(`The state of a numpy dtype (version 3 or 4) was expected, found ${kindOf(state)}`);
  }
  const [, order, subarray, names, fields, size] = items;
  const orderText = asText(order);
  if (orderText === undefined || !'<>|='.includes(orderText) || orderText.length !== 1) {
    context.fail(`The byte order of a numpy dtype was expected, found ${kindOf(order)}`);
  }
  setSize(dtype, size, context);
  if (subarray !== null) dtype.subarray = subarrayFrom(dtype, subarray, context);
  if (names !== null && names !== undefined) dtype.fields = fieldsFrom(dtype, names, fields, context);
  if ((dtype.kind === 'M' || dtype.kind === 'm') && items.length === 9) dtype.unit = unitFrom(items[8], context);
  dtype.littleEndian = orderText !== '>';
}

function setSize(dtype: NumpyDtype, size: unknown, context: ReduceContext): void {
  const flexible = sizesOfKind[dtype.kind] === undefined;
  const valid = typeof size === 'number' && Number.isInteger(size) && size >= -1;
  if (!valid || (!flexible && size !== -1 && size !== dtype.size)) {
    context.fail(`The size of a numpy dtype ${dtype.kind}${dtype.size} was expected, found ${kindOf(size)}`);
  }
  if (!flexible || size === -1) return;
  if (dtype.kind === 'U' && size % 4 !== 0)
    context.fail(`Text of 4 bytes a character was expected, found ${size} bytes`);
  dtype.size = size;
}

function dtypeFrom(value: unknown, context: ReduceContext): NumpyDtype {
  return value instanceof NumpyDtype ? value : context.fail(`A numpy dtype was expected, found ${kindOf(value)}`);
}

/** A shape: a tuple of counts (or one count) whose product stays below 2^53. */
export function shapeFrom(value: unknown, context: ReduceContext): number[] {
  const counts = value instanceof Tuple ? value.items : [value];
  const shape: number[] = [];
  let product = 1;
  for (const count of counts) {
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
      context.fail(`The shape of a numpy array was expected, found ${kindOf(count)} in it`);
    }
    product *= count;
    shape.push(count);
  }
  if (shape.length > 64 || !Number.isSafeInteger(product)) context.fail('The shape of a numpy array is beyond numpy');
  return shape;
}

function subarrayFrom(dtype: NumpyDtype, value: unknown, context: ReduceContext) {
  if (!(value instanceof Tuple) || value.items.length !== 2) {
    return context.fail(`The subarray of a numpy dtype was expected as a pair, found ${kindOf(value)}`);
  }
  const base = dtypeFrom(value.items[0], context);
  const shape = shapeFrom(value.items[1], context);
  const bytes = shape.reduce((product, n) => product * n, base.size);
  if (base === dtype || bytes !== dtype.size) context.fail('A numpy subarray that fills its element was expected');
  return { base, shape };
}

function fieldsFrom(dtype: NumpyDtype, names: unknown, fields: unknown, context: ReduceContext): NumpyField[] {
  if (!(names instanceof Tuple) || !(fields instanceof Dict)) {
    return context.fail(`The fields of a numpy dtype were expected, found ${kindOf(names)} and ${kindOf(fields)}`);
  }
  return names.items.map((item) => {
    const name = asText(item);
    const entry = name === undefined ? undefined : fields.get(name);
    if (name === undefined || !(entry instanceof Tuple))
      return context.fail('Each field of a numpy dtype needs an entry');
    const type = dtypeFrom(entry.items[0], context);
    const offset = entry.items[1];
    if (typeof offset !== 'number' || type === dtype || !(offset >= 0 && offset + type.size <= dtype.size)) {
      return context.fail(`The field ${JSON.stringify(name)} was expected to lie within its element`);
    }
    return { name, type, offset };
  });
}

function unitFrom(metadata: unknown, context: ReduceContext): { name: string; count: number } {
  const pair = metadata instanceof Tuple ? metadata.items[1] : undefined;
  const parts = pair instanceof Tuple ? pair.items : [];
  const name = asText(parts[0]) ?? bytesText(parts[0], context);
  if (name === undefined || typeof parts[1] !== 'number')
    return context.fail('The unit of a numpy datetime was expected');
  return { name, count: parts[1] };
}

function bytesText(value: unknown, context: ReduceContext): string | undefined {
  if (value instanceof Python2Str) return value.text ?? undefined;
  if (value instanceof Global || typeof value !== 'object' || value === null || !('storedLength' in value))
    return undefined;
  const bytes = context.readNow(value as Parameters<ReduceContext['readNow']>[0]);
  return Buffer.from(bytes).toString('latin1');
}
