/**
 * The pickle machine: a stack, marks and a memo. It makes data only: names resolve to inert tokens of the allow-list, no
 * opcode recurses, nothing is hashed, and every value that a file makes cheaply is charged against the heap.
 */

import { getHeapStatistics } from 'node:v8';
import { type FormatError, LimitError, UnsupportedError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import type { PickleInput } from './input.js';
import type { Payload } from './payload.js';
import { decodePayloadNow } from './payload-reading.js';
import { LongText, type ReduceContext, unwrapped } from './values.js';

/** Rough size of a small object on V8's heap. */
const objectBytes = 96;
/** Small payloads that reconstructors may want to look into at once. */
const maxReadNowBytes = 2 ** 20;
/** Reading the clock takes as long as an opcode or two. */
const opcodesBetweenClockReads = 4096;
/** Numbers of the memo that may be left out: protocol 0 and 1 let a pickle choose them, and each takes a slot of the list. */
const maxMemoGap = 2 ** 20;

export class Machine implements ReduceContext {
  readonly input: PickleInput;
  readonly limits: Limits;
  stack: unknown[] = [];
  /** Heights of the stack at which marks were set. */
  readonly marks: number[] = [];
  readonly longTexts: LongText[] = [];
  readonly #memo: unknown[] = [];
  #stored = 0;
  #stopped = false;
  #objects = 0;
  readonly #maxObjects: number;
  readonly #opcodes: readonly (OpcodeHandler | undefined)[];
  #opcodeOffset = 0;

  /** `opcodes`: what each byte does; undefined where it is no opcode. */
  constructor(input: PickleInput, limits: Limits, opcodes: readonly (OpcodeHandler | undefined)[]) {
    this.input = input;
    this.#opcodes = opcodes;
    this.limits = limits;
    this.#maxObjects = Math.floor((getHeapStatistics().heap_size_limit * 0.6) / objectBytes);
  }

  /** Runs for about `budgetMs`; true when the pickle has ended. */
  run(budgetMs: number): boolean {
    const until = performance.now() + budgetMs;
    while (!this.#stopped) {
      for (let i = 0; i < opcodesBetweenClockReads && !this.#stopped; i++) {
        this.#opcodeOffset = this.input.offset;
        const opcode = this.input.u8();
        const handler = this.#opcodes[opcode];
        if (!handler) this.fail(`An opcode was expected, found the byte 0x${opcode.toString(16).padStart(2, '0')}`);
        handler(this);
      }
      if (this.stack.length + this.#memo.length > this.#maxObjects * 4) this.charge(this.#maxObjects);
      if (performance.now() > until) break;
    }
    return this.#stopped;
  }

  /** Where the opcode that is being run begins. */
  get offset(): number {
    return this.#opcodeOffset;
  }

  error(message: string): FormatError {
    return this.input.error(message, this.#opcodeOffset);
  }

  fail(message: string): never {
    throw this.error(message);
  }

  unsupported(feature: string, message: string): never {
    throw new UnsupportedError(feature, `${message}, at byte ${this.#opcodeOffset} of ${this.input.place.path}`);
  }

  readNow(payload: Payload): Uint8Array {
    if (payload.storedLength > maxReadNowBytes) {
      this.fail(`At most ${maxReadNowBytes} bytes were expected here, found ${payload.storedLength}`);
    }
    this.charge(Math.ceil(payload.storedLength / objectBytes));
    return payload.bytes ?? decodePayloadNow(payload, this.input);
  }

  /** Called for every value that costs the file a byte or two and the heap much more. */
  charge(objects = 1): void {
    this.#objects += objects;
    if (this.#objects > this.#maxObjects) {
      this.unsupported(
        'pickle of very many objects',
        `A pickle of at most ${this.#maxObjects} objects fits into Node's heap, this one has more; run Node with a larger --max-old-space-size`,
      );
    }
  }

  pushLongText(payload: Payload): void {
    const text = new LongText(payload);
    this.longTexts.push(text);
    this.stack.push(text);
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    this.#needAboveMark(1);
    return this.stack.pop();
  }

  top(): unknown {
    this.#needAboveMark(1);
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    if (this.marks.length >= this.limits.maxDepth) {
      throw new LimitError('maxDepth', this.limits.maxDepth, this.marks.length + 1, this.input.place.path);
    }
    this.marks.push(this.stack.length);
  }

  /** The values above the last mark, which is removed with them. */
  popMark(): unknown[] {
    const from = this.marks.pop();
    if (from === undefined) this.fail('A mark was expected on the stack, found none');
    return this.stack.splice(from);
  }

  memoize(index: number): void {
    // CPython numbers its memo from 0 without gaps; small ones come from other picklers
    if (!(index <= this.#memo.length + maxMemoGap)) {
      this.fail(`A memo index near ${this.#memo.length} was expected, found ${index}`);
    }
    const value = this.top();
    while (this.#memo.length < index) this.#memo.push(undefined);
    if (this.#memo[index] === undefined) this.#stored++;
    this.#memo[index] = value;
  }

  memoizeNext(): void {
    // as in CPython: numbered by how many are stored, whichever indices others chose
    this.memoize(this.#stored);
  }

  recall(index: number): void {
    const value = this.#memo[index];
    if (value === undefined) this.fail(`Memo entry ${index} is asked for and was never stored`);
    this.stack.push(value);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What the pickle stands for, after its end. */
  result(): unknown {
    if (this.marks.length > 0 || this.stack.length !== 1) {
      this.fail(`One value was expected at the end of the pickle, found ${this.stack.length}`);
    }
    return unwrapped(this.stack[0]);
  }

  #needAboveMark(count: number): void {
    const floor = this.marks.length ? this.marks[this.marks.length - 1] : 0;
    if (this.stack.length - floor < count) this.fail('A value was expected on the stack, found none');
  }
}

export type OpcodeHandler = (machine: Machine) => void;

/** Handlers by the opcode's character, as pickletools lists them. */
export type OpcodeHandlers = Readonly<Record<string, OpcodeHandler>>;
