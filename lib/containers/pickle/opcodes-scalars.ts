/** Opcodes of numbers, text and bytes. */

import { inlineBytes } from './input.js';
import type { Machine, OpcodeHandlers } from './machine.js';
import { Payload } from './payload.js';
import {
  decodeRawUnicodeEscape,
  decodeStringLiteral,
  integerFromBytes,
  maxIntegerDigits,
  parseFloatText,
  parseInteger,
} from './text-arguments.js';
import { Python2Str, WholeFloat } from './values.js';

/** Characters of a float as text: the longest that Python writes of a float has 24, a %f of the largest 316. */
const maxFloatLine = 400;
/** Python 2 wrote bytes as literals: four characters a byte at most. */
const maxLiteralBytes = 2 ** 29;
/** Of a whole number in binary, 4 932 digits: as text CPython reads no more than 4 300 unless it is told to. */
const maxIntegerBytes = 2 ** 11;

function pushText(machine: Machine, length: number): void {
  machine.charge();
  const text = machine.input.shortText(length);
  if (text === null) machine.pushLongText(machine.input.payload(length, 'utf8'));
  else machine.push(text);
}

function pushBytes(machine: Machine, length: number): void {
  machine.charge();
  machine.push(machine.input.payload(length));
}

function pushPython2Str(machine: Machine, length: number): void {
  machine.charge(2);
  machine.push(new Python2Str(machine.input.payload(length)));
}

function pushLong(machine: Machine, length: number): void {
  if (length < 0) machine.fail(`The length of an int was expected, found ${length}`);
  if (length > maxIntegerBytes) {
    machine.fail(`An int of at most ${maxIntegerBytes} bytes was expected, found one of ${length}`);
  }
  machine.push(integerFromBytes(machine.input.bytes(length)));
}

function pushTextInteger(machine: Machine, text: string): void {
  const value = parseInteger(text);
  if (value === undefined) machine.fail(`An int was expected, found "${text.slice(0, 40)}"`);
  machine.push(value);
}

function pushFloat(machine: Machine, value: number): void {
  machine.push(Number.isInteger(value) ? new WholeFloat(value) : value);
}

function pushUnicodeLine(machine: Machine): void {
  machine.charge();
  const { input } = machine;
  const length = input.lineLength();
  if (length > inlineBytes) {
    machine.pushLongText(input.payload(length, 'raw-unicode-escape'));
    input.u8();
    return;
  }
  const text = decodeRawUnicodeEscape(input.line(length));
  if (text === undefined) machine.fail('A str in raw-unicode-escape was expected, found a broken escape');
  machine.push(text);
}

function pushLiteral(machine: Machine): void {
  machine.charge(2);
  const bytes = decodeStringLiteral(machine.input.line(maxLiteralBytes));
  if (!bytes) machine.fail('A quoted string was expected, found another line or a broken escape');
  machine.push(new Python2Str(Payload.of(bytes, machine.offset)));
}

export const scalarOpcodes: OpcodeHandlers = {
  // NONE, NEWTRUE, NEWFALSE
  N: (machine) => machine.push(null),
  '\x88': (machine) => machine.push(true),
  '\x89': (machine) => machine.push(false),
  // INT: also how protocols 0 and 1 write booleans
  I: (machine) => {
    const text = machine.input.line(maxIntegerDigits + 2).toString('latin1');
    if (text === '00' || text === '01') machine.push(text === '01');
    else pushTextInteger(machine, text);
  },
  // LONG
  L: (machine) =>
    pushTextInteger(
      machine,
      machine.input
        .line(maxIntegerDigits + 3)
        .toString('latin1')
        .replace(/L$/, ''),
    ),
  // FLOAT
  F: (machine) => {
    const text = machine.input.line(maxFloatLine).toString('latin1');
    const value = parseFloatText(text);
    if (value === undefined) return machine.fail(`A float was expected, found "${text.slice(0, 40)}"`);
    pushFloat(machine, value);
  },
  // BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  J: (machine) => machine.push(machine.input.i32()),
  K: (machine) => machine.push(machine.input.u8()),
  M: (machine) => machine.push(machine.input.u16()),
  '\x8a': (machine) => pushLong(machine, machine.input.u8()),
  '\x8b': (machine) => pushLong(machine, machine.input.i32()),
  G: (machine) => pushFloat(machine, machine.input.f64()),
  // UNICODE, SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
  V: pushUnicodeLine,
  '\x8c': (machine) => pushText(machine, machine.input.u8()),
  X: (machine) => pushText(machine, machine.input.u32()),
  '\x8d': (machine) => pushText(machine, machine.input.u64()),
  // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
  C: (machine) => pushBytes(machine, machine.input.u8()),
  B: (machine) => pushBytes(machine, machine.input.u32()),
  '\x8e': (machine) => pushBytes(machine, machine.input.u64()),
  '\x96': (machine) => pushBytes(machine, machine.input.u64()),
  // STRING, SHORT_BINSTRING, BINSTRING: what Python 2 wrote
  S: pushLiteral,
  U: (machine) => pushPython2Str(machine, machine.input.u8()),
  T: (machine) => {
    const length = machine.input.i32();
    if (length < 0) machine.fail(`The length of a str was expected, found ${length}`);
    pushPython2Str(machine, length);
  },
};
