/** Opcodes that say how a pickle is laid out, and those of the stack, the marks and the memo. */
import type { Machine, OpcodeHandlers } from './machine.js';
import { parseInteger } from './text-arguments.js';

const highestProtocol = 5;
/** Digits of an index as text: 2^64 has 20. */
const maxIndexLine = 20;

function textIndex(machine: Machine): number {
  const text = machine.input.line(maxIndexLine).toString('latin1');
  const index = parseInteger(text);
  if (typeof index !== 'number' || index < 0) machine.fail(`A memo index was expected, found "${text}"`);
  return index;
}

export const stackOpcodes: OpcodeHandlers = {
  // PROTO
  '\x80': (machine) => {
    const protocol = machine.input.u8();
    if (protocol > highestProtocol) {
      machine.unsupported(`pickle protocol ${protocol}`, `Pickle protocols 0 to 5 can be read, found ${protocol}`);
    }
  },
  // FRAME: a hint for buffering; its length must fit all the same, or the file is cut off
  '\x95': (machine) => {
    const length = machine.input.u64();
    if (length > machine.input.remaining) {
      machine.fail(`A frame of ${length} bytes is announced and ${machine.input.remaining} remain`);
    }
  },
  // STOP
  '.': (machine) => machine.stop(),
  // MARK
  '(': (machine) => machine.mark(),
  // POP: takes a mark when that is on top
  '0': (machine) => {
    const { marks, stack } = machine;
    if (marks.length && marks[marks.length - 1] === stack.length) marks.pop();
    else machine.pop();
  },
  // POP_MARK
  '1': (machine) => {
    machine.popMark();
  },
  // DUP
  '2': (machine) => machine.push(machine.top()),
  // PUT, BINPUT, LONG_BINPUT, MEMOIZE
  p: (machine) => machine.memoize(textIndex(machine)),
  q: (machine) => machine.memoize(machine.input.u8()),
  r: (machine) => machine.memoize(machine.input.u32()),
  '\x94': (machine) => machine.memoizeNext(),
  // GET, BINGET, LONG_BINGET
  g: (machine) => machine.recall(textIndex(machine)),
  h: (machine) => machine.recall(machine.input.u8()),
  j: (machine) => machine.recall(machine.input.u32()),
};
