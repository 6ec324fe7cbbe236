/** Opcodes that make and fill tuples, lists, dicts and sets. */
import type { Machine, OpcodeHandlers } from './machine.js';
import { Dict, Instance, keyFrom, kindOf, PickledSet, Tuple, unwrapped } from './values.js';

function pushTuple(machine: Machine, count: number): void {
  machine.charge();
  const items = new Array<unknown>(count);
  for (let i = count - 1; i >= 0; i--) items[i] = machine.pop();
  machine.push(new Tuple(items));
}

function listOnTop(machine: Machine): unknown[] {
  const target = machine.top();
  if (Array.isArray(target)) return target;
  return machine.fail(`A list to append to was expected, found ${kindOf(target)}`);
}

function dictOnTop(machine: Machine): Dict {
  const target = machine.top();
  if (target instanceof Dict) return target;
  if (target instanceof Instance && target.entries) return target.entries;
  return machine.fail(`A dict to add to was expected, found ${kindOf(target)}`);
}

function hashable(machine: Machine, value: unknown): unknown {
  const key = keyFrom(value);
  return key === undefined ? machine.fail(`A hashable key was expected, found ${kindOf(value)}`) : key;
}

function addPairs(machine: Machine, dict: Dict, pairs: readonly unknown[]): void {
  if (pairs.length % 2 !== 0) machine.fail('A value was expected for each key, found a key without one');
  for (let i = 0; i < pairs.length; i += 2) dict.set(hashable(machine, pairs[i]), pairs[i + 1]);
}

export const containerOpcodes: OpcodeHandlers = {
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  ')': (machine) => pushTuple(machine, 0),
  t: (machine) => {
    machine.charge();
    machine.push(new Tuple(machine.popMark()));
  },
  '\x85': (machine) => pushTuple(machine, 1),
  '\x86': (machine) => pushTuple(machine, 2),
  '\x87': (machine) => pushTuple(machine, 3),
  // EMPTY_LIST, LIST, APPEND, APPENDS
  ']': (machine) => {
    machine.charge();
    machine.push([]);
  },
  l: (machine) => {
    machine.charge();
    machine.push(machine.popMark().map(unwrapped));
  },
  a: (machine) => {
    const value = unwrapped(machine.pop());
    listOnTop(machine).push(value);
  },
  e: (machine) => {
    const values = machine.popMark();
    const list = listOnTop(machine);
    for (const value of values) list.push(unwrapped(value));
  },
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  '}': (machine) => {
    machine.charge(2);
    machine.push(new Dict());
  },
  d: (machine) => {
    machine.charge(2);
    const dict = new Dict();
    addPairs(machine, dict, machine.popMark());
    machine.push(dict);
  },
  s: (machine) => {
    const value = machine.pop();
    const key = machine.pop();
    addPairs(machine, dictOnTop(machine), [key, value]);
  },
  u: (machine) => {
    const pairs = machine.popMark();
    addPairs(machine, dictOnTop(machine), pairs);
  },
  // EMPTY_SET, ADDITEMS, FROZENSET
  '\x8f': (machine) => {
    machine.charge();
    machine.push(new PickledSet());
  },
  '\x90': (machine) => {
    const items = machine.popMark();
    const set = machine.top();
    if (!(set instanceof PickledSet)) return machine.fail(`A set to add to was expected, found ${kindOf(set)}`);
    for (const item of items) set.items.push(hashable(machine, item));
  },
  '\x91': (machine) => {
    machine.charge();
    machine.push(new PickledSet(machine.popMark().map((item) => hashable(machine, item))));
  },
};
