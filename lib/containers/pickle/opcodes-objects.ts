/** Opcodes of names, calls and instances: the ones that an unpickler must not take at their word. */
import { UnsafePickleError } from '../../core/errors.js';
import { resolveGlobal } from './allow-list.js';
import type { Machine, OpcodeHandlers } from './machine.js';
import { NumpyArray, setArrayState } from './numpy-array.js';
import { NumpyDtype, setDtypeState } from './numpy-dtype.js';
import { asText, Dict, Global, Instance, kindOf, Tuple } from './values.js';

/** CPython's own longest dotted names are far shorter. */
const maxNameBytes = 1000;

function pushGlobal(machine: Machine, module: string, name: string): void {
  const found = resolveGlobal(module, name);
  if (found) {
    machine.push(found);
    return;
  }
  const hint = /^(spikelab|spikedata|braingeneers)(\.|$)/.test(module)
    ? ' (a class of SpikeLab other than SpikeData)'
    : '';
  throw new UnsafePickleError(
    `Only names on the allow-list are read from a pickle, found ${JSON.stringify(`${module}.${name}`)}${hint} at byte ${machine.offset} of ${machine.input.place.path}; nothing was executed`,
    { module, symbol: name, offset: machine.offset },
  );
}

function nameLine(machine: Machine): string {
  return machine.input.decodeText(machine.input.line(maxNameBytes));
}

function globalFrom(machine: Machine, value: unknown): Global {
  if (value instanceof Global) return value;
  return machine.fail(`A class or function was expected, found ${kindOf(value)}`);
}

function argumentsFrom(machine: Machine, value: unknown): readonly unknown[] {
  if (value instanceof Tuple) return value.items;
  return machine.fail(`A tuple of arguments was expected, found ${kindOf(value)}`);
}

function instantiate(machine: Machine, of: unknown, args: readonly unknown[]): unknown {
  machine.charge(3);
  const global = globalFrom(machine, of);
  if (!global.traits.create) machine.fail(`A class whose instances are data was expected, found ${global}`);
  return global.traits.create(global, args);
}

function call(machine: Machine, callee: unknown, args: readonly unknown[]): unknown {
  machine.charge(3);
  const global = globalFrom(machine, callee);
  if (!global.traits.call) machine.fail(`Calling ${global} makes no data that this reader knows`);
  return global.traits.call(args, machine, global);
}

/** INST and OBJ: Python 2's instances of classes without a base. With arguments they were calls. */
function instantiateOld(machine: Machine, of: unknown, args: readonly unknown[]): unknown {
  const global = globalFrom(machine, of);
  return global.traits.create ? instantiate(machine, global, args) : call(machine, global, args);
}

function setState(machine: Machine, target: Instance, state: unknown): void {
  if (target.of.traits.ignoresState) return;
  const parts = state instanceof Tuple && state.items.length === 2 ? state.items : [state, null];
  const named = parts.filter((part): part is Dict => part instanceof Dict);
  if (named.length === 0 || parts.some((part) => part !== null && !(part instanceof Dict))) {
    machine.fail(`The attributes of a ${target.of} were expected as a dict, found ${kindOf(state)}`);
  }
  target.built = true;
  for (const part of named) {
    for (let i = 0; i < part.keys.length; i++) {
      const name = asText(part.keys[i]);
      if (name === undefined) machine.fail(`An attribute's name was expected, found ${kindOf(part.keys[i])}`);
      target.state.set(name, part.values[i]);
    }
  }
}

function build(machine: Machine): void {
  const state = machine.pop();
  const target = machine.top();
  if (target instanceof NumpyArray) setArrayState(target, state, machine);
  else if (target instanceof NumpyDtype) setDtypeState(target, state, machine);
  else if (target instanceof Instance) setState(machine, target, state);
  else machine.fail(`An instance to give attributes to was expected, found ${kindOf(target)}`);
}

function refuse(what: string): (machine: Machine) => never {
  return (machine) => machine.unsupported(what, `A pickle without ${what} was expected, found one`);
}

export const objectOpcodes: OpcodeHandlers = {
  // GLOBAL, STACK_GLOBAL
  c: (machine) => {
    const module = nameLine(machine);
    pushGlobal(machine, module, nameLine(machine));
  },
  '\x93': (machine) => {
    const name = asText(machine.pop());
    const module = asText(machine.pop());
    if (module === undefined || name === undefined) {
      return machine.fail('A module and a name were expected on the stack');
    }
    pushGlobal(machine, module, name);
  },
  // REDUCE, BUILD
  R: (machine) => {
    const args = argumentsFrom(machine, machine.pop());
    machine.push(call(machine, machine.pop(), args));
  },
  b: build,
  // NEWOBJ, NEWOBJ_EX
  '\x81': (machine) => {
    const args = argumentsFrom(machine, machine.pop());
    machine.push(instantiate(machine, machine.pop(), args));
  },
  '\x92': (machine) => {
    const named = machine.pop();
    if (!(named instanceof Dict)) machine.fail(`A dict of named arguments was expected, found ${kindOf(named)}`);
    const args = argumentsFrom(machine, machine.pop());
    machine.push(instantiate(machine, machine.pop(), args));
  },
  // INST, OBJ
  i: (machine) => {
    const module = nameLine(machine);
    pushGlobal(machine, module, nameLine(machine));
    const of = machine.pop();
    machine.push(instantiateOld(machine, of, machine.popMark()));
  },
  o: (machine) => {
    const [of, ...args] = machine.popMark();
    machine.push(instantiateOld(machine, of, args));
  },
  // EXT1, EXT2, EXT4; PERSID, BINPERSID; NEXT_BUFFER, READONLY_BUFFER
  '\x82': refuse('extension codes'),
  '\x83': refuse('extension codes'),
  '\x84': refuse('extension codes'),
  P: refuse('persistent ids'),
  Q: refuse('persistent ids'),
  '\x97': refuse('out-of-band buffers'),
  '\x98': refuse('out-of-band buffers'),
};
