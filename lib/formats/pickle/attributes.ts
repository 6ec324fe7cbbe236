/** The attributes of a pickled SpikeData: which there must be, and of which types. */

import {
  Dict,
  Global,
  Instance,
  kindOf,
  NumpyArray,
  type PlainConverter,
  Tuple,
} from '../../containers/pickle/pickle.js';
import { olderSpikeDataModules, spikeDataModules } from '../../containers/pickle/spikelab-globals.js';
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';

export interface SpikeDataAttributes {
  train: readonly unknown[];
  N: number;
  length: number;
  startTime: number;
  rawData: unknown;
  rawTime: unknown;
  /** What the two below are made of. */
  described: readonly unknown[];
  /** These two become plain JavaScript once the file has been read. */
  metadata(converter: PlainConverter): Record<string, unknown>;
  neuronAttributes(converter: PlainConverter): NeuronAttributes[] | null;
}

interface Attribute {
  expected: string;
  accepts(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
/** Lists, tuples and one-dimensional arrays of objects. */
const sequence = (value: unknown): readonly unknown[] | null => {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  return value instanceof NumpyArray && value.shape.length === 1 && Array.isArray(value.data) ? value.data : null;
};
const dicts = (value: unknown) => sequence(value)?.every((item) => item instanceof Dict) ?? false;

const required: Record<string, Attribute> = {
  train: { expected: 'a list of arrays', accepts: (value) => sequence(value) !== null },
  N: { expected: 'an int of at least 0', accepts: (value) => isNumber(value) && Number.isInteger(value) && value >= 0 },
  length: { expected: 'a number', accepts: isNumber },
  metadata: { expected: 'a dict', accepts: (value) => value instanceof Dict },
  neuron_attributes: { expected: 'a list of dicts or None', accepts: (value) => value === null || dicts(value) },
};
/** Attributes that not every version wrote: absent ones have the value that their absence meant. */
const optional: Record<string, Attribute> = {
  start_time: { expected: 'a number', accepts: isNumber },
  raw_data: { expected: 'an array', accepts: (value) => value === null || value instanceof NumpyArray },
  raw_time: {
    expected: 'an array or a number',
    accepts: (value) => value === null || isNumber(value) || value instanceof NumpyArray,
  },
};

/**
 * The attributes of the SpikeData that a pickle holds.
 *
 * @throws FormatError where it holds something else, or attributes are missing or of wrong types
 */
export function pickledAttributes(root: unknown, path: string, report: ReportBuilder): SpikeDataAttributes {
  const state = stateOf(root, path);
  const missing = Object.keys(required).filter((name) => !state.has(name));
  const wrong = Object.entries({ ...required, ...optional })
    .filter(([name, attribute]) => state.has(name) && !attribute.accepts(state.get(name)))
    .map(([name, { expected }]) => `${name} must be ${expected}, found ${kindOf(state.get(name))}`);
  const problems = [...(missing.length ? [`it has no ${missing.join(', no ')}`] : []), ...wrong];
  if (problems.length) {
    const location = [...missing, ...wrong.map((text) => text.split(' ')[0])].join(', ');
    throw new FormatError(`The SpikeData pickled in ${path} is not complete: ${problems.join('; ')}`, {
      path,
      location,
    });
  }
  noteOthers(state, path, report);
  return {
    train: sequence(state.get('train')) ?? [],
    N: Number(state.get('N')),
    length: Number(state.get('length')),
    startTime: state.has('start_time') ? Number(state.get('start_time')) : 0,
    rawData: state.get('raw_data'),
    rawTime: state.get('raw_time'),
    described: [state.get('metadata'), state.get('neuron_attributes')],
    metadata: (converter) => plainObject(converter, state.get('metadata'), 'metadata', path),
    neuronAttributes: (converter) =>
      sequence(state.get('neuron_attributes'))?.map((attributes, u) => {
        const plain = plainObject(converter, attributes, `neuron_attributes[${u}]`, path);
        // positions are short and used as lists; everything else keeps the type that numpy gave it
        return ArrayBuffer.isView(plain.location)
          ? { ...plain, location: Array.from(plain.location as Float64Array) }
          : plain;
      }) ?? null,
  };
}

function stateOf(root: unknown, path: string): Dict {
  const of = root instanceof Instance ? root.of : null;
  if (!(root instanceof Instance) || of?.name !== 'SpikeData' || !root.built) {
    const other = of && of.name !== 'SpikeData' ? ` of SpikeLab's ${of.name} (${of})` : '';
    const bare = of && !other ? ' without attributes' : '';
    const found = root instanceof Global ? `the class ${root} itself` : `${kindOf(root)}${bare}`;
    throw new FormatError(`A pickled SpikeData was expected in ${path}, found ${other ? `a pickle${other}` : found}`, {
      path,
    });
  }
  if (olderSpikeDataModules.includes(root.of.module)) checkOlder(root, path);
  return root.state;
}

/** SpikeLab gave SpikeData its start_time; under an older name a pickle that has one was not written by that class. */
function checkOlder(root: Instance, path: string): void {
  if (!root.state.has('start_time')) return;
  const message = `A ${root.of} has no start_time, the one pickled in ${path} does: save it again with SpikeLab (${spikeDataModules[0]})`;
  throw new FormatError(message, { path, location: 'start_time' });
}

function noteOthers(state: Dict, path: string, report: ReportBuilder): void {
  const others = state.names().filter((name) => !Object.hasOwn(required, name) && !Object.hasOwn(optional, name));
  if (others.length === 0) return;
  const names = others.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 60)));
  const message = `${others.length} attributes that SpikeData does not have were left in ${path}: ${names.join(', ')}`;
  report.info('unknown-attributes', message, others.length);
}

function plainObject(converter: PlainConverter, value: unknown, what: string, path: string): Record<string, unknown> {
  const plain = converter.convert(value, what);
  if (plain instanceof Map) {
    throw new FormatError(`${what} must have str keys, found others in ${path}`, { path, location: what });
  }
  return plain as Record<string, unknown>;
}
