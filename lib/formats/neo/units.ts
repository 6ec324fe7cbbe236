/** Quantities of time out of a pickle: numbers with a dimensionality made of units. */

import { asText, Instance, NumpyArray, numericArray, unwrapped } from '../../containers/pickle/pickle.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { neoTimeScale, type UnitScale } from '../../spike-data/neo-time-units.js';

/** Units that are defined by units: a circle of them would never end. */
const maxDefinitions = 8;

/** The scale of `times × units`. `units` is a Quantity (1 s), a unit, or a unit's name. */
export function timeScale(units: unknown, what: string, path: string): UnitScale {
  const name = asText(units);
  if (name !== undefined) return namedScale(name, what) ?? fail(what, JSON.stringify(name), path);
  if (units instanceof Instance) return unitScale(units, what, path, 0);
  if (!(units instanceof NumpyArray)) return fail(what, 'none', path);
  const scale = dimensionScale(units, what, path, 0);
  return { multiply: scale.multiply * magnitude(units, what, path), divide: scale.divide };
}

/** The scale of an array that is a Quantity itself. */
export function ownScale(quantity: NumpyArray, what: string, path: string): UnitScale {
  return dimensionScale(quantity, what, path, 0);
}

/** A Quantity of one value, such as t_start, in ms; undefined for None. */
export function timeMs(quantity: unknown, what: string, path: string): number | undefined {
  if (quantity === null || quantity === undefined) return undefined;
  if (!(quantity instanceof NumpyArray)) return fail(what, 'another value', path);
  const { multiply, divide } = dimensionScale(quantity, what, path, 0);
  return (magnitude(quantity, what, path) * multiply) / divide;
}

function magnitude(quantity: NumpyArray, what: string, path: string): number {
  const numbers = quantity.count === 1 ? numericArray(quantity) : null;
  return numbers ? Number(numbers[0]) : fail(what, `an array of shape (${quantity.shape.join(', ')})`, path);
}

/** One unit of time to the power of one. */
function dimensionScale(quantity: NumpyArray, what: string, path: string, depth: number): UnitScale {
  const { dimensionality } = quantity;
  const entries = dimensionality instanceof Instance ? dimensionality.entries : null;
  const unit = entries?.keys[0];
  if (entries?.keys.length !== 1 || unwrapped(entries.values[0]) !== 1 || !(unit instanceof Instance)) {
    return fail(what, 'a number of another dimension', path);
  }
  return unitScale(unit, what, path, depth);
}

/** Units are known by their symbol, and others by what they are defined as. */
function unitScale(unit: Instance, what: string, path: string, depth: number): UnitScale {
  const [name, definition, symbol] = unit.args;
  const known = [symbol, name].map(asText).flatMap((text) => (text === undefined ? [] : [namedScale(text, what)]));
  const scale = known.find((found) => found !== undefined);
  if (scale) return scale;
  if (depth >= maxDefinitions || !(definition instanceof NumpyArray)) {
    const told = asText(name);
    return fail(what, told === undefined ? 'a unit without a name' : `the unit ${told}`, path);
  }
  const { multiply, divide } = dimensionScale(definition, what, path, depth + 1);
  return { multiply: multiply * magnitude(definition, what, path), divide };
}

function namedScale(name: string, what: string): UnitScale | undefined {
  try {
    return neoTimeScale(name, what);
  } catch (error) {
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}

function fail(what: string, found: string, path: string): never {
  throw new FormatError(`${what} in ${path} must be in a unit of time, found ${found}`, { path, location: what });
}
