/** The table of opcodes: one handler a byte. Bytes without a handler are no opcodes. */
import type { OpcodeHandler } from './machine.js';
import { containerOpcodes } from './opcodes-containers.js';
import { objectOpcodes } from './opcodes-objects.js';
import { scalarOpcodes } from './opcodes-scalars.js';
import { stackOpcodes } from './opcodes-stack.js';

export const opcodeTable: readonly (OpcodeHandler | undefined)[] = (() => {
  const table = new Array<OpcodeHandler | undefined>(256).fill(undefined);
  for (const handlers of [stackOpcodes, scalarOpcodes, containerOpcodes, objectOpcodes]) {
    for (const [character, handler] of Object.entries(handlers)) table[character.charCodeAt(0)] = handler;
  }
  return table;
})();
