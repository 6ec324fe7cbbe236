/**
 * Python pickles, protocols 0 to 5, read as data: nothing in one is ever executed. docs/formats/pickle.md says what is read and why.
 */

import { setImmediate } from 'node:timers/promises';
import type { JobOptions } from '../../addon/job.js';
import { cStrides, type NumericArray } from '../../core/arrays.js';
import { defaultLimits, type Limits } from '../../core/limits.js';
import { PickleInput } from './input.js';
import { Machine } from './machine.js';
import type { NumpyArray } from './numpy-array.js';
import { emptyElements } from './numpy-elements.js';
import { opcodeTable } from './opcodes.js';
import { Payload } from './payload.js';
import { loadPayload, loadText, type PayloadRead, readPayloads } from './payload-reading.js';
import { PlainConverter } from './plain.js';
import { FileSource, memorySource, type PicklePlace, type PickleSource } from './source.js';
import type { LongText } from './values.js';

export { NumpyArray } from './numpy-array.js';
export { numericArray } from './numpy-plain.js';
export { Payload } from './payload.js';
export { payloadsIn } from './payloads-in.js';
export { PlainConverter } from './plain.js';
export { asText, Dict, Global, Instance, kindOf, Tuple, unwrapped } from './values.js';

export interface PickleOptions {
  limits?: Partial<Limits>;
  signal?: AbortSignal;
}

/** How long scanning may keep the event loop from other work. */
const scanSliceMs = 8;

/** A scanned pickle: its values, with the long payloads still where they were. */
export class ScannedPickle {
  readonly root: unknown;
  readonly input: PickleInput;
  readonly #longTexts: readonly LongText[];
  readonly #limits: Limits;

  constructor(root: unknown, input: PickleInput, longTexts: readonly LongText[], limits: Limits) {
    this.root = root;
    this.input = input;
    this.#longTexts = longTexts;
    this.#limits = limits;
  }

  /** Bytes after the end of the pickle. */
  get trailingBytes(): number {
    return this.input.remaining;
  }

  /** Reads payloads straight into their places in `target`. */
  async readInto(target: NumericArray, reads: readonly PayloadRead[], options: JobOptions = {}): Promise<void> {
    await readPayloads(reads, target, this.input, options);
  }

  /** Reads an array of numbers that is stored as JavaScript holds it straight into place; null for every other array. */
  async readNumbers(array: NumpyArray, options: JobOptions = {}): Promise<NumericArray | null> {
    const { dtype, data } = array;
    const inOrder = array.strides.every(
      (stride, axis) => array.shape[axis] <= 1 || stride === cStrides(array.shape)[axis],
    );
    const target = dtype && inOrder && data instanceof Payload ? emptyElements(dtype, array.count) : null;
    if (!target || !(data instanceof Payload)) return null;
    await this.readInto(target, [{ payload: data, offset: 0, bytes: target.byteLength }], options);
    return target;
  }

  /** Brings one payload into memory. */
  async read(payload: Payload, signal?: AbortSignal): Promise<void> {
    await loadPayload(payload, this.input, signal);
  }

  /** Reads whatever was left in the file, other than `except`. */
  async readRest(except: ReadonlySet<unknown> = new Set(), signal?: AbortSignal): Promise<void> {
    const texts = new Set<unknown>();
    for (const text of this.#longTexts) {
      if (text.encoded) continue;
      signal?.throwIfAborted();
      texts.add(text.payload);
      await loadText(text, this.input);
    }
    for (const payload of this.input.deferred) {
      signal?.throwIfAborted();
      if (!except.has(payload) && !texts.has(payload)) await loadPayload(payload, this.input, signal);
    }
  }

  converter(): PlainConverter {
    return new PlainConverter(this.#limits, this.input.place);
  }
}

async function scan(source: PickleSource, place: PicklePlace, options: PickleOptions): Promise<ScannedPickle> {
  const limits = { ...defaultLimits, ...options.limits };
  const input = new PickleInput(source, place);
  const machine = new Machine(input, limits, opcodeTable);
  while (!machine.run(scanSliceMs)) {
    await setImmediate();
    options.signal?.throwIfAborted();
  }
  return new ScannedPickle(machine.result(), input, machine.longTexts, limits);
}

/**
 * Reads the pickle at the start of `bytes`. Arrays borrow their bytes.
 *
 * @returns the pickled value, as the classes of pickle/values.ts; PlainConverter makes plain JavaScript of it
 * @throws UnsafePickleError for names outside the allow-list, FormatError, UnsupportedError, LimitError
 */
export async function readPickle(bytes: Uint8Array, place: PicklePlace, options: PickleOptions = {}): Promise<unknown> {
  const pickle = await scan(memorySource(bytes), place, options);
  await pickle.readRest(undefined, options.signal);
  return pickle.root;
}

/** Scans the pickle in a file and hands it to `use`; the file is closed when that is done. */
export async function withPickleFile<T>(
  path: string,
  options: PickleOptions,
  use: (pickle: ScannedPickle) => Promise<T>,
): Promise<T> {
  const source = await FileSource.open(path);
  try {
    return await use(await scan(source, { path }, options));
  } finally {
    await source.close();
  }
}
